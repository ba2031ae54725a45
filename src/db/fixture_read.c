/* A fixture in pieces: cuts the objects of an array out of text that comes bit by bit. Only brackets and quotes are
 * looked at here; each object is then read by the JSON reader, which is strict about the rest. */
#include "db/fixture.h"

#include <errno.h>

#define PIECE ((size_t)64 << 10)

/* ---- the text ---- */

/* Reads on; false at the end. What was handed out is dropped when that is worth it. */
static bool read_more(ct_fixture_reader *r, size_t *keep_from, ct_error *error)
{
    if (*keep_from >= PIECE) {
        ct_buffer_consume(&r->text, *keep_from);
        r->at -= *keep_from;
        *keep_from = 0;
    }
    char *room = ct_buffer_reserve(&r->text, PIECE);
    if (!room)
        return ct_fail(error, "line %zu: there is no memory for it", r->line);
    ssize_t size = r->more(r->source, room, PIECE);
    if (size < 0)
        return ct_fail(error, "it cannot be read: %m");
    r->text.length += (size_t)size;
    r->ended = size == 0;
    return size > 0;
}

/* The next byte that is no blank; 0 at the end. */
static char next_sign(ct_fixture_reader *r, ct_error *error)
{
    for (;;) {
        for (; r->at < r->text.length; r->at++) {
            char ch = r->text.data[r->at];
            if (ch != ' ' && ch != '\t' && ch != '\r' && ch != '\n')
                return ch;
            r->line += ch == '\n';
        }
        size_t all = r->at;
        if (r->ended || !read_more(r, &all, error))
            return 0;
    }
}

/* ---- objects ---- */

typedef struct scan {
    size_t depth;
    bool quoted, escaped;
} scan;

/* True behind the bracket that ends the object. */
static bool take(scan *s, char ch)
{
    if (s->quoted) {
        s->quoted = s->escaped || ch != '"';
        s->escaped = !s->escaped && ch == '\\';
        return false;
    }
    s->quoted = ch == '"';
    s->depth += ch == '{' || ch == '[';
    if (ch == '}' || ch == ']')
        return --s->depth == 0;
    return false;
}

static bool cut_object(ct_fixture_reader *r, ct_str *ret_object, size_t *ret_line, ct_error *error)
{
    scan s = { 0 };
    size_t begin = r->at;
    *ret_line = r->line;
    for (;;) {
        while (r->at < r->text.length) {
            char ch = r->text.data[r->at++];
            r->line += ch == '\n';
            if (take(&s, ch)) {
                *ret_object = (ct_str){ r->text.data + begin, r->at - begin };
                return true;
            }
        }
        if (r->at - begin > CT_FIXTURE_OBJECT)
            return ct_fail(error, "line %zu: the object that begins here has more than %zu MiB", *ret_line,
                           CT_FIXTURE_OBJECT >> 20);
        if (!read_more(r, &begin, error))
            return error->message[0] ? false
                                     : ct_fail(error, "line %zu: the object that begins here has no end", *ret_line);
    }
}

static bool end_array(ct_fixture_reader *r, ct_error *error)
{
    r->at++;
    return next_sign(r, error) ? ct_fail(error, "line %zu: there is something behind the array's end", r->line) : false;
}

bool ct_fixture_next(ct_fixture_reader *r, ct_str *ret_object, size_t *ret_line, ct_error *error)
{
    *error = (ct_error){ 0 };
    bool first = !r->begun;
    if (first) {
        r->begun = true;
        r->line = 1;
        char ch = next_sign(r, error);
        if (ch != '[')
            return error->message[0]
                       ? false
                       : ct_fail(error, "line %zu: a fixture begins with '[' and is an array of objects", r->line);
        r->at++;
    }
    char ch = next_sign(r, error);
    if (ch == ']')
        return end_array(r, error);
    if (!first && ch == ',') {
        r->at++;
        ch = next_sign(r, error);
    } else if (!first && ch) {
        return ct_fail(error, "line %zu: there is no ',' between two objects", r->line);
    }
    if (ch == '{')
        return cut_object(r, ret_object, ret_line, error);
    if (error->message[0])
        return false;
    return ct_fail(error,
                   ch ? "line %zu: an object is expected here: {\"model\": ..., \"pk\": ..., \"fields\": {...}}"
                      : "line %zu: the array has no end",
                   r->line);
}

void ct_fixture_reader_finish(ct_fixture_reader *r)
{
    ct_buffer_finish(&r->text);
}
