/* Names of migrations, and of their operations for people, as Django makes them. */
#include "db/autodetect.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_NAME 52

static const char *lower(ct_arena *arena, const char *text)
{
    char *copy = ct_arena_copy(arena, text, strlen(text));
    for (char *at = copy; *at; at++)
        *at = ct_ascii_lower(*at);
    return copy;
}

/* A part of a file's name: letters, digits, '_'. */
static const char *word(ct_arena *arena, const char *text)
{
    ct_buffer out = ct_buffer_in(arena);
    for (; *text; text++) {
        char ch = ct_ascii_lower(*text);
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))
            ct_buffer_char(&out, ch);
        else if (out.length && out.data[out.length - 1] != '_')
            ct_buffer_char(&out, '_');
    }
    while (out.length && out.data[out.length - 1] == '_')
        out.length--;
    return ct_buffer_text(&out);
}

/* NULL: the operation has no name. */
static const char *fragment(ct_arena *arena, const ct_operation *op)
{
    const char *model = op->model ? lower(arena, op->model) : "";
    switch (op->kind) {
    case CT_OPERATION_CREATE_MODEL:
        return model;
    case CT_OPERATION_DROP_MODEL:
        return ct_arena_printf(arena, "delete_%s", model);
    case CT_OPERATION_RENAME_MODEL:
        return ct_arena_printf(arena, "rename_%s_%s", model, lower(arena, op->to));
    case CT_OPERATION_ADD_FIELD:
        return ct_arena_printf(arena, "%s_%s", model, lower(arena, op->fields[0].name));
    case CT_OPERATION_REMOVE_FIELD:
        return ct_arena_printf(arena, "remove_%s_%s", model, lower(arena, op->name));
    case CT_OPERATION_ALTER_FIELD:
        return ct_arena_printf(arena, "alter_%s_%s", model, lower(arena, op->fields[0].name));
    case CT_OPERATION_RENAME_FIELD:
        return ct_arena_printf(arena, "rename_%s_%s_%s", lower(arena, op->name), model, lower(arena, op->to));
    case CT_OPERATION_ADD_INDEX:
        return ct_arena_printf(arena, "%s_%s_%s", model,
                               word(arena, op->index->name ? op->index->name : op->index->fields),
                               op->index->unique ? "uniq" : "idx");
    case CT_OPERATION_REMOVE_INDEX:
        return ct_arena_printf(arena, "remove_%s_%s", model,
                               word(arena, op->index->name ? op->index->name : op->index->fields));
    case CT_OPERATION_ADD_CHECK:
        return word(arena, op->check->name);
    case CT_OPERATION_REMOVE_CHECK:
        return ct_arena_printf(arena, "remove_%s_%s", model, word(arena, op->name));
    case CT_OPERATION_ALTER_OPTIONS:
        return ct_arena_printf(arena, "alter_%s_options", model);
    default:
        return NULL;
    }
}

const char *ct_migration_name(ct_arena *arena, const ct_operation *operations, size_t count, bool initial, ct_time now)
{
    if (initial)
        return "initial";
    ct_buffer out = ct_buffer_in(arena);
    for (size_t i = 0; i < count; i++) {
        const char *part = fragment(arena, &operations[i]);
        if (!part)
            continue;
        if (out.length && out.length + 1 + strlen(part) > MOST_NAME) {
            CT_BUFFER_LITERAL(&out, "_and_more");
            break;
        }
        ct_buffer_printf(&out, "%s%.*s", out.length ? "_" : "", MOST_NAME, part);
    }
    if (out.length)
        return ct_buffer_text(&out);
    time_t seconds = (time_t)(now / CT_SECOND);
    struct tm tm;
    char text[32];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "auto_%Y%m%d_%H%M", &tm);
    return ct_arena_copy(arena, text, strlen(text));
}

const char *ct_migration_numbered(ct_arena *arena, const char *last, const char *name)
{
    const char *squashed = last ? strstr(last, "_squashed_") : NULL; /* its number is that of the last it replaces */
    unsigned long number = last ? strtoul(last, NULL, 10) : 0;
    if (squashed)
        number = CT_MAX(number, strtoul(squashed + strlen("_squashed_"), NULL, 10));
    return ct_arena_printf(arena, "%04lu_%s", number + 1, name);
}

const char *ct_operation_describe(ct_arena *arena, const ct_operation *op)
{
    switch (op->kind) {
    case CT_OPERATION_CREATE_MODEL:
        return ct_arena_printf(arena, "Create model %s", op->model);
    case CT_OPERATION_DROP_MODEL:
        return ct_arena_printf(arena, "Delete model %s", op->model);
    case CT_OPERATION_RENAME_MODEL:
        return ct_arena_printf(arena, "Rename model %s to %s", op->model, op->to);
    case CT_OPERATION_ADD_FIELD:
        return ct_arena_printf(arena, "Add field %s to %s", op->fields[0].name, op->model);
    case CT_OPERATION_REMOVE_FIELD:
        return ct_arena_printf(arena, "Remove field %s from %s", op->name, op->model);
    case CT_OPERATION_ALTER_FIELD:
        return ct_arena_printf(arena, "Alter field %s on %s", op->fields[0].name, op->model);
    case CT_OPERATION_RENAME_FIELD:
        return ct_arena_printf(arena, "Rename field %s on %s to %s", op->name, op->model, op->to);
    case CT_OPERATION_ADD_INDEX:
        return ct_arena_printf(arena, "Add %s of \"%s\" to %s", op->index->unique ? "unique constraint" : "index",
                               op->index->fields, op->model);
    case CT_OPERATION_REMOVE_INDEX:
        return ct_arena_printf(arena, "Remove %s of \"%s\" from %s", op->index->unique ? "unique constraint" : "index",
                               op->index->fields, op->model);
    case CT_OPERATION_ADD_CHECK:
        return ct_arena_printf(arena, "Add check %s to %s", op->check->name, op->model);
    case CT_OPERATION_REMOVE_CHECK:
        return ct_arena_printf(arena, "Remove check %s from %s", op->name, op->model);
    case CT_OPERATION_ALTER_OPTIONS:
        return ct_arena_printf(arena, "Change options on %s", op->model);
    case CT_OPERATION_RUN_SQL:
        return "Run SQL";
    case CT_OPERATION_RUN:
        return "Run a function";
    case CT_OPERATION_SEPARATE:
        return "Separate the state from the database";
    default:
        return "";
    }
}
