/* Lines of a terminal. Editing, history and completion are libedit's, which is loaded when somebody begins to type: no
 * other program of Canteen's pays for it, and without it lines are read as they come.
 *
 * libedit has the interface of readline; what is used of it is declared here, so that nothing is needed to build. */
#include "cli/query.h"

#include "db/ask.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_WORDS 512 /* that are offered */

typedef char *line_generator(const char *text, int state);
typedef char **line_completer(const char *text, int start, int end);

static struct {
    bool looked_for, there;
    char *(*readline)(const char *prompt);
    int (*add_history)(const char *line);
    int (*read_history)(const char *path);
    int (*write_history)(const char *path);
    void (*stifle_history)(int count);
    char **(*matches)(const char *text, line_generator *next);
    char path[512]; /* of the history; "": it is not kept */
} edit;

/* ---- completion ---- */

static const ct_graph *known;
static const char *offers[MOST_WORDS];
static size_t offer_count;
static char **typed; /* the library's variables: the line, and what goes behind a word that is complete */
static int *behind_word;

static void offer(ct_arena *arena, const char *prefix, const char *name)
{
    if (offer_count < MOST_WORDS)
        offers[offer_count++] = ct_arena_printf(arena, "%s%s", prefix, name);
}

/* The model that the line begins with, else NULL. */
static const ct_table *table_of_line(void)
{
    const char *line = typed && *typed ? *typed : "";
    line += strspn(line, " \t");
    return ct_ask_table(known, (ct_str){ line, strcspn(line, " \t") });
}

static void offer_fields(ct_arena *arena, const char *text)
{
    static const char *const words[] = { "order", "limit", "offset", "show", "count", "distinct", "or", "not" };
    const ct_table *table = table_of_line();
    ct_str last;
    bool minus = *text == '-';
    const ct_table *at = table ? ct_ask_walk(table, ct_str_of(text + minus), &last) : NULL;
    if (!at)
        return;
    const char *prefix = ct_arena_printf(arena, "%.*s", (int)(last.data - text), text);
    for (size_t i = 0; i < at->column_count; i++)
        offer(arena, prefix, at->columns[i].field->name);
    for (size_t i = 0; i < at->link_count; i++)
        if (at->links[i].kind != CT_LINK_TO_ONE)
            offer(arena, prefix, at->links[i].field->name);
    for (size_t i = 0; i < CT_COUNT(words) && at == table; i++)
        offer(arena, "", words[i]);
}

static void offer_models(ct_arena *arena)
{
    static const char *const words[] = { "help", "models", "select" };
    for (size_t i = 0; i < known->table_count; i++)
        if (known->tables[i]->model)
            offer(arena, "", known->tables[i]->model->shape->name);
    for (size_t i = 0; i < CT_COUNT(words); i++)
        offer(arena, "", words[i]);
}

static char *next_offer(const char *text, int state)
{
    static size_t at;
    if (!state)
        at = 0;
    while (at < offer_count) {
        const char *word = offers[at++];
        if (strncmp(word, text, strlen(text)) == 0)
            return strdup(word);
    }
    return NULL;
}

static char **complete(const char *text, int start, int end)
{
    ct_arena arena;
    (void)end;
    ct_arena_init(&arena, NULL, 0);
    offer_count = 0;
    *behind_word = start == 0 ? ' ' : '\0'; /* an operator or a dot comes next */
    if (start == 0)
        offer_models(&arena);
    else
        offer_fields(&arena, text);
    char **matches = edit.matches(text, next_offer);
    offer_count = 0;
    ct_arena_finish(&arena);
    return matches;
}

/* ---- the library ---- */

static bool find(void *library, const char *name, void *ret)
{
    void *address = dlsym(library, name);
    memcpy(ret, &address, sizeof(address));
    return address != NULL;
}

static bool load(void)
{
    void *library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
    line_completer **completer;
    int *over;
    const char **breaks;
    if (!library)
        return false;
    bool all = find(library, "readline", &edit.readline) && find(library, "add_history", &edit.add_history) &&
               find(library, "read_history", &edit.read_history) &&
               find(library, "write_history", &edit.write_history) &&
               find(library, "stifle_history", &edit.stifle_history) &&
               find(library, "rl_completion_matches", &edit.matches) && find(library, "rl_line_buffer", &typed) &&
               find(library, "rl_attempted_completion_function", &completer) &&
               find(library, "rl_attempted_completion_over", &over) &&
               find(library, "rl_completion_append_character", &behind_word) &&
               find(library, "rl_basic_word_break_characters", &breaks);
    if (!all)
        return false;
    *completer = complete;
    *over = 1; /* names of files are not offered */
    *breaks = " \t\n,(=!<>~";
    return true;
}

static void read_history(void)
{
    const char *home = getenv("HOME");
    if (home && *home)
        snprintf(edit.path, sizeof(edit.path), "%s/.canteen_query_history", home);
    edit.stifle_history(1000);
    if (*edit.path)
        edit.read_history(edit.path);
}

static char *read_plain(const char *prompt)
{
    char *line = NULL;
    size_t room = 0;
    fputs(prompt, stdout);
    fflush(stdout);
    ssize_t length = getline(&line, &room, stdin);
    if (length < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

char *ct_query_line(const ct_graph *graph, const char *prompt)
{
    known = graph;
    if (!edit.looked_for) {
        edit.looked_for = true;
        edit.there = load();
        if (edit.there)
            read_history();
        else
            printf("Lines cannot be edited here: apt-get install libedit2\n");
    }
    if (!edit.there)
        return read_plain(prompt);
    fflush(stdout);
    return edit.readline(prompt);
}

/* What was asked may be nobody else's business. */
void ct_query_remember(const char *line)
{
    if (!edit.there || !*line)
        return;
    edit.add_history(line);
    if (!*edit.path)
        return;
    mode_t former = umask(077);
    edit.write_history(edit.path);
    umask(former);
}
