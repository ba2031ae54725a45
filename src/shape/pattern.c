/* Patterns of fields: PCRE2, compiled when first met and kept as long as the process (they stand in the program).
 *
 * A pattern that goes back and forth for a hostile text ends at a limit of steps, some milliseconds away, and counts as
 * no match: what a browser waits for is the answer, not the pattern. */
#include "shape/validate.h"

#include "base/map.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>

#define MOST_STEPS 200000
#define MOST_DEPTH 10000
#define MOST_KIBIBYTES 4096

typedef struct {
    pcre2_code *code; /* NULL: the pattern is none */
    pcre2_match_data *data;
    pcre2_match_context *limits;
} compiled;

static pcre2_code *compile(const char *pattern, int *ret_error, size_t *ret_at)
{
    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C,
                         ret_error, ret_at, NULL);
}

static compiled *make(const char *pattern)
{
    int error;
    size_t at;
    compiled *made = ct_xcalloc(1, sizeof(*made));
    made->code = compile(pattern, &error, &at);
    if (!made->code)
        return made;
    made->data = pcre2_match_data_create(1, NULL);
    made->limits = pcre2_match_context_create(NULL);
    if (!made->data || !made->limits)
        ct_die("no memory for the pattern \"%s\"", pattern);
    pcre2_set_match_limit(made->limits, MOST_STEPS);
    pcre2_set_depth_limit(made->limits, MOST_DEPTH);
    pcre2_set_heap_limit(made->limits, MOST_KIBIBYTES);
    return made;
}

static compiled *find(const char *pattern)
{
    static ct_strmap patterns;
    compiled *found = ct_strmap_get(&patterns, ct_str_of(pattern));
    if (found)
        return found;
    found = make(pattern);
    ct_strmap_set(&patterns, ct_str_of(ct_xstrdup(pattern)), found);
    return found;
}

ct_found ct_pattern_match(const char *pattern, ct_str text)
{
    compiled *with = find(pattern);
    if (!with->code)
        return CT_NOT_THERE;
    int result = pcre2_match(with->code, (PCRE2_SPTR)(text.data ? text.data : ""), text.length, 0, PCRE2_NO_UTF_CHECK,
                             with->data, with->limits);
    if (result >= 0)
        return CT_FOUND;
    return result == PCRE2_ERROR_NOMATCH ? CT_NOT_THERE : CT_TOO_HARD;
}

const char *ct_pattern_problem(const char *pattern, char room[256])
{
    int error;
    size_t at;
    PCRE2_UCHAR message[160];
    pcre2_code *code = compile(pattern, &error, &at);
    if (code) {
        pcre2_code_free(code);
        return NULL;
    }
    if (pcre2_get_error_message(error, message, sizeof(message)) < 0)
        message[0] = '\0';
    snprintf(room, 256, "%s, at character %zu", (const char *)message, at + 1);
    return room;
}
