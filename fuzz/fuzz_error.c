/* Answers to errors: the form that headers ask for, secrets in URLs, lines of a source.
 * Input: the values of Accept (first line, fields split at '|') and Content-Type (second line); the rest is a value to
 * scrub and a text to cut lines from. */
#include "check.h"

#include "web/error.h"
#include "web/excerpt.h"
#include "web/scrub.h"

static void check_form(ct_str accept, ct_str type)
{
    ct_http1_header headers[8];
    ct_http1_head head = { .headers = headers };
    while (accept.data && head.header_count < CT_COUNT(headers) - 1) {
        ct_str field = ct_str_next(&accept, '|');
        headers[head.header_count++] = (ct_http1_header){ "Accept", field.data, 6, (uint32_t)field.length };
    }
    if (type.data)
        headers[head.header_count++] = (ct_http1_header){ "content-type", type.data, 12, (uint32_t)type.length };
    ct_error_form form = ct_error_form_of(&head);
    FUZZ_CHECK(form == CT_ERROR_TEXT || form == CT_ERROR_HTML || form == CT_ERROR_JSON);
    FUZZ_CHECK(ct_error_type(form).length > 0);
}

/* Scrubbing leaves nothing to scrub, and what stands between "://" and any "@" is gone. */
static void check_scrub(ct_arena *arena, ct_str text, bool queries)
{
    const char *value = ct_arena_copy(arena, text.data ? text.data : "", text.length);
    const char *once = ct_scrub_value(arena, value, queries);
    FUZZ_CHECK(strcmp(ct_scrub_value(arena, once, queries), once) == 0);
    for (const char *at = once; (at = strstr(at, "://")) != NULL;) {
        at += 3;
        const char *user_end = strrchr(at, '@');
        FUZZ_CHECK(!user_end || ct_str_eq((ct_str){ at, (size_t)(user_end - at) }, CT_STR(CT_HIDDEN)));
    }
}

static void check_excerpt(ct_arena *arena, ct_str text, int line)
{
    const ct_excerpt *excerpt = ct_excerpt_of(arena, text, line);
    if (!excerpt)
        return;
    FUZZ_CHECK(excerpt->count > 0 && excerpt->count <= CT_EXCERPT_LINES && excerpt->marked == (uint32_t)line);
    FUZZ_CHECK(excerpt->first <= excerpt->marked && excerpt->marked < excerpt->first + excerpt->count);
    for (uint32_t i = 0; i < excerpt->count; i++) {
        FUZZ_CHECK(excerpt->lines[i].data >= text.data);
        FUZZ_CHECK(excerpt->lines[i].data + excerpt->lines[i].length <= text.data + text.length);
        FUZZ_CHECK(!memchr(excerpt->lines[i].data, '\n', excerpt->lines[i].length));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena;
    ct_str rest = { size ? (const char *)data : "", size };
    ct_arena_init(&arena, NULL, 0);
    ct_str accept = ct_str_next(&rest, '\n');
    ct_str type = rest.data ? ct_str_next(&rest, '\n') : (ct_str){ 0 };
    check_form(accept, type);
    if (rest.data) {
        check_scrub(&arena, rest, false);
        check_scrub(&arena, rest, true);
        ct_scrub_hides(rest);
        for (int line = -1; line < 20; line++)
            check_excerpt(&arena, rest, line);
    }
    ct_arena_finish(&arena);
    return 0;
}
