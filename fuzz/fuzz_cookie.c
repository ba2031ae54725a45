/* Cookies: what is read is clean text, and what is written is read back as it was.
 * Input: the Cookie fields, split at newlines. Each cookie read is written again; a refusal must have a reason. */
#include "check.h"

#include "proto/cookie.h"

#include <stdlib.h>

static void check_clean(ct_str text)
{
    FUZZ_CHECK(strlen(text.data) == text.length && ct_utf8_valid(text.data, text.length));
    for (size_t i = 0; i < text.length; i++)
        FUZZ_CHECK((uint8_t)text.data[i] >= 0x20 && text.data[i] != 0x7F);
}

/* Options made of the bytes of the name, so that they vary with the input. */
static ct_cookie_options options_of(ct_str name)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < name.length; i++)
        bits = bits * 31 + (uint8_t)name.data[i];
    return (ct_cookie_options){
        .max_age = bits & 1 ? (ct_time)(bits >> 1) : 0,
        .expires = bits & 2 ? (ct_time)(bits >> 3) : 0,
        .path = bits & 4 ? name.data : NULL,
        .domain = bits & 8 ? name.data : NULL,
        .secure = bits & 16,
        .script_access = bits & 32,
        .partitioned = bits & 64,
        .expired = bits & 128,
        .same_site = (ct_same_site)(bits >> 8 & 3),
    };
}

static void check_format(ct_arena *arena, const ct_param *cookie, const ct_cookie_options *options)
{
    ct_buffer out = ct_buffer_in(arena);
    ct_error error = { .message = "" };
    ct_params again;

    if (!ct_cookie_format(&out, cookie->name.data, cookie->value.data, options, &error)) {
        FUZZ_CHECK(error.message[0] && !strchr(error.message, '\n') && out.length == 0);
        return;
    }
    ct_str text = { out.data, out.length };
    FUZZ_CHECK(!memchr(text.data, '\r', text.length) && !memchr(text.data, '\n', text.length));
    ct_str rest = text, pair = ct_str_next(&rest, ';');
    FUZZ_CHECK(ct_cookies_parse(arena, &pair, 1, 0, &again, NULL));
    FUZZ_CHECK(again.count == 1 && ct_str_eq(again.items[0].name, cookie->name));
    FUZZ_CHECK(ct_str_eq(again.items[0].value, cookie->value));
    FUZZ_CHECK(options->secure == (memmem(text.data, text.length, "; Secure", 8) != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena;
    ct_params cookies;
    ct_error error = { 0 };
    ct_str fields[4], rest = { (const char *)data, size };
    size_t count = 0;

    ct_arena_init(&arena, NULL, 0);
    while (rest.data && count < CT_COUNT(fields))
        fields[count++] = ct_str_next(&rest, '\n');
    if (!ct_cookies_parse(&arena, fields, count, 0, &cookies, &error)) {
        FUZZ_CHECK(error.status == 431);
        ct_arena_finish(&arena);
        return 0;
    }
    FUZZ_CHECK(cookies.count <= CT_COOKIES_COUNT);
    for (uint32_t i = 0; i < cookies.count; i++) {
        const ct_param *cookie = &cookies.items[i];
        const ct_cookie_options options = options_of(cookie->name);
        check_clean(cookie->name);
        check_clean(cookie->value);
        FUZZ_CHECK(cookie->name.length && ct_params_get(&cookies, cookie->name.data));
        check_format(&arena, cookie, &(ct_cookie_options){ .secure = true });
        check_format(&arena, cookie, &options);
    }
    ct_arena_finish(&arena);
    return 0;
}
