/* Rendering the pages of bench/templates: by the engine, and by C that appends the same bytes.
 *
 *     templates engine|c FOLDER PAGE SECONDS     prints nanoseconds a page
 *     templates engine|c FOLDER PAGE --show      writes the page
 *
 * FOLDER is bench/templates/jinja or bench/templates/django, which tells the language too; the C is that of the former.
 * The data is that of bench/peers/templates.py: whoever changes one changes the other. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/time.h"
#include "canteen/shape.h"
#include "template/template.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the data ---- */

CT_SHAPE(Fortune, (integer, id), (text, message));
CT_SHAPE(Person, (text, name), (text, email), (text, note), (real, amount), (text, nick));

static const char *const messages[] = {
    "Additional fortune added at request time.",
    "fortune: No such file or directory",
    "A computer scientist is someone who fixes things that aren't broken.",
    "After enough decimal places, nobody gives a damn.",
    "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
    "A computer program does what you tell it to do, not what you want it to do.",
    "Emacs is a nice operating system, but I prefer UNIX. \xE2\x80\x94 Tom Christaensen",
    "Any program that runs right is obsolete.",
    "A list is only as strong as its weakest link. \xE2\x80\x94 Donald Knuth",
    "Feature: A bug with seniority.",
    "Computers make very fast, very accurate mistakes.",
    "<script>alert(\"This should not be displayed in a browser alert box.\");</script>",
    ("\xE3\x83\x95\xE3\x83\xAC\xE3\x83\xBC\xE3\x83\xA0\xE3\x83\xAF\xE3\x83\xBC\xE3\x82\xAF\xE3\x81\xAE\xE3\x83\x99"
     "\xE3\x83\xB3\xE3\x83\x81\xE3\x83\x9E\xE3\x83\xBC\xE3\x82\xAF"),
};
#define FORTUNES CT_COUNT(messages)
#define PEOPLE 1000

static Fortune fortunes[FORTUNES];
static Person people[PEOPLE];
static ct_row *fortune_items[FORTUNES], *person_items[PEOPLE];
static ct_rows fortune_rows, person_rows;

static const char *text(const char *format, int i)
{
    char line[64];
    snprintf(line, sizeof(line), format, i);
    return ct_xstrdup(line);
}

static void make_data(size_t person_count)
{
    static const char *const notes[] = { "a short note", "something to say about the order of last week & its parts",
                                         "nothing", "<b>bold</b> claims were made, and then taken back again" };
    for (size_t i = 0; i < FORTUNES; i++) {
        fortunes[i] = (Fortune){ .row.shape = &Fortune_shape, .id = (int64_t)i, .message = messages[i] };
        fortune_items[i] = &fortunes[i].row;
    }
    for (int i = 0; i < PEOPLE; i++) {
        people[i] = (Person){ .row.shape = &Person_shape,
                              .name = text("person number %d", i),
                              .email = text("Person.%d@Example.COM", i),
                              .note = notes[i % 4],
                              .amount = i * 1.37,
                              .nick = i % 3 ? "" : text("nick%d", i) };
        person_items[i] = &people[i].row;
    }
    fortune_rows = (ct_rows){ .shape = &Fortune_shape, .count = FORTUNES, .items = fortune_items };
    person_rows = (ct_rows){ .shape = &Person_shape, .count = person_count, .items = person_items };
}

/* ---- by hand ---- */

static void append_escaped(ct_buffer *out, const char *data)
{
    for (;;) {
        size_t clean = strcspn(data, "&<>\"'");
        ct_buffer_append(out, data, clean);
        data += clean;
        switch (*data++) {
        case '\0':
            return;
        case '&':
            CT_BUFFER_LITERAL(out, "&amp;");
            break;
        case '<':
            CT_BUFFER_LITERAL(out, "&lt;");
            break;
        case '>':
            CT_BUFFER_LITERAL(out, "&gt;");
            break;
        case '"':
            CT_BUFFER_LITERAL(out, "&#34;");
            break;
        default:
            CT_BUFFER_LITERAL(out, "&#39;");
        }
    }
}

static void fortunes_by_hand(ct_buffer *out)
{
    CT_BUFFER_LITERAL(out, "<!DOCTYPE html>\n<html>\n<head><title>Fortunes</title></head>\n<body>\n<table>\n"
                           "<tr><th>id</th><th>message</th></tr>\n");
    for (size_t i = 0; i < FORTUNES; i++) {
        CT_BUFFER_LITERAL(out, "\n<tr><td>");
        ct_buffer_uint(out, (uint64_t)fortunes[i].id);
        CT_BUFFER_LITERAL(out, "</td><td>");
        append_escaped(out, fortunes[i].message);
        CT_BUFFER_LITERAL(out, "</td></tr>\n");
    }
    CT_BUFFER_LITERAL(out, "\n</table>\n</body>\n</html>");
}

static void append_title(ct_buffer *out, const char *data)
{
    bool inside = false;
    for (; *data; data++) {
        ct_buffer_char(out, (char)(inside ? tolower((unsigned char)*data) : toupper((unsigned char)*data)));
        inside = isalnum((unsigned char)*data);
    }
}

static void append_note(ct_buffer *out, const char *data)
{
    char cut[32];
    size_t length = strlen(data);
    if (length > 29) { /* 24 and a leeway of 5 */
        size_t end = 21;
        memcpy(cut, data, end);
        while (end && cut[end - 1] != ' ')
            end--;
        memcpy(cut + (end ? end - 1 : 21), "...", 4);
        data = cut;
    }
    append_escaped(out, data);
}

static void table_by_hand(ct_buffer *out)
{
    CT_BUFFER_LITERAL(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Orders - Site</title></head>\n<body>\n"
                           "<header><h1>Welcome</h1></header>\n<main>\n<table>\n");
    for (size_t i = 0; i < person_rows.count; i++) {
        const Person *p = &people[i];
        CT_BUFFER_LITERAL(out, "\n<tr><td>");
        ct_buffer_uint(out, i + 1);
        CT_BUFFER_LITERAL(out, "</td><td>");
        append_title(out, p->name);
        CT_BUFFER_LITERAL(out, "</td><td>");
        for (const char *at = p->email; *at; at++)
            ct_buffer_char(out, (char)tolower((unsigned char)*at));
        CT_BUFFER_LITERAL(out, "</td><td>");
        append_note(out, p->note);
        CT_BUFFER_LITERAL(out, "</td><td>");
        ct_buffer_printf(out, "%.2f", p->amount);
        CT_BUFFER_LITERAL(out, "</td><td>");
        append_escaped(out, *p->nick ? p->nick : "none");
        CT_BUFFER_LITERAL(out, "</td></tr>\n");
    }
    CT_BUFFER_LITERAL(out, "\n</table>\n</main>\n<footer>&copy; Canteen</footer>\n</body>\n</html>");
}

static void append_badge(ct_buffer *out, const char *kind, const char *label)
{
    ct_buffer_printf(out, "<span class=\"badge %s\">", kind);
    append_escaped(out, label);
    CT_BUFFER_LITERAL(out, "</span>");
}

static void append_card(ct_buffer *out, const Person *p)
{
    CT_BUFFER_LITERAL(out, "\n<div class=\"card");
    if (p->amount > 100)
        CT_BUFFER_LITERAL(out, " rich");
    CT_BUFFER_LITERAL(out, "\">\n<h2>");
    append_escaped(out, p->name);
    CT_BUFFER_LITERAL(out, "</h2>\n<p>");
    append_escaped(out, p->note);
    CT_BUFFER_LITERAL(out, "</p>\n<a href=\"mailto:");
    append_escaped(out, p->email);
    CT_BUFFER_LITERAL(out, "\">");
    append_escaped(out, p->email);
    CT_BUFFER_LITERAL(out, "</a>\n");
    append_badge(out, "plain", *p->nick ? p->nick : "guest");
    CT_BUFFER_LITERAL(out, "\n</div>");
}

static void nested_by_hand(ct_buffer *out)
{
    CT_BUFFER_LITERAL(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Site</title></head>\n<body>\n"
                           "<header><h1>Welcome</h1></header>\n<main>\n");
    for (size_t i = 0; i < person_rows.count; i++) {
        CT_BUFFER_LITERAL(out, "\n");
        append_card(out, &people[i]);
        CT_BUFFER_LITERAL(out, "\n");
    }
    CT_BUFFER_LITERAL(out, "\n<form>\n");
    for (size_t i = 0; i < person_rows.count; i++) {
        const Person *p = &people[i];
        ct_buffer_printf(out, "\n<p><label for=\"name%zu\">", i + 1);
        if (*p->nick)
            append_escaped(out, p->nick);
        else
            ct_buffer_printf(out, "name%zu", i + 1);
        ct_buffer_printf(out, "</label> <input type=\"text\" name=\"name%zu\" value=\"", i + 1);
        append_escaped(out, p->name);
        CT_BUFFER_LITERAL(out, "\">");
        append_badge(out, "hint", p->nick);
        CT_BUFFER_LITERAL(out, "</p>\n");
    }
    CT_BUFFER_LITERAL(out, "\n</form>\n</main>\n<footer>&copy; Canteen</footer>\n</body>\n</html>");
}

/* ---- by the engine ---- */

static bool load(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    char path[512];
    (void)error;
    snprintf(path, sizeof(path), "%s/%.*s", (const char *)user, CT_STR_ARG(name));
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    char *data = ct_arena_alloc(arena, 65536);
    ret_source->text = (ct_str){ data, data ? fread(data, 1, 65536, file) : 0 };
    ret_source->file = ct_arena_copy(arena, path, strlen(path));
    fclose(file);
    return true;
}

CT_NORETURN static void fail(const ct_template_error *error)
{
    ct_buffer message = { 0 };
    ct_template_error_write(&message, error);
    fputs(ct_buffer_text(&message), stderr);
    exit(1);
}

/* ---- measuring ---- */

typedef struct {
    ct_engine *engine;
    const ct_template *template;
    ct_render_input input;
    void (*by_hand)(ct_buffer *out);
} page;

static void render(page *p, ct_buffer *out)
{
    ct_template_error error;
    out->length = 0;
    if (p->by_hand)
        p->by_hand(out);
    else if (!ct_template_render(p->engine, p->template, &p->input, out, &error))
        fail(&error);
}

/* Nanoseconds a page in the best of many rounds. */
static double measure(page *p, ct_buffer *out, double seconds)
{
    ct_time end = ct_monotonic() + (ct_time)(seconds * 1e6);
    double best = 1e18;
    while (ct_monotonic() < end) {
        ct_time start = ct_monotonic(), took;
        int rounds = 0;
        do {
            for (int i = 0; i < 16; i++, rounds++) {
                render(p, out);
                ct_arena_reset(p->input.arena);
            }
            took = ct_monotonic() - start;
        } while (took < 20000);
        best = CT_MIN(best, (double)took * 1e3 / rounds);
    }
    return best;
}

int main(int argc, char **argv)
{
    static void (*const by_hand[])(ct_buffer * out) = { fortunes_by_hand, table_by_hand, nested_by_hand };
    static const char *const pages[] = { "fortunes.html", "table.html", "nested.html" };
    ct_engine_options options = { .language = CT_LANGUAGE_JINJA };
    ct_arena_pool pool;
    ct_arena arena;
    ct_buffer out = { 0 };
    ct_template_error error;
    page p = { 0 };
    if (argc != 5) {
        fprintf(stderr, "usage: templates engine|c FOLDER PAGE SECONDS|--show\n");
        return 2;
    }
    make_data(strcmp(argv[3], "nested.html") == 0 ? 20 : PEOPLE);
    ct_kv pairs[] = { { "fortunes", ct_value_of_rows(&fortune_rows) },
                      { "rows", ct_value_of_rows(&person_rows) },
                      { "people", ct_value_of_rows(&person_rows) },
                      { "title", ct_value_of_text("Orders") } };
    ct_arena_pool_init(&pool, 256);
    ct_arena_init(&arena, &pool, 64 << 20);
    p.input = (ct_render_input){ .pairs = pairs,
                                 .pair_count = CT_COUNT(pairs),
                                 .arena = &arena,
                                 .max_iterations = 1000000,
                                 .max_output = 16 << 20 };
    if (strcmp(argv[1], "c") == 0) {
        for (size_t i = 0; i < CT_COUNT(pages); i++)
            if (strcmp(argv[3], pages[i]) == 0)
                p.by_hand = by_hand[i];
    } else {
        if (strstr(argv[2], "django"))
            options.language = CT_LANGUAGE_DJANGO;
        options.loader = (ct_loader){ .user = argv[2], .load = load };
        p.engine = ct_engine_create(&options);
        p.template = ct_engine_get(p.engine, ct_str_of(argv[3]), &error);
        if (!p.template)
            fail(&error);
    }
    if (strcmp(argv[4], "--show") == 0) {
        render(&p, &out);
        fwrite(out.data, 1, out.length, stdout);
    } else {
        printf("%.0f\n", measure(&p, &out, strtod(argv[4], NULL)));
    }
    ct_engine_destroy(p.engine);
    ct_arena_finish(&arena);
    ct_arena_pool_finish(&pool);
    ct_buffer_finish(&out);
    return 0;
}
