/* Names of files: what is left is text that a file system takes, leads nowhere, and is left as it is when cleaned
 * again. */
#include "check.h"

#include "proto/filename.h"

#include <stdlib.h>
#include <string.h>

static bool is_fit(const char *name, size_t length)
{
    if (!length || length > CT_FILENAME_MOST || strlen(name) != length || !ct_utf8_valid(name, length))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || strchr("/\\<>:\"|?*\x7F", name[i]))
            return false;
    return name[0] != '.' && name[0] != ' ' && name[length - 1] != '.' && name[length - 1] != ' ';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!ct_utf8_valid((const char *)data, size) || memchr(data, '\0', size))
        return 0;
    char *out = malloc(size + CT_FILENAME_ROOM), again[CT_FILENAME_MOST + CT_FILENAME_ROOM];
    FUZZ_CHECK(out != NULL);
    size_t length = ct_filename_clean(out, (ct_str){ (const char *)data, size });
    FUZZ_CHECK(is_fit(out, length));
    FUZZ_CHECK(ct_filename_clean(again, (ct_str){ out, length }) == length && memcmp(out, again, length + 1) == 0);
    size_t stem = ct_filename_stem((ct_str){ out, length });
    FUZZ_CHECK(stem <= length && (stem == length || out[stem] == '.'));
    free(out);
    return 0;
}
