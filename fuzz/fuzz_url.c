/* URLs: whatever is accepted is what RFC 3986 says it is, and coding forth and back changes nothing. */
#include "check.h"

#include "proto/url.h"

#include <stdlib.h>

static bool is_text(ct_str text)
{
    return (!text.length || !memchr(text.data, 0, text.length)) && ct_utf8_valid(text.data, text.length);
}

static bool is_within(ct_str part, ct_str text)
{
    return !part.data || (part.data >= text.data && part.data + part.length <= text.data + text.length);
}

static void check_coding(ct_arena *arena, ct_str text)
{
    for (int plus = 0; plus < 2; plus++) {
        ct_str decoded;
        ct_error error = { 0 };
        if (!ct_url_decode(arena, text, plus, &decoded, &error)) {
            FUZZ_CHECK(error.status == 400 && error.message[0]);
            continue;
        }
        FUZZ_CHECK(is_text(decoded) && decoded.length <= text.length);
        FUZZ_CHECK(decoded.data == text.data || decoded.data[decoded.length] == '\0');
    }
    for (int part = CT_URL_SEGMENT; part <= CT_URL_QUERY; part++) {
        ct_buffer out = ct_buffer_in(arena);
        ct_str back = { NULL, 0 };
        ct_url_encode(&out, text, (ct_url_part)part);
        ct_str encoded = ct_str_of(ct_buffer_text(&out));
        FUZZ_CHECK(encoded.length == out.length && encoded.length <= 3 * text.length);
        FUZZ_CHECK(ct_url_decode(arena, encoded, part == CT_URL_QUERY, &back, NULL) == is_text(text));
        FUZZ_CHECK(!is_text(text) || ct_str_eq(back, text));
    }
}

static void check_absolute(ct_arena *arena, ct_str text)
{
    ct_url_parts parts;
    ct_error error = { .status = -1 };
    ct_str decoded;

    if (!ct_url_parse(text, &parts, &error)) {
        FUZZ_CHECK(error.status == 0 && error.message[0]);
        return;
    }
    FUZZ_CHECK(!ct_url_is_local(text));
    FUZZ_CHECK(is_within(parts.host.name, text) && is_within(parts.path, text));
    FUZZ_CHECK(is_within(parts.query, text) && is_within(parts.fragment, text));
    FUZZ_CHECK(parts.host.name.length && parts.host.port);
    FUZZ_CHECK(!parts.path.length || parts.path.data[0] == '/');
    /* An accepted URL has nothing left to encode. */
    ct_buffer out = ct_buffer_in(arena);
    ct_url_encode(&out, text, CT_URL_WHOLE);
    FUZZ_CHECK(ct_str_eq((ct_str){ out.data, out.length }, text));
    if (parts.path.length && ct_url_decode(arena, parts.path, false, &decoded, NULL))
        FUZZ_CHECK(is_text(decoded));
}

static void check_local(ct_str text)
{
    if (!ct_url_is_local(text))
        return;
    FUZZ_CHECK(is_text(text));
    for (size_t i = 0; i < text.length; i++)
        FUZZ_CHECK((uint8_t)text.data[i] >= 0x20 && text.data[i] != 0x7F);
    /* As browsers see it: a backslash is a slash. */
    size_t slashes = 0;
    while (slashes < text.length && (text.data[slashes] == '/' || text.data[slashes] == '\\'))
        slashes++;
    FUZZ_CHECK(slashes < 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena;
    ct_url_host host;
    ct_str text = { (const char *)data, size };

    ct_arena_init(&arena, NULL, 0);
    check_coding(&arena, text);
    check_absolute(&arena, text);
    check_local(text);
    if (ct_url_host_parse(text, &host))
        FUZZ_CHECK(is_within(host.name, text) && host.name.length && is_text(text));
    ct_str merged = ct_url_merge_slashes(&arena, text);
    FUZZ_CHECK(!ct_url_has_double_slash(merged) && merged.length <= size);
    FUZZ_CHECK((merged.length == size) == !ct_url_has_double_slash(text));
    ct_arena_finish(&arena);
    return 0;
}
