/* Reading cases. A file of tests/wire/cases/ holds any number of them:
 *
 *     ## a title                          begins a case
 *     > GET / HTTP/1.1                    a line to send: CR LF is added
 *     >| part                             the same without CR LF
 *     >* 1000 text                        text, 1000 times, without CR LF
 *     < HTTP/1.1 200 OK                   a line to expect, with CR LF
 *     <| part                             without CR LF
 *     <* 1000 text
 *     = close | open | half-close | whole-only
 *     # a remark
 *
 * Escapes on both sides: \r \n \t \0 \\ \xHH. In what is expected, {date} is an HTTP date, {id} 16 hexadecimal
 * digits, {*} anything up to the line's end. `close`: nothing follows and the server closes. `open`: another request
 * on the same connection is answered. `half-close`: our side is shut after sending. `whole-only`: not sent in parts. */
#include "wire.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wire_add(wire_bytes *bytes, const char *data, size_t length)
{
    if (bytes->capacity - bytes->length < length + 1) {
        bytes->capacity = 2 * (bytes->length + length + 64);
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (!bytes->data)
            abort();
    }
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
    bytes->data[bytes->length] = '\0';
}

static _Noreturn void mistake(const char *path, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", path, line, what);
    exit(2);
}

static char unescape(const char **at)
{
    char hex[3] = "";
    switch (*(*at)++) {
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '0':
        return '\0';
    case 'x':
        hex[0] = *(*at)++;
        hex[1] = *(*at)++;
        return (char)strtol(hex, NULL, 16);
    default:
        return (*at)[-1];
    }
}

static void add_text(wire_bytes *to, const char *text)
{
    while (*text) {
        char ch = *text++;
        if (ch == '\\' && *text)
            ch = unescape(&text);
        wire_add(to, &ch, 1);
    }
}

/* What follows '>' or '<' on the line. */
static void add_line(wire_bytes *to, const char *text, const char *path, int line)
{
    if (*text == '*') {
        char *end;
        long times = strtol(text + 1, &end, 10);
        if (*end != ' ' || times < 0)
            mistake(path, line, "expected a number and a space after '*'");
        while (times-- > 0)
            add_text(to, end + 1);
    } else if (*text == '|') {
        add_text(to, text + (text[1] == ' ' ? 2 : 1));
    } else {
        add_text(to, text + (*text == ' '));
        wire_add(to, "\r\n", 2);
    }
}

static void set_option(wire_case *c, const char *word, const char *path, int line)
{
    if (!strcmp(word, "close"))
        c->end = WIRE_CLOSE;
    else if (!strcmp(word, "open"))
        c->end = WIRE_OPEN;
    else if (!strcmp(word, "half-close"))
        c->half_close = true;
    else if (!strcmp(word, "whole-only"))
        c->whole_only = true;
    else
        mistake(path, line, "unknown option after '='");
}

static wire_case *begin_case(wire_case **cases, size_t *count, const char *title, const char *path, int line)
{
    *cases = realloc(*cases, (*count + 1) * sizeof **cases);
    if (!*cases)
        abort();
    wire_case *c = &(*cases)[(*count)++];
    *c = (wire_case){ .title = strdup(title), .file = path, .line = line };
    return c;
}

wire_case *wire_load(const char *path, size_t *ret_count)
{
    FILE *file = fopen(path, "r");
    if (!file)
        mistake(path, 0, "cannot be opened");
    wire_case *cases = NULL, *c = NULL;
    char *text = NULL;
    size_t capacity = 0;
    *ret_count = 0;
    for (int line = 1; getline(&text, &capacity, file) >= 0; line++) {
        text[strcspn(text, "\n")] = '\0';
        if (!strncmp(text, "## ", 3))
            c = begin_case(&cases, ret_count, text + 3, path, line);
        else if (!*text || *text == '#')
            continue;
        else if (!c)
            mistake(path, line, "a case begins with '## title'");
        else if (*text == '>')
            add_line(&c->sent, text + 1, path, line);
        else if (*text == '<')
            add_line(&c->expected, text + 1, path, line);
        else if (!strncmp(text, "= ", 2))
            set_option(c, text + 2, path, line);
        else
            mistake(path, line, "a line begins with '## ', '>', '<', '= ' or '#'");
    }
    free(text);
    fclose(file);
    return cases;
}

void wire_free(wire_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(cases[i].title);
        free(cases[i].sent.data);
        free(cases[i].expected.data);
    }
    free(cases);
}
