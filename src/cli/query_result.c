/* Results as tables (cli/query.h).
 *
 * NULL is NULL, empty text is "", and text that reads like one of them is in quotes. Letters are as wide as a terminal
 * shows them: two columns for those of Chinese, none for marks that combine. */
#include "cli/query.h"

#include "base/common.h"
#include "shape/validate.h"

#include <unistr.h>
#include <uniwidth.h>

#define LEAST_WIDTH 8 /* columns are not cut below it */

/* ---- cells ---- */

/* What would move the cursor, or is no letter, by its code. */
static void write_plain(ct_buffer *out, const char *text)
{
    size_t left = strlen(text);
    while (left) {
        ucs4_t code;
        size_t size = (size_t)u8_mbtouc(&code, (const uint8_t *)text, left);
        bool broken = code == 0xFFFD && !(size == 3 && memcmp(text, "\xEF\xBF\xBD", 3) == 0);
        if (*text == '\n')
            CT_BUFFER_LITERAL(out, "\\n");
        else if (*text == '\t')
            CT_BUFFER_LITERAL(out, "\\t");
        else if (broken)
            for (size_t i = 0; i < size; i++)
                ct_buffer_printf(out, "\\x%02X", (unsigned char)text[i]);
        else if (uc_width(code, "UTF-8") < 0 || (code >= 0x202A && code <= 0x202E) ||
                 (code >= 0x2066 && code <= 0x2069))
            ct_buffer_printf(out, "\\u%04X", (unsigned)code);
        else
            ct_buffer_printf(out, "%.*s", (int)size, text);
        text += size;
        left -= size;
    }
}

static const char *cell_of(ct_arena *arena, ct_value value)
{
    static const char digits[] = "0123456789abcdef";
    if (value.type == CT_VALUE_NULL)
        return "NULL";
    ct_buffer out = ct_buffer_in(arena);
    if (value.type == CT_VALUE_BYTES) {
        CT_BUFFER_LITERAL(&out, "\\x");
        const unsigned char *bytes = value.bytes->data;
        for (size_t i = 0; i < value.bytes->len && i < 4096; i++) {
            unsigned char byte = bytes[i];
            ct_buffer_char(&out, digits[byte >> 4]);
            ct_buffer_char(&out, digits[byte & 15]);
        }
        return ct_buffer_text(&out);
    }
    static const ct_field as_it_is = { .kind = CT_KIND_text };
    const char *text = ct_value_text(arena, &as_it_is, value);
    bool is_text = value.type == CT_VALUE_TEXT;
    if (is_text && (!*text || strcmp(text, "NULL") == 0 || strcmp(text, "\"\"") == 0))
        return ct_arena_printf(arena, "\"%s\"", text);
    write_plain(&out, text);
    return ct_buffer_text(&out);
}

void ct_result_begin(ct_result *result, ct_arena *arena, const char *const *names, size_t columns)
{
    *result = (ct_result){ .arena = arena, .columns = columns };
    result->names = ct_arena_zalloc(arena, (columns + 1) * sizeof(*result->names));
    result->numbers = ct_arena_zalloc(arena, columns + 1);
    for (size_t i = 0; i < columns; i++) {
        ct_buffer name = ct_buffer_in(arena);
        write_plain(&name, names[i]);
        result->names[i] = ct_buffer_text(&name);
        result->numbers[i] = true;
    }
}

static bool is_number(ct_value value)
{
    return value.type == CT_VALUE_INT || value.type == CT_VALUE_UINT || value.type == CT_VALUE_REAL ||
           value.type == CT_VALUE_DECIMAL || value.type == CT_VALUE_NULL;
}

void ct_result_add(ct_result *result, const ct_value *values)
{
    size_t size = result->columns * sizeof(*result->cells);
    if (result->rows == result->capacity) {
        size_t old = result->capacity;
        result->capacity = old ? 2 * old : 16;
        result->cells = ct_arena_grow(result->arena, result->cells, old * size, result->capacity * size);
    }
    const char **cells = result->cells + result->rows++ * result->columns;
    for (size_t i = 0; i < result->columns; i++) {
        cells[i] = cell_of(result->arena, values[i]);
        result->numbers[i] &= is_number(values[i]);
    }
}

/* ---- tables ---- */

static size_t width_of(const char *text)
{
    int width = u8_strwidth((const uint8_t *)text, "UTF-8");
    return width > 0 ? (size_t)width : 0;
}

static void write_blanks(ct_buffer *out, size_t count)
{
    while (count--)
        ct_buffer_char(out, ' ');
}

/* The text in so many columns, cut where it is wider. */
static void write_cell(ct_buffer *out, const char *text, size_t width, bool right, bool last)
{
    size_t own = width_of(text);
    if (own <= width) {
        if (right)
            write_blanks(out, width - own);
        ct_buffer_append(out, text, strlen(text));
        if (!right && !last)
            write_blanks(out, width - own);
        return;
    }
    size_t taken = 0, left = strlen(text);
    while (left) {
        ucs4_t code;
        size_t size = (size_t)u8_mbtouc(&code, (const uint8_t *)text, left);
        int columns = uc_width(code, "UTF-8");
        if (taken + (size_t)CT_MAX(columns, 0) > width - 1)
            break;
        taken += (size_t)CT_MAX(columns, 0);
        ct_buffer_append(out, text, (size_t)size);
        text += size;
        left -= size;
    }
    CT_BUFFER_LITERAL(out, "…");
    if (!last)
        write_blanks(out, width - taken - 1);
}

/* The widest columns give first. */
static void fit(size_t *widths, size_t count, size_t width)
{
    size_t total = 2 * (count - 1);
    for (size_t i = 0; i < count; i++)
        total += widths[i];
    while (total > width) {
        size_t widest = 0, second = LEAST_WIDTH;
        for (size_t i = 1; i < count; i++)
            widest = widths[i] > widths[widest] ? i : widest;
        if (widths[widest] <= LEAST_WIDTH)
            return;
        for (size_t i = 0; i < count; i++)
            if (i != widest && widths[i] < widths[widest])
                second = CT_MAX(second, widths[i]);
        size_t give = CT_MIN(total - width, widths[widest] - CT_MIN(second, widths[widest] - 1));
        widths[widest] -= give;
        total -= give;
    }
}

static void write_table(const ct_result *result, size_t width, ct_buffer *out)
{
    size_t *widths = ct_arena_zalloc(result->arena, (result->columns + 1) * sizeof(*widths));
    for (size_t i = 0; i < result->columns; i++)
        widths[i] = width_of(result->names[i]);
    for (size_t i = 0; i < result->rows * result->columns; i++)
        widths[i % result->columns] = CT_MAX(widths[i % result->columns], width_of(result->cells[i]));
    if (width)
        fit(widths, result->columns, width);
    for (size_t row = 0; row <= result->rows; row++) {
        const char **cells = row ? result->cells + (row - 1) * result->columns : result->names;
        for (size_t i = 0; i < result->columns; i++) {
            write_cell(out, cells[i], widths[i], result->numbers[i], i + 1 == result->columns);
            ct_buffer_str(out, i + 1 < result->columns ? CT_STR("  ") : CT_STR("\n"));
        }
        for (size_t i = 0; !row && i < result->columns; i++) {
            for (size_t k = 0; k < widths[i]; k++)
                ct_buffer_char(out, '-');
            ct_buffer_str(out, i + 1 < result->columns ? CT_STR("  ") : CT_STR("\n"));
        }
    }
}

static void write_expanded(const ct_result *result, size_t width, ct_buffer *out)
{
    size_t widest = 0;
    for (size_t i = 0; i < result->columns; i++)
        widest = CT_MAX(widest, width_of(result->names[i]));
    for (size_t row = 0; row < result->rows; row++) {
        ct_buffer_printf(out, "-- %zu\n", row + 1);
        for (size_t i = 0; i < result->columns; i++) {
            const char *cell = result->cells[row * result->columns + i];
            write_cell(out, result->names[i], widest, false, false);
            CT_BUFFER_LITERAL(out, "  ");
            write_cell(out, cell, width > widest + 2 + LEAST_WIDTH ? width - widest - 2 : width_of(cell), false, true);
            ct_buffer_char(out, '\n');
        }
    }
}

void ct_result_write(const ct_result *result, bool expanded, size_t width, ct_buffer *out)
{
    if (!result->columns)
        return;
    if (expanded)
        write_expanded(result, width, out);
    else
        write_table(result, width, out);
}
