/* Aligns columns. A character counts as one column, whatever its script: exact for what commands and settings are
 * named. */
#include "cli/columns.h"

void ct_columns_add(ct_columns *table, const char *const *cells)
{
    size_t row_size = table->columns * sizeof *table->cells;
    if (table->rows == table->capacity) {
        size_t old = table->capacity;
        table->capacity = old ? 2 * old : 16;
        table->cells = ct_arena_grow(table->arena, table->cells, old * row_size, table->capacity * row_size);
    }
    memcpy(table->cells + table->rows++ * table->columns, cells, row_size);
}

static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void ct_columns_write(const ct_columns *table, const char *indent, ct_buffer *out)
{
    size_t widths[CT_COLUMNS_MAX] = { 0 };
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        size_t width = width_of(table->cells[i]);
        widths[i % table->columns] = CT_MAX(widths[i % table->columns], width);
    }
    for (size_t row = 0; row < table->rows; row++) {
        const char **cells = table->cells + row * table->columns;
        ct_buffer_str(out, ct_str_of(indent));
        size_t pending = 0; /* blanks owed before the next cell that is not empty */
        for (size_t column = 0; column < table->columns; column++) {
            for (; *cells[column] && pending; pending--)
                ct_buffer_char(out, ' ');
            ct_buffer_str(out, ct_str_of(cells[column]));
            pending += widths[column] - width_of(cells[column]) + (widths[column] ? 2 : 0);
        }
        ct_buffer_char(out, '\n');
    }
}
