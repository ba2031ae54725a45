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

/* Which of the list begins with "NAME="; SIZE_MAX: none. */
static size_t place_of(const char *const *list, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; list && list[i]; i++)
        if (strncmp(list[i], name, length) == 0 && list[i][length] == '=')
            return i;
    return SIZE_MAX;
}

static const char *behind(const char *text)
{
    return strchr(text, '=') + 1;
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

/* At the end of input nobody is there any more. */
static ct_answer ask_yes(ct_terminal_asker *t)
{
    char *line = read_line();
    bool yes = line && ct_ascii_lower(line[0]) == 'y';
    if (!line) {
        putchar('\n');
        t->asks = false;
    }
    free(line);
    return !t->asks ? CT_ANSWER_NOBODY : yes ? CT_ANSWER_YES : CT_ANSWER_NO;
}

/* The name of a model, or its label. */
static bool is_called(const char *label, const char *name)
{
    return strcmp(label, name) == 0 || strcmp(strrchr(label, '.') + 1, name) == 0;
}

static bool told_model(ct_asker *asker, const char *from, const char *to)
{
    const ct_terminal_asker *t = of(asker);
    size_t at = place_of(t->renames, from);
    if (at == SIZE_MAX || !is_called(to, behind(t->renames[at])))
        return false;
    t->used_renames[at] = true;
    return true;
}

static bool told_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    const ct_terminal_asker *t = of(asker);
    const char *name = ct_printf(t->c, "%s.%s", model, from);
    size_t at = place_of(t->renames, name);
    for (size_t i = 0; at == SIZE_MAX && t->renames && t->renames[i]; i++) { /* by the model's old name */
        const char *equals = strchr(t->renames[i], '=');
        if (equals && is_called(model, equals + 1))
            at = place_of(t->renames, ct_printf(t->c, "%.*s.%s", (int)(equals - t->renames[i]), t->renames[i], from));
    }
    if (at == SIZE_MAX || strcmp(behind(t->renames[at]), to) != 0)
        return false;
    t->used_renames[at] = true;
    return true;
}

static ct_answer renamed_model(ct_asker *asker, const char *from, const char *to)
{
    ct_terminal_asker *t = of(asker);
    if (t->refuses || place_of(t->renames, from) != SIZE_MAX)
        return CT_ANSWER_NO;
    if (!t->asks)
        return CT_ANSWER_NOBODY;
    printf("Was the model %s renamed to %s? [y/N] ", from, strrchr(to, '.') + 1);
    return ask_yes(t);
}

static ct_answer renamed_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    ct_terminal_asker *t = of(asker);
    const char *name = ct_printf(t->c, "%s.%s", model, from);
    if (t->refuses || place_of(t->renames, name) != SIZE_MAX)
        return CT_ANSWER_NO;
    if (!t->asks)
        return CT_ANSWER_NOBODY;
    printf("Was the field %s renamed to %s? [y/N] ", name, to);
    return ask_yes(t);
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
    const char *name = ct_printf(t->c, "%s.%s", model, field->name);
    size_t at = place_of(t->fills, name);
    *ret_text = at == SIZE_MAX ? NULL : behind(t->fills[at]);
    if (*ret_text)
        t->used_fills[at] = true;
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
    return (ct_terminal_asker){ .asker = { renamed_model, renamed_field, fill, told_model, told_field },
                                .c = c,
                                .asks = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) };
}

static bool *marks_of(ct *c, const char *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    bool *marks = ct_alloc(c, count + 1);
    memset(marks, 0, count + 1);
    return marks;
}

void ct_terminal_asker_give(ct_terminal_asker *asker, const char *const *renames, const char *const *fills)
{
    asker->renames = renames;
    asker->fills = fills;
    asker->used_renames = marks_of(asker->c, renames);
    asker->used_fills = marks_of(asker->c, fills);
}

void ct_terminal_asker_check(const ct_terminal_asker *asker, ct_problems *problems)
{
    for (size_t i = 0; asker->renames[i]; i++)
        if (!asker->used_renames[i])
            ct_problems_add(problems, CT_PROBLEM_ERROR,
                            "--rename %s renames nothing: write APP.MODEL=NEW or APP.MODEL.FIELD=NEW, where the old "
                            "name is in the migrations and no longer in the models, and the new one in the models "
                            "alone",
                            asker->renames[i]);
    for (size_t i = 0; asker->fills[i]; i++)
        if (!asker->used_fills[i])
            ct_problems_add(problems, CT_PROBLEM_ERROR,
                            "--fill %s fills nothing: write APP.MODEL.FIELD=VALUE, where the field is new or may no "
                            "longer be null, and has no default",
                            asker->fills[i]);
}
