/* Entity tags and conditions.
 *
 * Dates compare by whole seconds, as HTTP writes them. Deliberately not here: the exception by which a server may
 * answer a failed If-Match with success because the change was made before (13.1.1), for only the handler can know. */
#include "proto/condition.h"

#include "base/str.h"
#include "proto/date.h"

static bool is_weak(ct_str tag)
{
    return tag.length >= 2 && tag.data[0] == 'W' && tag.data[1] == '/';
}

/* The tag without W/. */
static ct_str opaque(ct_str tag)
{
    return is_weak(tag) ? (ct_str){ tag.data + 2, tag.length - 2 } : tag;
}

/* The length of the entity tag that `text` begins with, or 0 (8.8.3: no spaces, quotes or control characters
 * inside). */
static size_t tag_length(ct_str text)
{
    size_t at = is_weak(text) ? 2 : 0;
    if (at == text.length || text.data[at] != '"')
        return 0;
    for (at++; at < text.length; at++) {
        unsigned char ch = (unsigned char)text.data[at];
        if (ch == '"')
            return at + 1;
        if (ch <= ' ' || ch == 0x7f)
            return 0;
    }
    return 0;
}

static bool valid(ct_str tag)
{
    return tag.length && tag_length(tag) == tag.length;
}

static bool equal(ct_str a, ct_str b, bool strong)
{
    if (!valid(a) || !valid(b) || (strong && (is_weak(a) || is_weak(b))))
        return false;
    return ct_str_eq(opaque(a), opaque(b));
}

bool ct_etag_valid(const char *etag)
{
    return valid(ct_str_of(etag));
}

bool ct_etag_equal_strong(const char *a, const char *b)
{
    return equal(ct_str_of(a), ct_str_of(b), true);
}

bool ct_etag_equal_weak(const char *a, const char *b)
{
    return equal(ct_str_of(a), ct_str_of(b), false);
}

/* The next element of a list of tags, which may have commas inside; one that is no tag ends at the next comma. */
static ct_str next_tag(ct_str *rest)
{
    ct_str list = ct_str_trim(*rest), tag = { list.data, tag_length(list) };
    if (!tag.length)
        return ct_str_next(rest, ',');
    *rest = (ct_str){ list.data + tag.length, list.length - tag.length };
    ct_str between = ct_str_next(rest, ',');
    return between.length ? (ct_str){ tag.data, (size_t)(between.data + between.length - tag.data) } : tag;
}

/* Whether If-Match or If-None-Match names the current representation. */
static bool names_current(const char *header, const ct_condition_input *input, bool strong)
{
    ct_str rest = ct_str_trim(ct_str_of(header));
    if (ct_str_eq(rest, CT_STR("*")))
        return input->exists;
    if (!input->exists || !input->etag)
        return false;
    ct_str etag = ct_str_of(input->etag);
    while (rest.data) {
        if (equal(next_tag(&rest), etag, strong))
            return true;
    }
    return false;
}

/* Whether there is a date to compare with, and the representation is no newer. */
static bool compare_date(const char *header, const ct_condition_input *input, ct_time now, bool *ret_unmodified)
{
    ct_time date;
    if (!header || !input->last_modified || !ct_http_date_parse(ct_str_trim(ct_str_of(header)), now, &date))
        return false;
    *ret_unmodified = input->last_modified < date + CT_SECOND;
    return true;
}

ct_condition_result ct_condition_check(const ct_condition_input *input, ct_time now)
{
    bool unmodified;
    if (input->if_match) {
        if (!names_current(input->if_match, input, true))
            return CT_CONDITION_FAILED;
    } else if (compare_date(input->if_unmodified_since, input, now, &unmodified) && !unmodified) {
        return CT_CONDITION_FAILED;
    }
    if (input->if_none_match) {
        if (names_current(input->if_none_match, input, false))
            return input->method_is_get_or_head ? CT_CONDITION_NOT_MODIFIED : CT_CONDITION_FAILED;
    } else if (input->method_is_get_or_head && compare_date(input->if_modified_since, input, now, &unmodified) &&
               unmodified) {
        return CT_CONDITION_NOT_MODIFIED;
    }
    return CT_CONDITION_PROCEED;
}

bool ct_condition_if_range(const char *if_range, const char *etag, ct_time last_modified)
{
    ct_str value = ct_str_trim(ct_str_of(if_range));
    ct_time date;
    if (tag_length(value))
        return etag && equal(value, ct_str_of(etag), true);
    /* The century of an RFC 850 date is that of the time it must equal. */
    return last_modified && ct_http_date_parse(value, last_modified, &date) && last_modified >= date &&
           last_modified - date < CT_SECOND;
}
