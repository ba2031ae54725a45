/* Conditions: a tag that the list begins with always counts, whatever garbage follows; 304 only for GET and HEAD; a tag
 * that is valid equals itself. The first line of the input is the list or date, the second a tag. */
#include "base/buffer.h"
#include "proto/condition.h"

#include <stdlib.h>

#define NOW (1000000000 * CT_SECOND)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_tag(const char *tag, const char *list)
{
    bool strong = tag[0] == '"';
    ct_buffer with_tag = { 0 };
    ct_buffer_printf(&with_tag, "%s, %s", tag, list);
    const char *field = ct_buffer_text(&with_tag);
    require(ct_etag_equal_weak(tag, tag) && ct_etag_equal_strong(tag, tag) == strong);
    ct_condition_input input = { .method_is_get_or_head = true, .if_none_match = field, .exists = true, .etag = tag };
    require(ct_condition_check(&input, NOW) == CT_CONDITION_NOT_MODIFIED);
    input.method_is_get_or_head = false;
    require(ct_condition_check(&input, NOW) == CT_CONDITION_FAILED);
    input.if_none_match = NULL;
    input.if_match = field;
    if (strong)
        require(ct_condition_check(&input, NOW) == CT_CONDITION_PROCEED);
    else /* only a "*" could be true, and a list has none */
        require(ct_condition_check(&input, NOW) == CT_CONDITION_FAILED);
    input.exists = false;
    require(ct_condition_check(&input, NOW) == CT_CONDITION_FAILED);
    require(ct_condition_if_range(tag, tag, 0) == strong);
    ct_buffer_finish(&with_tag);
}

static void check_field(const char *field, const char *etag)
{
    for (unsigned bits = 0; bits < 64; bits++) {
        ct_condition_input input = {
            .method_is_get_or_head = bits & 1,
            .if_match = bits & 2 ? field : NULL,
            .if_none_match = bits & 4 ? field : NULL,
            .if_modified_since = bits & 8 ? field : NULL,
            .if_unmodified_since = bits & 16 ? field : NULL,
            .exists = bits & 32,
            .etag = etag,
            .last_modified = NOW,
        };
        ct_condition_result result = ct_condition_check(&input, NOW);
        require(result <= CT_CONDITION_FAILED);
        require(result != CT_CONDITION_NOT_MODIFIED || bits & 1);
        require(bits & (2 | 4 | 8 | 16) || result == CT_CONDITION_PROCEED);
    }
    if (ct_condition_if_range(field, etag, NOW))
        require(!etag || ct_condition_if_range(field, etag, NOW + CT_SECOND - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *field = ct_xmalloc(size + 1);
    if (size)
        memcpy(field, data, size);
    field[size] = '\0';
    char *tag = strchr(field, '\n');
    if (tag) {
        *tag++ = '\0';
        if (ct_etag_valid(tag))
            check_tag(tag, field);
        else
            tag = NULL;
    }
    check_field(field, tag);
    free(field);
    return 0;
}
