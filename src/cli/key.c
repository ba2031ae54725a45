/* `canteen key`: a key for the setting secret_key. 32 random bytes, as text that .env and shells take as it is. */
#include "cli/cli.h"

#include "base/base64.h"
#include "base/random.h"

int ct_key_builtin(ct_cli *cli, const ct_option_values *values)
{
    unsigned char key[32];
    (void)values;
    ct_random_bytes(key, sizeof(key));
    ct_base64_encode(ct_buffer_reserve(&cli->out, CT_BASE64_LENGTH(sizeof(key))), key, sizeof(key));
    cli->out.length += CT_BASE64_LENGTH(sizeof(key));
    ct_buffer_char(&cli->out, '\n');
    return 0;
}
