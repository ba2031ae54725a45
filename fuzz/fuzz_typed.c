/* Typed values: what is accepted is inside the bounds and, written out, reads as itself; nothing is accepted that is
 * cut, and refusals are one line. The first bytes choose type and bounds. */
#include "base/common.h"
#include "web/typed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const struct {
    int64_t min, max;
} bounds[] = { { 0, 0 }, { 0, 10 }, { 1024, 1 << 20 }, { -5, 5 }, { INT64_MIN, INT64_MAX }, { 1, INT64_MAX } };

#define CHOICES "auto, text, json"

static void check_number(ct_type type, int64_t min, int64_t max, const ct_typed *value)
{
    if (min || max)
        require(value->integer >= min && value->integer <= max);
    require(type == CT_INTEGER || value->integer >= 0);
    char text[CT_TYPED_TEXT];
    ct_typed again;
    ct_typed_format(type, value->integer, text);
    require(ct_typed_parse("x", type, min, max, NULL, text, &again, NULL));
    require(again.integer == value->integer);
}

static void check_accepted(ct_type type, int64_t min, int64_t max, const ct_typed *value)
{
    switch (type) {
    case CT_INTEGER:
    case CT_SIZE:
    case CT_DURATION:
        check_number(type, min, max, value);
        break;
    case CT_REAL:
        require(value->real - value->real == 0); /* neither infinite nor a NaN */
        require((!min && !max) || (value->real >= (double)min && value->real <= (double)max));
        break;
    case CT_FLAG:
        require(value->integer == 0 || value->integer == 1);
        break;
    case CT_CHOICE:
        require(value->integer >= 0 && value->integer <= 2);
        break;
    case CT_TEXT:
        require(ct_utf8_valid(value->text, strlen(value->text)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    ct_type type = (ct_type)(data[0] % (CT_CHOICE + 1));
    int64_t min = bounds[data[1] % CT_COUNT(bounds)].min, max = bounds[data[1] % CT_COUNT(bounds)].max;
    char *text = ct_xmalloc(size - 1);
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    ct_typed value = { 0 };
    ct_error error = { 0 };
    if (ct_typed_parse("x", type, min, max, CHOICES, text, &value, &error)) {
        require(value.text == text);
        check_accepted(type, min, max, &value);
    } else {
        require(value.text == NULL && error.message[0] == 'x');
        require(ct_utf8_valid(error.message, strlen(error.message)) && !strpbrk(error.message, "\r\n\x1b"));
    }
    free(text);
    return 0;
}
