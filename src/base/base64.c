/* base64url, three bytes as four characters; base64 is the same with two other letters and padding. Not here: line
 * breaks. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void ct_base64_encode(char *ret_text, const void *data, size_t size)
{
    const unsigned char *from = data;
    char *to = ret_text;
    for (; size >= 3; size -= 3, from += 3) {
        *to++ = alphabet[from[0] >> 2];
        *to++ = alphabet[(from[0] & 3) << 4 | from[1] >> 4];
        *to++ = alphabet[(from[1] & 15) << 2 | from[2] >> 6];
        *to++ = alphabet[from[2] & 63];
    }
    if (!size)
        return;
    *to++ = alphabet[from[0] >> 2];
    *to++ = alphabet[(from[0] & 3) << 4 | (size == 2 ? from[1] >> 4 : 0)];
    if (size == 2)
        *to = alphabet[(from[1] & 15) << 2];
}

void ct_base64_encode_padded(char *ret_text, const void *data, size_t size)
{
    size_t length = CT_BASE64_LENGTH(size);
    ct_base64_encode(ret_text, data, size);
    for (size_t i = 0; i < length; i++)
        ret_text[i] = ret_text[i] == '-' ? '+' : ret_text[i] == '_' ? '/' : ret_text[i];
    memset(ret_text + length, '=', CT_BASE64_PADDED_LENGTH(size) - length);
}

/* 0 to 63, or -1. */
static int value_of(char ch, char letter_62, char letter_63)
{
    if (ch >= 'A' && ch <= 'Z')
        return ch - 'A';
    if (ch >= 'a' && ch <= 'z')
        return ch - 'a' + 26;
    if (ch >= '0' && ch <= '9')
        return ch - '0' + 52;
    return ch == letter_62 ? 62 : ch == letter_63 ? 63 : -1;
}

static bool decode(ct_str text, char letter_62, char letter_63, void *ret_data)
{
    unsigned char *to = ret_data;
    uint32_t bits = 0;
    unsigned have = 0; /* bits that are not written yet */
    if (text.length % 4 == 1)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        int value = value_of(text.data[i], letter_62, letter_63);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            *to++ = (unsigned char)(bits >> have);
        }
    }
    return (bits & ((1U << have) - 1)) == 0;
}

bool ct_base64_decode(ct_str text, void *ret_data)
{
    return decode(text, '-', '_', ret_data);
}

bool ct_base64_decode_padded(ct_str text, void *ret_data, size_t *ret_size)
{
    if (text.length % 4 != 0)
        return false;
    for (int padding = 0; padding < 2 && text.length && text.data[text.length - 1] == '='; padding++)
        text.length--;
    *ret_size = CT_BASE64_SIZE(text.length);
    return decode(text, '+', '/', ret_data);
}
