/* From a build's output to a page.
 *
 * Files are named as the compiler names them: relative to the project's folder, or absolute. A name with a blank is not
 * taken for one ("In file included from app.c:1:"); its lines are in the output, which the page has as well. */
#include "cli/diagnostics.h"

#include "template/escape.h"
#include "web/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_SHOWN 20
#define LINES_AROUND 4
#define MOST_SOURCE ((off_t)1 << 20)
#define MOST_OUTPUT ((size_t)64 << 10)

/* ---- reading ---- */

static ct_str from(ct_str text, size_t start)
{
    return (ct_str){ text.data + start, text.length - start };
}

static bool take_prefix(ct_str *text, ct_str prefix)
{
    if (!ct_str_starts(*text, prefix))
        return false;
    *text = from(*text, prefix.length);
    return true;
}

/* ":12" at the front. */
static bool take_number(ct_str *text, uint64_t *ret)
{
    size_t end = 1;
    if (!text->length || text->data[0] != ':')
        return false;
    while (end < text->length && text->data[end] >= '0' && text->data[end] <= '9')
        end++;
    if (!ct_str_to_uint64((ct_str){ text->data + 1, end - 1 }, ret) || !*ret)
        return false;
    *text = from(*text, end);
    return true;
}

/* "/usr/bin/ld: " */
static void skip_linker(ct_str *line)
{
    for (size_t i = 0; i + 4 <= line->length && line->data[i] != ' '; i++)
        if (memcmp(line->data + i, "ld: ", 4) == 0) {
            *line = from(*line, i + 4);
            return;
        }
}

static bool has(ct_str text, const char *part)
{
    return text.length && memmem(text.data, text.length, part, strlen(part)) != NULL;
}

/* What follows from another mistake, in the inside of V() and KV(), and has no place in the program. What they say
 * themselves is not of that kind, though clang shows its condition. */
static bool is_of_macros(ct_str text)
{
    return has(text, "ct_kind_of_") && !has(text, "V() and KV()");
}

/* What V() and KV() lead to on a line of which something is told already: they look at a value in several ways. */
static bool is_consequence(ct_str text)
{
    static const char *const parts[] = { "static assertion",           "static_assert failed",
                                         "invalid type argument of",   "has no member named",
                                         "member reference type",      "no member named",
                                         "controlling expression type" };
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (ct_str_starts(text, CT_STR(": error: ")) && has(text, parts[i]))
            return true;
    return false;
}

static bool take_message(ct_str text, bool has_column, ct_str *ret)
{
    static const ct_str others[] = { CT_STR("undefined reference to"), CT_STR("multiple definition of"),
                                     CT_STR("*** ") };
    if (!take_prefix(&text, CT_STR(": ")))
        return false;
    bool wanted = take_prefix(&text, CT_STR("error: ")) || take_prefix(&text, CT_STR("fatal error: "));
    for (size_t i = 0; i < CT_COUNT(others) && !has_column; i++)
        wanted = wanted || ct_str_starts(text, others[i]);
    *ret = text;
    return wanted && !is_of_macros(text);
}

static bool read_line(ct_str line, ct_diagnostic *ret)
{
    ct_diagnostic found = { .column = 0 };
    skip_linker(&line);
    size_t colon = 0;
    while (colon < line.length && !strchr(": \t[(", line.data[colon]))
        colon++;
    found.file = (ct_str){ line.data, colon };
    ct_str rest = from(line, colon);
    if (!colon || !take_number(&rest, &found.line))
        return false;
    bool has_column = take_number(&rest, &found.column);
    if (!take_message(rest, has_column, &found.message))
        return false;
    *ret = found;
    return true;
}

bool ct_diagnostic_next(ct_str *rest, ct_diagnostic *ret)
{
    while (rest->length) {
        const char *end = memchr(rest->data, '\n', rest->length);
        size_t length = end ? (size_t)(end - rest->data) : rest->length;
        ct_str line = { rest->data, length };
        *rest = from(*rest, end ? length + 1 : length);
        if (read_line(line, ret))
            return true;
    }
    return false;
}

/* ---- macros ---- */

/* "FILE:LINE" of "FILE:LINE:COLUMN: KIND: ...", and from ": KIND" on; empty: no mistake, warning or note. */
static ct_str place_of(ct_str line, ct_str *ret_message)
{
    static const ct_str kinds[] = { CT_STR(": error: "), CT_STR(": fatal error: "), CT_STR(": warning: "),
                                    CT_STR(": note: ") };
    const ct_str none = { NULL, 0 };
    uint64_t number;
    size_t colon = 0;
    while (colon < line.length && !strchr(": \t[(", line.data[colon]))
        colon++;
    ct_str rest = from(line, colon);
    if (!colon || !take_number(&rest, &number))
        return none;
    ct_str place = { line.data, line.length - rest.length };
    take_number(&rest, &number);
    for (size_t i = 0; i < CT_COUNT(kinds); i++)
        if (ct_str_starts(rest, kinds[i])) {
            *ret_message = rest;
            return place;
        }
    return none;
}

/* A step through a macro, and what is said once for all of them. */
static bool is_step(ct_str message)
{
    static const ct_str steps[] = { CT_STR(": note: in expansion of macro "), CT_STR(": note: in definition of macro "),
                                    CT_STR(": note: expanded from macro "),
                                    CT_STR(": note: each undeclared identifier is reported only once") };
    for (size_t i = 0; i < CT_COUNT(steps); i++)
        if (ct_str_starts(message, steps[i]))
            return true;
    return false;
}

/* A file below include/canteen/, wherever Canteen is installed. */
static bool is_of_canteen(ct_str place)
{
    return has(place, "include/canteen/");
}

bool ct_diagnostics_keeps(ct_diagnostics_fold *fold, ct_str line)
{
    ct_str message = CT_STR(""), place = place_of(line, &message);
    if (!place.length) {
        ct_diagnostic other; /* of the linker, of make */
        bool more = ((line.length && *line.data == ' ') || fold->is_source) && !read_line(line, &other);
        fold->folding = (fold->folding && more) || ct_str_starts(line, CT_STR("note: (skipping ")); /* clang */
        fold->is_source = false;
        return !fold->folding;
    }
    bool known = ct_str_eq(place, ct_str_of(fold->place));
    fold->folding = is_of_macros(message) || (is_step(message) && (known || is_of_canteen(place))) ||
                    (known && is_consequence(message));
    fold->is_source =
        fold->folding && ct_str_starts(message, CT_STR(": note: expanded from macro ")); /* clang does not indent it */
    if (!fold->folding && place.length < sizeof fold->place) {
        memcpy(fold->place, place.data, place.length);
        fold->place[place.length] = '\0';
    }
    return !fold->folding;
}

/* ---- the source ---- */

/* The text of a file of the project, or none. */
static ct_buffer read_source(ct_str file, const char *folder)
{
    char name[512];
    ct_buffer text = { 0 };
    ct_str root = ct_str_of(folder);
    if (ct_str_starts(file, root) && file.length > root.length && file.data[root.length] == '/')
        file = from(file, root.length + 1);
    if (file.length >= sizeof name || memchr(file.data, '\0', file.length))
        return text;
    memcpy(name, file.data, file.length);
    name[file.length] = '\0';
    int directory = ct_folder_holds(name) ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int fd = directory >= 0 ? ct_folder_open(directory, name) : -1;
    struct stat info;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= MOST_SOURCE) {
        char *room = ct_buffer_reserve(&text, (size_t)info.st_size + 1);
        ssize_t n = read(fd, room, (size_t)info.st_size);
        text.length = n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    if (directory >= 0)
        close(directory);
    return text;
}

/* How long the control sequence at the front is: ESC [ 1 ; 31 m. 0: there is none. */
static size_t control_length(ct_str text)
{
    size_t end = 2;
    if (text.length < 2 || text.data[0] != '\033' || text.data[1] != '[')
        return 0;
    while (end < text.length && text.data[end] >= ' ' && text.data[end] < '@')
        end++;
    return CT_MIN(end + 1, text.length);
}

/* Without a terminal's colours. */
static void escape(ct_buffer *out, ct_str text)
{
    while (text.length) {
        const char *found = memchr(text.data, '\033', text.length);
        size_t plain = found ? (size_t)(found - text.data) : text.length;
        ct_escape_write(out, (ct_str){ text.data, plain }, false);
        text = from(text, plain);
        if (text.length)
            text = from(text, CT_MAX(control_length(text), 1));
    }
}

static void write_source(ct_buffer *out, const ct_diagnostic *mistake, const char *folder)
{
    ct_buffer text = read_source(mistake->file, folder);
    ct_str rest = { text.data, text.length };
    bool begun = false;
    for (uint64_t number = 1; rest.length && number <= mistake->line + LINES_AROUND; number++) {
        const char *end = memchr(rest.data, '\n', rest.length);
        ct_str line = { rest.data, end ? (size_t)(end - rest.data) : rest.length };
        rest = from(rest, end ? line.length + 1 : line.length);
        if (number + LINES_AROUND < mistake->line)
            continue;
        if (!begun)
            CT_BUFFER_LITERAL(out, "<pre>");
        begun = true;
        bool here = number == mistake->line;
        ct_buffer_printf(out, "%s%5" PRIu64 "  ", here ? "<mark>" : "", number);
        escape(out, line);
        ct_buffer_printf(out, "%s\n", here ? "</mark>" : "");
    }
    if (begun)
        CT_BUFFER_LITERAL(out, "</pre>\n");
    ct_buffer_finish(&text);
}

/* ---- the page ---- */

static void write_mistake(ct_buffer *out, const ct_diagnostic *mistake, const char *folder)
{
    CT_BUFFER_LITERAL(out, "<section>\n<h2><code>");
    escape(out, mistake->file);
    ct_buffer_printf(out, ":%" PRIu64, mistake->line);
    if (mistake->column)
        ct_buffer_printf(out, ":%" PRIu64, mistake->column);
    CT_BUFFER_LITERAL(out, "</code></h2>\n<p class=\"message\">");
    escape(out, mistake->message);
    CT_BUFFER_LITERAL(out, "</p>\n");
    write_source(out, mistake, folder);
    CT_BUFFER_LITERAL(out, "</section>\n");
}

/* The first of each line: the others follow from it. */
static void write_mistakes(ct_buffer *out, ct_str output, const char *folder)
{
    ct_diagnostic mistake, last = { .line = 0 };
    for (int shown = 0; shown < MOST_SHOWN && ct_diagnostic_next(&output, &mistake);) {
        if (mistake.line == last.line && ct_str_eq(mistake.file, last.file))
            continue;
        write_mistake(out, &mistake, folder);
        last = mistake;
        shown++;
    }
}

static void write_output(ct_buffer *out, const char *speaker, ct_str output)
{
    if (!output.length)
        return;
    bool cut = output.length > MOST_OUTPUT;
    if (cut)
        output = from(output, output.length - MOST_OUTPUT);
    ct_buffer_printf(out, "<h2>%s %s said</h2>\n<pre>", cut ? "The end of what" : "What", speaker);
    escape(out, output);
    CT_BUFFER_LITERAL(out, "</pre>\n");
}

static const char style[] =
    "body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }\n"
    "h1 { color: #b00020; } h2 { font-size: 1.1rem; margin: 2rem 0 0; } .message { margin: .25rem 0; }\n"
    "pre { background: #f6f6f6; color: #222; overflow: auto; padding: .75rem; }\n"
    "mark { background: #ffd9d9; color: inherit; display: inline-block; min-width: 100%; }\n";

void ct_diagnostics_page(ct_buffer *out, const ct_diagnostics *what, const char *folder)
{
    CT_BUFFER_LITERAL(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    escape(out, ct_str_of(what->title));
    ct_buffer_printf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style);
    escape(out, ct_str_of(what->title));
    CT_BUFFER_LITERAL(out, "</h1>\n<p>");
    escape(out, ct_str_of(what->text));
    CT_BUFFER_LITERAL(out, "</p>\n");
    write_mistakes(out, what->output, folder);
    write_output(out, what->speaker, what->output);
    CT_BUFFER_LITERAL(out, "</body>\n</html>\n");
}
