/* Tables for people: columns as wide as their widest cell, two blanks between them, no blanks at a line's end. */
#ifndef CANTEEN_CLI_COLUMNS_H
#define CANTEEN_CLI_COLUMNS_H

#include "base/buffer.h"

#define CT_COLUMNS_MAX 6

typedef struct ct_columns {
    ct_arena *arena;
    size_t columns; /* 1 to CT_COLUMNS_MAX */
    const char **cells;
    size_t rows, capacity;
} ct_columns;

static inline ct_columns ct_columns_in(ct_arena *arena, size_t columns)
{
    return (ct_columns){ .arena = arena, .columns = columns };
}

/* Adds a row of `columns` cells, each borrowed UTF-8 without line breaks. The arena has no limit. */
void ct_columns_add(ct_columns *table, const char *const *cells);
/* Appends the lines, each with `indent` in front. */
void ct_columns_write(const ct_columns *table, const char *indent, ct_buffer *out);

#endif
