/* Paths into JSON: keys and indexes are parts of the text, in its order, and the walk ends at the end or at a
 * mistake. */
#include "base/common.h"
#include "base/str.h"
#include "db/dialect.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = ct_xmalloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    const char *at = text, *before = text, *end = text + strlen(text);
    ct_str key = { NULL, 0 };
    size_t index = 0;
    bool is_index;
    while (ct_json_path_next(&at, &key, &index, &is_index)) {
        require(at > before && at <= end);
        if (is_index)
            require(index <= INT32_MAX);
        else
            require(key.length && key.data >= before && key.data + key.length <= at &&
                    !memchr(key.data, '.', key.length));
        before = at;
    }
    require(!at || at == end);
    free(text);
    return 0;
}
