/* The text of a call's arguments: whatever it holds, names and values are parts of it, in its order, and the search
 * ends. */
#include "db/given.h"

#include "base/common.h"

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
    const char *rest = text, *end = text + strlen(text), *before = text;
    for (ct_given_field field; ct_given_next(&rest, &field); before = rest) {
        require(field.name.length && field.name.data > before && field.name.data + field.name.length <= rest);
        require(rest > before && rest <= end);
        if (field.value.data)
            require(field.value.data > field.name.data && field.value.data + field.value.length <= rest);
    }
    require(!*rest);
    free(text);
    return 0;
}
