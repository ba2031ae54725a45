/* UUIDs (RFC 9562): making, reading and writing them.
 *
 * Version 7 begins with 48 bits of milliseconds; the 12 bits behind the version count up within a millisecond from a
 * random start (6.2, method 1), and borrow a millisecond of the future where they are used up, so that two of one
 * process never go back, not even when the clock does. The rest is random: processes have nothing else in common. */
#include "shape/types.h"

#include "base/random.h"

#define COUNTER_BITS 12

static void set_version(ct_uuid *uuid, int version)
{
    uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0F) | version << 4);
    uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3F) | 0x80);
}

ct_uuid ct_uuid_v4(void)
{
    ct_uuid uuid;
    ct_random_bytes(uuid.bytes, sizeof(uuid.bytes));
    set_version(&uuid, 4);
    return uuid;
}

ct_uuid ct_uuid_v7(void)
{
    static uint64_t last; /* milliseconds and the counter behind them */
    ct_uuid uuid;
    ct_random_bytes(uuid.bytes, sizeof(uuid.bytes));
    /* The counter begins in its lower half, so that many can follow. */
    uint64_t start = (uint64_t)(uuid.bytes[6] & 0x07) << 8 | uuid.bytes[7];
    uint64_t now = (uint64_t)(ct_now() / CT_MILLISECOND) << COUNTER_BITS | start;
    last = now >> COUNTER_BITS > last >> COUNTER_BITS ? now : last + 1;
    uint64_t milliseconds = last >> COUNTER_BITS;
    for (int i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    uuid.bytes[6] = (uint8_t)(last >> 8 & 0x0F);
    uuid.bytes[7] = (uint8_t)last;
    set_version(&uuid, 7);
    return uuid;
}

bool ct_uuid_equal(ct_uuid a, ct_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

size_t ct_uuid_format(ct_uuid uuid, char ret_text[CT_UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *out = ret_text;
    for (size_t i = 0; i < sizeof(uuid.bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[uuid.bytes[i] >> 4];
        *out++ = digits[uuid.bytes[i] & 15];
    }
    *out = '\0';
    return CT_UUID_SIZE - 1;
}

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch = ct_ascii_lower(ch);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static ct_str without_wrapping(ct_str text)
{
    const ct_str urn = CT_STR("urn:uuid:");
    if (text.length > urn.length && ct_str_eq_nocase((ct_str){ text.data, urn.length }, urn))
        return (ct_str){ text.data + urn.length, text.length - urn.length };
    if (text.length >= 2 && text.data[0] == '{' && text.data[text.length - 1] == '}')
        return (ct_str){ text.data + 1, text.length - 2 };
    return text;
}

bool ct_uuid_parse(ct_str text, ct_uuid *ret_uuid)
{
    ct_uuid uuid;
    text = without_wrapping(text);
    bool hyphens = text.length == CT_UUID_SIZE - 1;
    const char *at = text.data;
    if (!hyphens && text.length != 2 * sizeof(uuid.bytes))
        return false;
    for (size_t i = 0; i < sizeof(uuid.bytes); i++, at += 2) {
        if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-')
            return false;
        int high = hex_digit(at[0]), low = hex_digit(at[1]);
        if (high < 0 || low < 0)
            return false;
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_uuid = uuid;
    return true;
}

bool ct_uuid_read(const char *text, ct_uuid *ret_uuid)
{
    return ct_uuid_parse(ct_str_of(text), ret_uuid);
}
