/* Reading Range. One pass; a list of ranges is small, so joining them compares each with each.
 *
 * Numbers too large for 64 bits are no mistake of syntax: they saturate, which puts them beyond every end. */
#include "proto/range.h"

#include "base/str.h"

/* One range-spec as it stands: first-last, first-, or -suffix. */
typedef struct range_spec {
    bool has_first, has_last;
    uint64_t first, last; /* last: the length, of a suffix */
} range_spec;

/* Digits from the front of `rest`; false when it begins with none. */
static bool take_number(ct_str *rest, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t digits = 0;
    for (; digits < rest->length; digits++) {
        unsigned digit = (unsigned)((unsigned char)rest->data[digits] - '0');
        if (digit > 9)
            break;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            value = UINT64_MAX;
    }
    *rest = (ct_str){ rest->data + digits, rest->length - digits };
    *ret_value = value;
    return digits > 0;
}

static bool parse_spec(ct_str text, range_spec *ret_spec)
{
    range_spec spec = { 0 };
    spec.has_first = take_number(&text, &spec.first);
    if (!text.length || text.data[0] != '-')
        return false;
    text = (ct_str){ text.data + 1, text.length - 1 };
    spec.has_last = take_number(&text, &spec.last);
    *ret_spec = spec;
    return !text.length && (spec.has_first || spec.has_last) &&
           !(spec.has_first && spec.has_last && spec.first > spec.last);
}

/* The bytes that a range-spec stands for; false when there are none. */
static bool resolve(range_spec spec, uint64_t size, ct_range *ret_range)
{
    if (!spec.has_first) {
        uint64_t length = CT_MIN(spec.last, size);
        *ret_range = (ct_range){ .first = size - length, .length = length };
        return length > 0;
    }
    if (spec.first >= size)
        return false;
    uint64_t last = spec.has_last ? CT_MIN(spec.last, size - 1) : size - 1;
    *ret_range = (ct_range){ .first = spec.first, .length = last - spec.first + 1 };
    return true;
}

/* Adds `range` to the list, joined with all that it overlaps or touches; returns the new count. */
static unsigned add_range(ct_range *ranges, unsigned count, ct_range range)
{
    unsigned place = count, kept = 0;
    uint64_t end = range.first + range.length;
    /* No two of the list touch, so what joins the new range makes it touch nothing that it did not touch before. */
    for (unsigned i = 0; i < count; i++) {
        uint64_t other_end = ranges[i].first + ranges[i].length;
        if (ranges[i].first > end || other_end < range.first) {
            ranges[kept++] = ranges[i];
            continue;
        }
        range.first = CT_MIN(range.first, ranges[i].first);
        end = CT_MAX(end, other_end);
        if (place == count)
            place = kept++;
    }
    if (place == count)
        place = kept++;
    ranges[place] = (ct_range){ .first = range.first, .length = end - range.first };
    return kept;
}

ct_range_result ct_range_parse(const char *header, uint64_t size, ct_range *ret_ranges, unsigned max,
                               unsigned *ret_count)
{
    static const ct_str unit = { "bytes=", 6 };
    ct_str rest = ct_str_trim(ct_str_of(header));
    if (rest.length < unit.length || !ct_str_eq_nocase((ct_str){ rest.data, unit.length }, unit))
        return CT_RANGE_IGNORE;
    rest = (ct_str){ rest.data + unit.length, rest.length - unit.length };
    unsigned specs = 0, count = 0;
    bool empty_suffix = false;
    while (rest.data) {
        ct_str text = ct_str_next(&rest, ',');
        range_spec spec;
        ct_range range;
        if (!text.length)
            continue; /* an empty element of a list counts for nothing (5.6.1.2) */
        if (++specs > max || !parse_spec(text, &spec))
            return CT_RANGE_IGNORE;
        if (resolve(spec, size, &range))
            count = add_range(ret_ranges, count, range);
        else
            empty_suffix |= !spec.has_first && spec.last;
    }
    if (!specs || empty_suffix)
        return CT_RANGE_IGNORE;
    if (!count)
        return CT_RANGE_UNSATISFIABLE;
    *ret_count = count;
    return CT_RANGE_SATISFIABLE;
}
