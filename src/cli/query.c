/* `query`: a prompt for conditions on models and for SQL, or one command of them.
 *
 * At a terminal lines are read with history and completion; from a pipe or a file as they come, and the first that is
 * wrong ends it. A statement of SQL goes on over lines up to a ';', conditions end with their line. */
#include "cli/query.h"

#include "base/log.h"
#include "base/nearest.h"
#include "canteen/work.h"
#include "cli/columns.h"
#include "cli/database.h"
#include "db/ask.h"
#include "net/work.h"
#include "shape/kinds.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

const ct_option ct_query_options[] = {
    { .name = "text", .argument = true, .optional = true, .help = "one command; without it they are read" },
    { .name = "write", .type = CT_FLAG, .help = "also SQL that changes the database" },
    { .name = "expanded", .letter = 'x', .type = CT_FLAG, .help = "one line for each field" },
    { .name = "database", .help = "the alias of the database; \"default\"" },
    { .name = NULL },
};

/* ---- words of the prompt ---- */

static void help(void)
{
    printf("Conditions on a model, for example:\n"
           "  Post views>100 title~hello author.username=ada order -published limit 5\n\n"
           "  = != < <= > >=    compare; a,b,c is any of these, 1..9 from one to the other, null is NULL\n"
           "  ~ !~ ^= $= =~     text: has, has not, begins with, ends with (in any case), regular expression\n"
           "  a.b               through a relation, either way; .year .month .day ... of dates; names in json\n"
           "  or not ( )        several conditions are all to be met unless said otherwise\n"
           "  order -a b  limit N  offset N  show a b.c  count  distinct\n\n"
           "SQL ends with ';'. models lists the models, models Post its fields, \\x shows a line a field, \\q ends.\n");
}

/* "has_many Choice" */
static const char *kind_of(ct *c, const ct_table *table, const ct_field *field)
{
    const ct_link *link = ct_table_link(table, ct_str_of(field->name));
    const char *name = ct_kind_name(field->kind);
    if (field->kind == CT_KIND_array)
        return ct_printf(c, "array of %s", ct_kind_name(field->element));
    return link ? ct_printf(c, "%s %s", name, link->other->model->shape->name) : name;
}

static const char *remarks_of(ct *c, const ct_field *field)
{
    const char *bounds = field->max_length ? ct_printf(c, "at most %d ", field->max_length) : "";
    return ct_printf(c, "%s%s%s%s%s", field->primary_key ? "key " : "", field->unique ? "unique " : "", bounds,
                     field->null ? "null " : "", field->generated ? "generated" : "");
}

static void write_columns(const ct_columns *table)
{
    ct_buffer out = { 0 };
    ct_columns_write(table, "", &out);
    fwrite(ct_buffer_text(&out), 1, out.length, stdout);
    ct_buffer_finish(&out);
}

static void list_fields(ct *c, const ct_table *table)
{
    ct_columns columns = ct_columns_in(ct_work_arena(c), 3);
    const ct_shape *shape = table->model->shape;
    printf("%s, table %s\n", table->label, table->name);
    for (size_t i = 0; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        if (field->kind == CT_KIND_method)
            continue;
        const char *remarks = remarks_of(c, field);
        ct_columns_add(&columns, (const char *const[]){ field->name, kind_of(c, table, field), remarks });
    }
    write_columns(&columns);
}

static void list_models(ct *c, const ct_graph *graph)
{
    ct_columns columns = ct_columns_in(ct_work_arena(c), 3);
    for (size_t i = 0; i < graph->table_count; i++)
        if (graph->tables[i]->model)
            ct_columns_add(&columns, (const char *const[]){ graph->tables[i]->model->shape->name,
                                                            graph->tables[i]->label, graph->tables[i]->name });
    write_columns(&columns);
}

static bool list(const ct_query_prompt *prompt, const char *name)
{
    ct *c = prompt->c;
    const ct_graph *graph = &ct_work_databases(c)->graph;
    ct_str trimmed = ct_str_trim(ct_str_of(name));
    const ct_table *table = trimmed.length ? ct_ask_table(graph, trimmed) : NULL;
    if (table) {
        list_fields(c, table);
    } else if (!trimmed.length) {
        list_models(c, graph);
    } else {
        const char *nearest = ct_ask_nearest_table(graph, ct_work_arena(c), trimmed);
        fprintf(stderr, "there is no model \"%s\"%s%s%s\n", name, nearest ? "; did you mean \"" : "",
                nearest ? nearest : "", nearest ? "\"?" : "");
        return false;
    }
    return true;
}

static const char *behind_word(const char *line, const char *word)
{
    size_t length = strlen(word);
    bool same = strncmp(line, word, length) == 0 && (!line[length] || line[length] == ' ');
    return same ? line + length + (line[length] == ' ') : NULL;
}

static bool is_any(const char *line, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(line, *words) == 0)
            return true;
    return false;
}

/* ---- commands ---- */

/* A model may be called as a word of SQL is: written as it is declared it is the model. */
static bool is_sql(const ct_query_prompt *prompt, const char *line)
{
    ct_str word = { line, strcspn(line, " \t\r\n;") };
    const ct_table *table = ct_ask_table(&ct_work_databases(prompt->c)->graph, word);
    return ct_query_is_sql(line) && !(table && ct_str_eq(word, ct_str_of(table->model->shape->name)));
}

static bool run(ct_query_prompt *prompt, char *text)
{
    static const char *const helps[] = { "help", "\\h", "\\?", "?", NULL };
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n;", text[length - 1]))
        text[--length] = '\0';
    text += strspn(text, " \t\r\n");
    const char *name = behind_word(text, "models");
    name = name ? name : behind_word(text, "\\d");
    if (!*text)
        return true;
    if (is_any(text, helps))
        help();
    else if (strcmp(text, "\\x") == 0)
        printf("%s\n", (prompt->expanded = !prompt->expanded) ? "A line a field." : "A line a row.");
    else if (name)
        return list(prompt, name);
    else
        return is_sql(prompt, text) ? ct_query_sql(prompt, text) : ct_query_ask(prompt, text);
    return true;
}

static bool is_end(const char *line)
{
    static const char *const ends[] = { "\\q", "quit", "exit", "quit;", "exit;", NULL };
    return is_any(line, ends);
}

/* ---- lines ---- */

static bool ends_statement(const char *text)
{
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    return length && text[length - 1] == ';';
}

static char *next_line(const ct_query_prompt *prompt, bool more)
{
    if (prompt->terminal)
        return ct_query_line(&ct_work_databases(prompt->c)->graph, more ? "   ...> " : "query> ");
    char *line = NULL;
    size_t room = 0;
    if (getline(&line, &room, stdin) < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static int run_lines(ct_query_prompt *prompt)
{
    ct_buffer text = { 0 };
    bool good = true;
    char *line;
    while ((good || prompt->terminal) && (line = next_line(prompt, text.length)) != NULL) {
        bool end = !text.length && is_end(line);
        bool empty = line[strspn(line, " \t")] == '\0';
        ct_buffer_printf(&text, "%s%s", text.length ? "\n" : "", line);
        free(line);
        if (end)
            break;
        const char *whole = ct_buffer_text(&text);
        if (is_sql(prompt, whole + strspn(whole, " \t")) && !ends_statement(whole) && !empty)
            continue;
        if (prompt->terminal)
            ct_query_remember(whole);
        good = run(prompt, text.data);
        text.length = 0;
    }
    if (text.length && !is_end(ct_buffer_text(&text)))
        good = run(prompt, text.data);
    else if (prompt->terminal)
        printf("\n");
    ct_buffer_finish(&text);
    return good || prompt->terminal ? 0 : 1;
}

static size_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        return 0;
    return size.ws_col;
}

int ct_query_command(ct *c)
{
    const char *text = ct_option_text(c, "text");
    ct_query_prompt prompt = { .c = c,
                               .entry = ct_command_entry(c),
                               .write = ct_option_flag(c, "write"),
                               .expanded = ct_option_flag(c, "expanded"),
                               .terminal = isatty(STDIN_FILENO) && (text || isatty(STDOUT_FILENO)),
                               .width = terminal_width() };
    /* What is wrong is said in place; the log would say it again. */
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        ct_log_open(nowhere, CT_LOG_TEXT, CT_LOG_ERROR);
    if (text)
        return run(&prompt, ct_strdup(c, text)) ? 0 : 1;
    if (prompt.terminal)
        printf("%s, %s. help explains, \\q ends.\n", prompt.entry->target.shown,
               prompt.write ? "for reading and writing" : "for reading");
    return run_lines(&prompt);
}
