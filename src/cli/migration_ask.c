/* The questions of makemigrations, on a terminal; elsewhere the answers of the command line, or none. */
#include "cli/migrations.h"

#include "canteen/command.h"
#include "canteen/types.h"
#include "canteen/work.h"
#include "shape/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ct_terminal_asker *of(ct_asker *asker)
{
    return CT_CONTAINER(asker, ct_terminal_asker, asker);
}

/* What stands behind "NAME=" in a list, or NULL. */
static const char *given(const char *const *list, const char *name)
{
    size_t length = strlen(name);
    for (; list && *list; list++)
        if (strncmp(*list, name, length) == 0 && (*list)[length] == '=')
            return *list + length + 1;
    return NULL;
}

/* A line of the terminal, without its end; NULL at the end of input. */
static char *read_line(void)
{
    char *line = NULL;
    size_t size = 0;
    fflush(stdout);
    ssize_t length = getline(&line, &size, stdin);
    if (length < 0) {
        free(line);
        return NULL;
    }
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        line[--length] = '\0';
    return line;
}

static bool ask_yes(void)
{
    char *line = read_line();
    bool yes = line && ct_ascii_lower(line[0]) == 'y';
    free(line);
    return yes;
}

static ct_answer renamed_model(ct_asker *asker, const char *from, const char *to)
{
    const ct_terminal_asker *t = of(asker);
    const char *told = given(t->renames, from), *dot = strrchr(to, '.');
    if (told)
        return strcmp(told, to) == 0 || strcmp(told, dot + 1) == 0 ? CT_ANSWER_YES : CT_ANSWER_NO;
    if (t->refuses)
        return CT_ANSWER_NO;
    if (!t->asks)
        return CT_ANSWER_NOBODY;
    printf("Was the model %s renamed to %s? [y/N] ", from, dot + 1);
    return ask_yes() ? CT_ANSWER_YES : CT_ANSWER_NO;
}

static ct_answer renamed_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    const ct_terminal_asker *t = of(asker);
    char name[256];
    snprintf(name, sizeof name, "%s.%s", model, from);
    const char *told = given(t->renames, name);
    if (told)
        return strcmp(told, to) == 0 ? CT_ANSWER_YES : CT_ANSWER_NO;
    if (t->refuses)
        return CT_ANSWER_NO;
    if (!t->asks)
        return CT_ANSWER_NOBODY;
    printf("Was the field %s renamed to %s? [y/N] ", name, to);
    return ask_yes() ? CT_ANSWER_YES : CT_ANSWER_NO;
}

/* Is it a value of the kind? */
static bool is_value(const ct_field *field, const char *text)
{
    int64_t integer;
    ct_decimal decimal;
    ct_time time;
    ct_date date;
    ct_daytime daytime;
    ct_uuid uuid;
    char *end;
    switch (ct_kind_of_key(field->kind)) {
    case CT_KIND_integer:
        return ct_str_to_int64(ct_str_of(text), &integer);
    case CT_KIND_real:
        strtod(text, &end);
        return *text && !*end;
    case CT_KIND_decimal:
        return ct_decimal_read(text, &decimal);
    case CT_KIND_boolean:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case CT_KIND_datetime:
        return ct_datetime_read(text, &time);
    case CT_KIND_duration:
        return ct_duration_read(text, &time);
    case CT_KIND_date:
        return ct_date_read(text, &date);
    case CT_KIND_time:
        return ct_daytime_read(text, &daytime);
    case CT_KIND_uuid:
        return ct_uuid_read(text, &uuid);
    default:
        return true;
    }
}

static const char *example_of(const ct_field *field)
{
    switch (ct_kind_of_key(field->kind)) {
    case CT_KIND_boolean:
        return "true or false";
    case CT_KIND_datetime:
        return "as 2026-11-21T09:30:00Z";
    case CT_KIND_date:
        return "as 2026-11-21";
    case CT_KIND_time:
        return "as 09:30";
    case CT_KIND_duration:
        return "as 01:30:00";
    case CT_KIND_json:
        return "as {}";
    case CT_KIND_decimal:
        return "as 12.50";
    default:
        return ct_kind_name(ct_kind_of_key(field->kind));
    }
}

static bool ask_value(const ct_terminal_asker *t, const ct_field *field, const char **ret_text)
{
    for (;;) {
        printf("Value (%s): ", example_of(field));
        char *line = read_line();
        if (!line)
            return false;
        bool good = is_value(field, line);
        if (good)
            *ret_text = ct_strdup(t->c, line);
        else
            printf("\"%s\" is no %s.\n", line, ct_kind_name(ct_kind_of_key(field->kind)));
        free(line);
        if (good)
            return true;
    }
}

static bool fill(ct_asker *asker, const char *model, const ct_field *field, bool is_new, const char **ret_text)
{
    const ct_terminal_asker *t = of(asker);
    char name[256];
    snprintf(name, sizeof name, "%s.%s", model, field->name);
    *ret_text = given(t->fills, name);
    if (*ret_text && is_value(field, *ret_text))
        return true;
    if (*ret_text)
        fprintf(stderr, "error: --fill %s: \"%s\" is no %s\n", name, *ret_text,
                ct_kind_name(ct_kind_of_key(field->kind)));
    if (*ret_text || !t->asks)
        return false;
    if (is_new)
        printf("The new field %s may not be null and has no default: rows that are there need a value.\n", name);
    else
        printf("The field %s may no longer be null: rows with NULL need a value.\n", name);
    printf(" 1) Give one now, for these rows alone\n 2) Stop, and give the field a .default_value\nWhich? [1/2] ");
    char *line = read_line();
    bool now = line && line[0] == '1';
    free(line);
    return now && ask_value(t, field, ret_text);
}

ct_terminal_asker ct_terminal_asker_of(ct *c)
{
    return (ct_terminal_asker){ .asker = { renamed_model, renamed_field, fill },
                                .c = c,
                                .asks = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) };
}
