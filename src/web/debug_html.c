/* The error page of development. It needs no script, and its policy allows none but that of dev_reload.c; everything
 * folds by <details>. All text that is not of this file goes through write_text(), which escapes it and makes it UTF-8.
 * It is made by code rather than by a template, so that it works whatever has failed. */
#include "web/debug_facts.h"

#include "template/escape.h"

/* clang-format off */
static const char style[] =
    ":root{color-scheme:light dark;--b:#fff;--f:#1c1e21;--m:#62676d;--l:#dcdfe3;--c:#f4f5f7;--a:#b3261e;--h:#fde7e5}"
    "@media(prefers-color-scheme:dark){"
    ":root{--b:#17191c;--f:#e4e6e9;--m:#9aa1a9;--l:#33373c;--c:#1f2226;--a:#ff8a80;--h:#4a2320}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--b);color:var(--f);font:15px/1.5 system-ui,sans-serif}"
    "header,main{max-width:70rem;margin:0 auto;padding:1.2rem}"
    "header{border-bottom:3px solid var(--a)}"
    "h1{margin:0;font-size:1rem;color:var(--a)}"
    "h1+p{margin:.2rem 0 .6rem;font-size:1.4rem;overflow-wrap:anywhere}"
    "h2{margin:1.6rem 0 .5rem;font-size:1.1rem}"
    "small,.m{color:var(--m)}"
    "code,pre,td{font-family:ui-monospace,monospace;font-size:.85rem}"
    "pre{margin:0;padding:.5rem 0;overflow-x:auto;tab-size:4;background:var(--c);border:1px solid var(--l);"
    "border-radius:4px}"
    "pre span,pre mark{display:block;padding:0 .8rem;min-height:1.5em;white-space:pre}"
    "mark{background:var(--h);color:inherit;font-weight:600}"
    "details{margin:.4rem 0}"
    "summary{cursor:pointer;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{padding:.2rem .6rem .2rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--l);"
    "overflow-wrap:anywhere}"
    "th{font-weight:500}"
    "td:first-child{width:30%}"
    ".n td{background:var(--h)}";
/* clang-format on */

ct_str ct_debug_style(void)
{
    return CT_STR(style);
}

/* The bytes of the character at the front; 0 when it is no UTF-8. */
static size_t character_length(ct_str text)
{
    unsigned char first = (unsigned char)*text.data;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0x80 ? 2 : 1;
    return length <= text.length && ct_utf8_valid(text.data, length) ? length : 0;
}

/* U+FFFD for each byte that is no UTF-8: headers may have any, and what was cut may end within a character. */
static void write_text(ct_buffer *out, ct_str text)
{
    while (!ct_utf8_valid(text.data, text.length)) {
        size_t good = 0;
        for (size_t more; (more = character_length((ct_str){ text.data + good, text.length - good }));)
            good += more;
        ct_escape_write(out, (ct_str){ text.data, good }, false);
        CT_BUFFER_LITERAL(out, "\xEF\xBF\xBD");
        text = (ct_str){ text.data + good + 1, text.length - good - 1 };
    }
    ct_escape_write(out, text, false);
}

static void text(ct_buffer *out, const char *content)
{
    write_text(out, ct_str_of(content));
}

/* ---- sources ---- */

/* The mark below a column, which counts code points from 1: as far in as the text above, tabs included. */
static void write_mark(ct_buffer *out, ct_str line, uint32_t column)
{
    CT_BUFFER_LITERAL(out, "<mark>        ");
    for (size_t i = 0, seen = 0; i < line.length; i++) {
        bool begins = ((unsigned char)line.data[i] & 0xC0) != 0x80;
        seen += begins;
        if (seen == column)
            break;
        if (begins)
            ct_buffer_char(out, line.data[i] == '\t' ? '\t' : ' ');
    }
    CT_BUFFER_LITERAL(out, "^</mark>");
}

/* `column` 0: no mark below the line. */
static void write_excerpt(ct_buffer *out, const ct_excerpt *excerpt, uint32_t column)
{
    CT_BUFFER_LITERAL(out, "<pre>");
    for (uint32_t i = 0; i < excerpt->count; i++) {
        bool marked = excerpt->first + i == excerpt->marked;
        const char *tag = marked ? "mark" : "span";
        ct_buffer_printf(out, "<%s>%5" PRIu32 "   ", tag, excerpt->first + i);
        write_text(out, excerpt->lines[i]);
        ct_buffer_printf(out, "</%s>", tag);
        if (marked && column)
            write_mark(out, excerpt->lines[i], column);
    }
    CT_BUFFER_LITERAL(out, "</pre>\n");
}

static void write_frame_title(ct_buffer *out, const ct_debug_frame *frame)
{
    CT_BUFFER_LITERAL(out, "<code>");
    text(out, frame->function);
    CT_BUFFER_LITERAL(out, "</code> <span class=m>");
    if (frame->file) {
        text(out, frame->file);
        ct_buffer_printf(out, ":%d", frame->line);
    } else {
        text(out, frame->place);
    }
    CT_BUFFER_LITERAL(out, "</span>");
}

static void write_own_frame(ct_buffer *out, const ct_debug_frame *frame)
{
    if (!frame->excerpt) {
        CT_BUFFER_LITERAL(out, "<p>");
        write_frame_title(out, frame);
        CT_BUFFER_LITERAL(out, "</p>\n");
        return;
    }
    CT_BUFFER_LITERAL(out, "<details open><summary>");
    write_frame_title(out, frame);
    CT_BUFFER_LITERAL(out, "</summary>\n");
    write_excerpt(out, frame->excerpt, 0);
    if (frame->excerpt->newer)
        CT_BUFFER_LITERAL(out, "<p class=m>The file is newer than the program: the lines may have moved.</p>\n");
    CT_BUFFER_LITERAL(out, "</details>\n");
}

/* The frames from `first` up to the next of the app: folded. Returns where that is. */
static size_t write_others(ct_buffer *out, const ct_facts *facts, size_t first)
{
    size_t end = first;
    while (end < facts->frame_count && !facts->frames[end].own)
        end++;
    ct_buffer_printf(out, "<details><summary class=m>%zu frame%s of the library and the system</summary>\n<table>",
                     end - first, end - first == 1 ? "" : "s");
    for (size_t i = first; i < end; i++) {
        CT_BUFFER_LITERAL(out, "<tr><td>");
        write_frame_title(out, &facts->frames[i]);
        CT_BUFFER_LITERAL(out, "\n");
    }
    CT_BUFFER_LITERAL(out, "</table></details>\n");
    return end;
}

static void write_backtrace(ct_buffer *out, const ct_facts *facts)
{
    if (!facts->frame_count)
        return;
    CT_BUFFER_LITERAL(out, "<h2>Backtrace</h2>\n");
    for (size_t i = 0; i < facts->frame_count;) {
        if (facts->frames[i].own)
            write_own_frame(out, &facts->frames[i++]);
        else
            i = write_others(out, facts, i);
    }
    if (!ct_facts_place(facts))
        CT_BUFFER_LITERAL(out, "<p class=m>No function of the app is among them, or the program has no debug "
                               "information (compile it with -g).</p>\n");
}

static void write_template(ct_buffer *out, const ct_facts *facts)
{
    const ct_template_error *error = facts->template;
    if (!error || !error->file[0])
        return;
    CT_BUFFER_LITERAL(out, "<h2>Template</h2>\n<p><code>");
    text(out, error->file);
    ct_buffer_printf(out, ":%" PRIu32 ":%" PRIu32 "</code></p>\n", error->line, error->column);
    if (facts->template_excerpt) {
        write_excerpt(out, facts->template_excerpt, error->column);
    } else {
        CT_BUFFER_LITERAL(out, "<pre><mark>");
        text(out, error->source);
        CT_BUFFER_LITERAL(out, "</mark></pre>\n");
    }
    ct_str chain = ct_str_of(error->chain);
    while (chain.data) {
        ct_str visit = ct_str_next(&chain, '\n');
        if (!visit.length)
            continue;
        CT_BUFFER_LITERAL(out, "<p class=m>");
        write_text(out, visit);
        CT_BUFFER_LITERAL(out, "</p>\n");
    }
}

/* ---- tables ---- */

static void write_cell(ct_buffer *out, const char *content)
{
    CT_BUFFER_LITERAL(out, "<td>");
    text(out, content);
}

static void write_routes(ct_buffer *out, const ct_facts *facts)
{
    if (facts->allow) {
        CT_BUFFER_LITERAL(out, "<h2>Methods</h2>\n<p>This address answers <code>");
        text(out, facts->allow);
        CT_BUFFER_LITERAL(out, "</code>.</p>\n");
    }
    if (!facts->routes)
        return;
    CT_BUFFER_LITERAL(out, "<h2>Routes</h2>\n<p>None of these fits");
    if (facts->nearest) {
        CT_BUFFER_LITERAL(out, "; did you mean <code>");
        text(out, facts->nearest);
        CT_BUFFER_LITERAL(out, "</code>?");
    } else {
        CT_BUFFER_LITERAL(out, ".");
    }
    CT_BUFFER_LITERAL(out, "</p>\n<table><thead><tr><th>Pattern<th>Methods<th>Name<th>App\n<tbody>");
    for (size_t i = 0; i < facts->route_count; i++) {
        const ct_endpoint *endpoint = facts->routes[i].endpoint;
        bool near = facts->nearest && strcmp(endpoint->pattern, facts->nearest) == 0;
        ct_buffer_printf(out, "<tr%s>", near ? " class=n" : "");
        write_cell(out, endpoint->pattern);
        if (endpoint->mount->host) {
            CT_BUFFER_LITERAL(out, " <span class=m>at ");
            text(out, endpoint->mount->host);
            CT_BUFFER_LITERAL(out, "</span>");
        }
        write_cell(out, *endpoint->methods ? endpoint->methods : "every");
        write_cell(out, endpoint->name);
        write_cell(out, endpoint->mount->app->name ? endpoint->mount->app->name : "");
        CT_BUFFER_LITERAL(out, "\n");
    }
    CT_BUFFER_LITERAL(out, "</table>\n");
}

static void write_table(ct_buffer *out, const ct_fact_table *table, bool open)
{
    if (!table->count)
        return;
    ct_buffer_printf(out, "<details%s><summary>%s</summary>\n<table>", open ? " open" : "", table->title);
    for (size_t i = 0; i < table->count; i++) {
        const ct_fact *fact = &table->items[i];
        CT_BUFFER_LITERAL(out, "<tr>");
        write_cell(out, fact->name);
        write_cell(out, fact->value);
        if (fact->note)
            write_cell(out, fact->note);
        CT_BUFFER_LITERAL(out, "\n");
    }
    CT_BUFFER_LITERAL(out, "</table></details>\n");
}

void ct_debug_write_html(ct_buffer *out, const ct_facts *facts)
{
    ct_buffer_printf(out,
                     "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"icon\" href=\"data:,\">\n"
                     "<title>%d %s</title>\n<style>%s</style>\n<header>\n<h1>%d %s</h1>\n<p>",
                     facts->status, facts->title, style, facts->status, facts->title);
    text(out, facts->message);
    CT_BUFFER_LITERAL(out, "</p>\n<small>");
    text(out, facts->method);
    CT_BUFFER_LITERAL(out, " ");
    text(out, facts->path);
    ct_buffer_printf(out, ", request %s", facts->request_id);
    CT_BUFFER_LITERAL(out, "</small>\n</header>\n<main>\n");
    write_template(out, facts);
    write_routes(out, facts);
    write_backtrace(out, facts);
    CT_BUFFER_LITERAL(out, "<h2>Request and program</h2>\n");
    for (int i = 0; i < CT_TABLE_COUNT; i++)
        write_table(out, &facts->tables[i], i <= CT_TABLE_FORM);
    CT_BUFFER_LITERAL(out, "<p class=m>Shown because the setting <code>debug</code> is on. Values whose names look "
                           "like secrets are hidden.</p>\n</main>\n</html>\n");
}
