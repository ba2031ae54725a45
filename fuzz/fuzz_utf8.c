/* UTF-8: the fast check agrees with decoding to code points one by one, wherever the text lies in its words. */
#include "base/common.h"
#include "base/str.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decodes by the arithmetic of RFC 3629, 3, and then asks whether the code point may be written so. */
static bool reference(const uint8_t *p, size_t size)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    while (size) {
        size_t more = p[0] < 0x80 ? 0 : p[0] >> 5 == 6 ? 1 : p[0] >> 4 == 14 ? 2 : p[0] >> 3 == 30 ? 3 : SIZE_MAX;
        if (more >= size)
            return false;
        uint32_t point = more == 0 ? p[0] : p[0] & (0x3fU >> more);
        for (size_t i = 1; i <= more; i++) {
            if (p[i] >> 6 != 2)
                return false;
            point = point << 6 | (p[i] & 0x3f);
        }
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        p += more + 1;
        size -= more + 1;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool expected = reference(data, size);
    for (size_t before = 0; before <= 17; before += before < 15 ? 5 : 1) {
        char *text = ct_xmalloc(before + size);
        memset(text, 'x', before);
        if (size)
            memcpy(text + before, data, size);
        if (ct_utf8_valid(text, before + size) != expected)
            abort();
        free(text);
    }
    return 0;
}
