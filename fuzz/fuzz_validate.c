/* Text as values of every kind, the formats of text fields, and patterns with hostile texts.
 *
 * The first byte chooses the kind, the second that of an array's elements; the rest is the text. What is read is
 * written as text that is read again. */
#include "check.h"
#include "shape/json_read.h"
#include "shape/validate.h"

#include "base/time.h"

static void check_value(const ct_field *field, ct_str text)
{
    ct_arena arena;
    ct_value value, again;
    const char *problem = "";
    ct_arena_init(&arena, NULL, 1 << 22);
    if (ct_value_parse(&arena, field, text, &value, &problem)) {
        const char *written = ct_value_text(&arena, field, value);
        bool read = written && ct_value_parse(&arena, field, ct_str_of(written), &again, &problem);
        FUZZ_CHECK(read || !written || !problem || value.type == CT_VALUE_NULL);
        if (read && value.type == again.type && value.type != CT_VALUE_MAP && value.type != CT_VALUE_ARRAY)
            FUZZ_CHECK(ct_value_compare(value, again) == 0);
    }
    ct_arena_finish(&arena);
}

static void check_formats(ct_str text)
{
    bool email = ct_is_email(text), url = ct_is_url(text), slug = ct_is_slug(text), ip = ct_is_ip(text);
    FUZZ_CHECK(email + url + slug + ip <= 1);
    if (email || url || slug || ip)
        FUZZ_CHECK(!memchr(text.data, '\n', text.length) && !memchr(text.data, '\0', text.length));
}

/* Patterns as programs have them, some of them as careless as they come. */
static void check_patterns(ct_str text)
{
    static const char *const patterns[] = { "^(a+)+$", "^[\\w.@+-]+$", "^(\\d+)*(\\d|x)+!$", "(.*a){12}" };
    if (!ct_utf8_valid(text.data, text.length))
        return;
    ct_time start = ct_monotonic();
    for (size_t i = 0; i < CT_COUNT(patterns); i++)
        (void)ct_pattern_match(patterns[i], text);
    FUZZ_CHECK(ct_monotonic() - start < 5 * CT_SECOND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    ct_field field = { .name = "f",
                       .kind = (ct_kind)(data[0] % (CT_KIND_array + 1)),
                       .element = (ct_kind)(data[1] % CT_KIND_array) };
    ct_str text = { (const char *)data + 2, size - 2 };
    check_value(&field, text);
    check_formats(text);
    check_patterns(text);
    return 0;
}
