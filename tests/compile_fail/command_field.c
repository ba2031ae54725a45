/* expect: 'optoins' */
/* expect: did you mean 'options'? */
/* A misspelt field of a command. */
#include <canteen.h>

static int greet(ct *c)
{
    return ct_option_text(c, "name") ? 0 : 2;
}

const ct_app app = {
    .name = "app",
#ifndef RIGHT
    .commands = COMMANDS(COMMAND("greet", greet, .optoins = OPTIONS(ARGUMENT("name")))),
#else
    .commands = COMMANDS(COMMAND("greet", greet, .options = OPTIONS(ARGUMENT("name")))),
#endif
};
