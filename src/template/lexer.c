/* Cuts a template into text and tags, and takes away what whitespace control takes away.
 *
 *   Hello {{ name }},{%- if x %}      TEXT, {{ NAME }}, TEXT, {% NAME NAME %}
 *
 * Jinja looks for the next delimiter, line statement or line comment, whichever begins first, and reads tokens until
 * the tag ends; a tag that is never closed therefore reaches as far as its tokens can be read. Django decides by the
 * text alone what a tag is ("{%" with a "%}" in the same line) and reads tokens in there.
 *
 * Invariants: tokens are in the order of the text and do not overlap. Everything found missing is remembered, so no
 * text is searched twice and the time is linear whatever the text is. After an error the lexer goes on as well as it
 * can, for the sake of those who ask which language a text is in; a parser stops at the first ERROR. */
#include "template/lexer_tokens.h"

/* A pair of delimiters as they stand in the text, and what is between them without whitespace. */
typedef struct tag {
    const char *from, *to;
    ct_str content;
    char sign_before, sign_after; /* '-', '+' or NUL; Jinja only */
} tag;

/* ---- bodies that are not looked into ---- */

static const struct {
    ct_str word, end;
    bool jinja, shown, named; /* is Jinja's own; is text of the page; has a name that its end repeats */
} bodies[] = {
    { CT_STR("raw"), CT_STR("endraw"), .jinja = true, .shown = true, .named = false },
    { CT_STR("verbatim"), CT_STR("endverbatim"), .jinja = false, .shown = true, .named = true },
    { CT_STR("comment"), CT_STR("endcomment"), .jinja = false, .shown = false, .named = false },
};

/* Which body a tag with this content begins, or -1. Comments have any note, verbatim any name, raw neither. */
static int body_of(ct_str content)
{
    for (size_t i = 0; i < CT_COUNT(bodies); i++) {
        ct_str word = bodies[i].word;
        if (!ct_str_starts(content, word))
            continue;
        if (content.length == word.length)
            return (int)i;
        if (i > 0 && ct_space_at(content.data + word.length, content.data + content.length))
            return (int)i;
    }
    return -1;
}

/* Whether `end` is the content of the tag that ends a body begun by a tag with the content `begin`. */
static bool ends_body(int body, ct_str begin, ct_str end)
{
    if (!bodies[body].named)
        return ct_str_eq(end, bodies[body].end);
    const ct_str prefix = CT_STR("end");
    return ct_str_starts(end, prefix) && ct_str_eq((ct_str){ end.data + 3, end.length - 3 }, begin);
}

/* Whether it can be shown in a message of one line. */
static bool is_short_line(ct_str text)
{
    for (size_t i = 0; i < text.length; i++) {
        if ((uint8_t)text.data[i] < ' ')
            return false;
    }
    return text.length <= 80;
}

static void refuse_body(ct_lexer *lexer, const tag *begin, int body)
{
    ct_str end = begin->content;
    if (!bodies[body].named || !is_short_line(end))
        end = bodies[body].word;
    const char *reason = ct_arena_printf(lexer->arena, "missing {%% end%.*s %%}", CT_STR_ARG(end));
    lexer->no_body_end[body] = true;
    ct_lexer_refuse(lexer, begin->from, begin->to, reason);
    lexer->at = begin->to;
}

/* ---- Jinja: text and whitespace control ---- */

static char sign_at(const char *at, const char *end)
{
    return at < end && (*at == '-' || *at == '+') ? *at : '\0';
}

/* Where text ends that a tag follows. `strips_line`: lstrip_blocks holds for the tag. */
static const char *text_end(const ct_lexer *lexer, const char *from, const char *to, char sign, bool strips_line)
{
    if (sign == '-')
        return ct_skip_space_back(from, to);
    if (sign == '+' || !strips_line || !lexer->options->lstrip_blocks)
        return to;
    const char *newline = memrchr(from, '\n', (size_t)(to - from)), *line = newline ? newline + 1 : from;
    if (!newline && from > lexer->start && from[-1] != '\n')
        return to; /* something else stands in the line before */
    return ct_skip_space(line, to) == to ? line : to;
}

static void add_text(ct_lexer *lexer, const char *from, const char *to)
{
    if (from < to)
        ct_lexer_add(lexer, CT_TOKEN_TEXT, from, to);
}

/* Steps behind the end of a tag and what it takes with it. */
static void step_behind(ct_lexer *lexer, const char *to, char sign, bool trims)
{
    if (sign == '-')
        to = ct_skip_space(to, lexer->end);
    else if (sign != '+' && trims && lexer->options->trim_blocks && to < lexer->end && *to == '\n')
        to++;
    lexer->at = to;
}

/* ---- Jinja: inside tags ---- */

typedef enum inside_kind { INSIDE_OUTPUT, INSIDE_TAG, INSIDE_LINE } inside_kind;

static bool starts(const char *at, const char *end, const char *two)
{
    return end - at >= 2 && at[0] == two[0] && at[1] == two[1];
}

/* Takes the end of the tag, if it is here. */
static bool take_end(ct_lexer *lexer, inside_kind kind)
{
    const char *from = lexer->at, *close = kind == INSIDE_TAG ? "%}" : "}}";
    char sign = sign_at(from, lexer->end);
    if (kind == INSIDE_LINE || (sign == '+' && kind == INSIDE_OUTPUT))
        return false;
    const char *delimiter = from + (sign != '\0');
    if (!starts(delimiter, lexer->end, close))
        return false;
    ct_lexer_add(lexer, kind == INSIDE_TAG ? CT_TOKEN_TAG_END : CT_TOKEN_OUTPUT_END, from, delimiter + 2);
    step_behind(lexer, delimiter + 2, sign, kind == INSIDE_TAG);
    return true;
}

/* Takes the end of a line statement: the rest of its line, if blank, and the blank lines below. */
static bool take_line_end(ct_lexer *lexer)
{
    const char *from = lexer->at, *to = ct_skip_space(from, lexer->end);
    if (to < lexer->end) {
        const char *newline = memrchr(from, '\n', (size_t)(to - from));
        if (!newline)
            return false;
        to = newline + 1;
    }
    ct_token *last = &lexer->items[lexer->count - 1];
    if (last->type == CT_TOKEN_OPERATOR && last->op == ':') { /* "# for x in y:" */
        last->type = CT_TOKEN_TAG_END;
        last->op = 0;
    } else {
        ct_lexer_add(lexer, CT_TOKEN_TAG_END, from, from);
    }
    lexer->at = to;
    return true;
}

static void refuse_open_tag(ct_lexer *lexer, inside_kind kind, uint32_t line)
{
    const char *reason = NULL;
    if (kind == INSIDE_LINE)
        reason = ct_arena_printf(lexer->arena, "the line statement of line %u has an open bracket", line);
    else if (kind == INSIDE_TAG)
        reason = ct_arena_printf(lexer->arena, "missing '%%}' of the tag in line %u", line);
    else
        reason = ct_arena_printf(lexer->arena, "missing '}}' of the '{{' in line %u", line);
    ct_lexer_refuse(lexer, lexer->at, lexer->at, reason);
}

/* A bracket was refused. Most likely the tag ends here and a bracket in it is open: then steps behind that end. */
static bool left_by_bracket(ct_lexer *lexer, inside_kind kind)
{
    const char *brace = lexer->at - 1;
    if (*brace != '}' || kind == INSIDE_LINE)
        return false;
    if (kind == INSIDE_TAG)
        return brace[-1] == '%';
    if (brace[-1] == '}')
        return true;
    if (lexer->at == lexer->end || *lexer->at != '}')
        return false;
    lexer->at++;
    lexer->items[lexer->count - 1].text.length++;
    return true;
}

/* The tokens up to the end of the tag whose begin was just added, and the end. */
static void lex_inside(ct_lexer *lexer, inside_kind kind)
{
    uint32_t line = lexer->items[lexer->count - 1].line;
    ct_brackets open;
    open.count = 0;
    for (;;) {
        if (kind == INSIDE_LINE && !open.count && take_line_end(lexer))
            return;
        ct_lexer_space(lexer, lexer->end);
        if (lexer->at == lexer->end) {
            refuse_open_tag(lexer, kind, line);
            return;
        }
        if (!open.count && take_end(lexer, kind))
            return;
        if (starts(lexer->at, lexer->end, "{%")) {
            ct_lexer_refuse(lexer, lexer->at, lexer->at, "'{%' inside of a tag that is not closed");
            return;
        }
        ct_lexer_token(lexer, lexer->end);
        if (ct_lexer_balance(lexer, &open))
            continue;
        if (open.count == CT_BRACKETS_MAX)
            lexer->at = lexer->end; /* nobody wrote this: not worth its tokens */
        if (lexer->at == lexer->end || left_by_bracket(lexer, kind))
            return;
    }
}

/* ---- Jinja: bodies ---- */

/* Reads the tag at `at`, which begins with "{%", unless another one begins before it ends. */
static bool read_tag(const char *at, const char *end, tag *ret_tag)
{
    tag found = { .from = at, .sign_before = sign_at(at + 2, end) };
    const char *content = ct_skip_space(at + 2 + (found.sign_before != '\0'), end), *close = content;
    while (end - close >= 2 && !starts(close, end, "%}")) {
        if (starts(close, end, "{%"))
            return false;
        close++;
    }
    if (end - close < 2)
        return false;
    found.to = close + 2;
    found.sign_after = close > content ? sign_at(close - 1, close) : '\0';
    const char *content_end = ct_skip_space_back(content, close - (found.sign_after != '\0'));
    found.content = (ct_str){ content, (size_t)(content_end - content) };
    *ret_tag = found;
    return true;
}

static bool find_body_end(const ct_lexer *lexer, const tag *begin, int body, tag *ret_end)
{
    const char *at = begin->to;
    while ((at = memmem(at, (size_t)(lexer->end - at), "{%", 2))) {
        if (read_tag(at, lexer->end, ret_end) && ends_body(body, begin->content, ret_end->content))
            return true;
        at += 2;
    }
    return false;
}

/* Takes a tag with a body that is not looked into, together with the body, if one begins at `at`. */
static bool take_body(ct_lexer *lexer, const char *at)
{
    tag begin, end;
    const char *word = ct_skip_space(at + 2 + (sign_at(at + 2, lexer->end) != '\0'), lexer->end);
    if (word == lexer->end || !strchr("rvc", *word) || !*word || !read_tag(at, lexer->end, &begin))
        return false;
    int body = body_of(begin.content);
    if (body < 0 || lexer->no_body_end[body])
        return false;
    lexer->hidden_jinja |= bodies[body].jinja || begin.sign_before || begin.sign_after;
    lexer->hidden_django |= !bodies[body].jinja;
    if (!find_body_end(lexer, &begin, body, &end)) {
        refuse_body(lexer, &begin, body);
        return true;
    }
    if (bodies[body].shown) {
        const char *from = begin.sign_after == '-' ? ct_skip_space(begin.to, end.from) : begin.to;
        lexer->at = from;
        add_text(lexer, from, text_end(lexer, from, end.from, end.sign_before, true));
    }
    step_behind(lexer, end.to, end.sign_after, true);
    return true;
}

/* Steps over the comment that begins at `at`. */
static void take_comment(ct_lexer *lexer, const char *at)
{
    const char *body = at + 2 + (sign_at(at + 2, lexer->end) != '\0');
    const char *close = memmem(body, (size_t)(lexer->end - body), "#}", 2);
    if (!close) {
        ct_lexer_refuse(lexer, at, at + 2, "missing end of comment tag");
        lexer->no_comment_end = true;
        lexer->at = body;
        return;
    }
    lexer->hidden_jinja |= memchr(body, '\n', (size_t)(close - body)) != NULL;
    step_behind(lexer, close + 2, close > body ? sign_at(close - 1, close) : '\0', true);
}

/* ---- Jinja: what comes next ---- */

/* The next "{{", "{%" or "{#"; the end when there is none. */
static const char *next_tag(ct_lexer *lexer)
{
    if (lexer->next_tag && lexer->next_tag >= lexer->at)
        return lexer->next_tag;
    const char *at = lexer->at;
    for (; (at = memchr(at, '{', (size_t)(lexer->end - at))); at++) {
        char next = lexer->end - at >= 2 ? at[1] : '\0';
        if (next == '{' || next == '%' || (next == '#' && !lexer->no_comment_end))
            break;
    }
    lexer->next_tag = at ? at : lexer->end;
    return lexer->next_tag;
}

static bool has_prefix(const char *prefix)
{
    return prefix && *prefix;
}

/* The next line that begins with the prefix of line statements, at `at` or behind. */
static const ct_line_mark *next_statement(ct_lexer *lexer)
{
    ct_line_mark *mark = &lexer->statement;
    ct_str prefix = ct_str_of(lexer->options->line_statement_prefix);
    if (mark->prefix && mark->from >= lexer->at)
        return mark;
    const char *line = lexer->at;
    if (line > lexer->start && line[-1] != '\n') {
        line = memchr(line, '\n', (size_t)(lexer->end - line));
        line = line ? line + 1 : NULL;
    }
    while (line) {
        const char *at = line;
        while (at < lexer->end && (*at == ' ' || *at == '\t' || *at == '\v'))
            at++;
        if (ct_str_starts((ct_str){ at, (size_t)(lexer->end - at) }, prefix)) {
            *mark = (ct_line_mark){ line, at };
            return mark;
        }
        line = memchr(at, '\n', (size_t)(lexer->end - at));
        line = line ? line + 1 : NULL;
    }
    *mark = (ct_line_mark){ lexer->end, lexer->end };
    return mark;
}

/* The next prefix of a line comment, with the blanks before it. One that follows blanks which are not text any more is
 * no comment, as in Jinja. */
static const ct_line_mark *next_line_comment(ct_lexer *lexer)
{
    ct_line_mark *mark = &lexer->comment;
    ct_str prefix = ct_str_of(lexer->options->line_comment_prefix);
    if (mark->prefix && mark->from >= lexer->at)
        return mark;
    const char *at = lexer->at;
    for (; (at = memmem(at, (size_t)(lexer->end - at), prefix.data, prefix.length)); at++) {
        const char *newline = memrchr(lexer->at, '\n', (size_t)(at - lexer->at));
        const char *from = ct_skip_space_back(newline ? newline + 1 : lexer->at, at);
        if (from > lexer->at || from == lexer->start || from[-1] == '\n' || !ct_space_before(lexer->start, from)) {
            *mark = (ct_line_mark){ from, at };
            return mark;
        }
    }
    *mark = (ct_line_mark){ lexer->end, lexer->end };
    return mark;
}

typedef enum next_kind { NEXT_NOTHING, NEXT_TAG, NEXT_STATEMENT, NEXT_LINE_COMMENT } next_kind;

/* What begins first: where its text ends is `from`, it itself begins at `at`. Of two at one place the one with the
 * longer prefix. */
static next_kind find_next(ct_lexer *lexer, ct_line_mark *ret_mark)
{
    const ct_engine_options *options = lexer->options;
    const char *tag_at = next_tag(lexer);
    next_kind kind = tag_at < lexer->end ? NEXT_TAG : NEXT_NOTHING;
    size_t length = 0;

    *ret_mark = (ct_line_mark){ tag_at, tag_at };
    if (has_prefix(options->line_statement_prefix)) {
        const ct_line_mark *mark = next_statement(lexer);
        if (mark->from < ret_mark->from) {
            *ret_mark = *mark;
            kind = NEXT_STATEMENT;
            length = strlen(options->line_statement_prefix);
        }
    }
    if (has_prefix(options->line_comment_prefix)) {
        const ct_line_mark *mark = next_line_comment(lexer);
        bool longer = strlen(options->line_comment_prefix) > length;
        if (mark->from < ret_mark->from || (kind == NEXT_STATEMENT && mark->from == ret_mark->from && longer)) {
            *ret_mark = *mark;
            kind = NEXT_LINE_COMMENT;
        }
    }
    return kind;
}

static void begin_tag(ct_lexer *lexer, const char *from, size_t length, inside_kind kind)
{
    ct_token_type type = kind == INSIDE_OUTPUT ? CT_TOKEN_OUTPUT_BEGIN : CT_TOKEN_TAG_BEGIN;
    const char *to = from + length;
    to += sign_at(to, lexer->end) != '\0';
    ct_lexer_add(lexer, type, from, to);
    lexer->at = to;
    lex_inside(lexer, kind);
}

static void take_line_mark(ct_lexer *lexer, const ct_line_mark *mark, next_kind kind)
{
    bool statement = kind == NEXT_STATEMENT;
    size_t length = strlen(statement ? lexer->options->line_statement_prefix : lexer->options->line_comment_prefix);
    const char *behind = mark->prefix + length;
    add_text(lexer, lexer->at, text_end(lexer, lexer->at, mark->from, sign_at(behind, lexer->end), true));
    if (statement) {
        begin_tag(lexer, mark->prefix, length, INSIDE_LINE);
        return;
    }
    const char *newline = memchr(behind, '\n', (size_t)(lexer->end - behind));
    lexer->at = newline ? newline : lexer->end;
}

static void take_tag(ct_lexer *lexer, const char *at)
{
    bool output = at[1] == '{';
    add_text(lexer, lexer->at, text_end(lexer, lexer->at, at, sign_at(at + 2, lexer->end), !output));
    if (at[1] == '#')
        take_comment(lexer, at);
    else if (output || !take_body(lexer, at))
        begin_tag(lexer, at, 2, output ? INSIDE_OUTPUT : INSIDE_TAG);
}

static void lex_jinja(ct_lexer *lexer)
{
    while (lexer->at < lexer->end) {
        ct_line_mark mark;
        next_kind kind = find_next(lexer, &mark);
        if (kind == NEXT_NOTHING) {
            add_text(lexer, lexer->at, lexer->end);
            lexer->at = lexer->end;
        } else if (kind == NEXT_TAG) {
            take_tag(lexer, mark.from);
        } else {
            take_line_mark(lexer, &mark, kind);
        }
    }
}

/* ---- Django ---- */

/* The next pair of delimiters with nothing of a newline between, `from` or behind. */
static bool next_django_tag(ct_lexer *lexer, const char *from, tag *ret_tag)
{
    static const char closes[3][3] = { "%}", "}}", "#}" };
    for (const char *at = from; (at = memchr(at, '{', (size_t)(lexer->end - at))); at++) {
        char ch = lexer->end - at >= 2 ? at[1] : '\0';
        size_t kind = ch == '%' ? 0 : ch == '{' ? 1 : ch == '#' ? 2 : 3;
        const char *content = at + 2;
        if (kind == 3 || (lexer->no_close[kind] && content <= lexer->no_close[kind]))
            continue;
        if (!lexer->line_end || at > lexer->line_end) {
            const char *newline = memchr(at, '\n', (size_t)(lexer->end - at));
            lexer->line_end = newline ? newline : lexer->end;
        }
        const char *close = memmem(content, (size_t)(lexer->line_end - content), closes[kind], 2);
        if (close) {
            const char *first = ct_skip_space(content, close), *last = ct_skip_space_back(first, close);
            *ret_tag = (tag){ .from = at, .to = close + 2, .content = { first, (size_t)(last - first) } };
            return true;
        }
        lexer->no_close[kind] = lexer->line_end;
    }
    return false;
}

static void lex_django_inside(ct_lexer *lexer, const tag *t)
{
    bool output = t->from[1] == '{';
    const char *limit = t->to - 2;

    ct_lexer_add(lexer, output ? CT_TOKEN_OUTPUT_BEGIN : CT_TOKEN_TAG_BEGIN, t->from, t->from + 2);
    lexer->at = t->from + 2;
    for (;;) {
        ct_lexer_space(lexer, limit);
        if (lexer->at == limit)
            break;
        ct_lexer_token(lexer, limit);
    }
    ct_lexer_add(lexer, output ? CT_TOKEN_OUTPUT_END : CT_TOKEN_TAG_END, limit, t->to);
    lexer->at = t->to;
}

/* Takes the body that a tag begins, if it is one that is not looked into. */
static bool take_django_body(ct_lexer *lexer, const tag *begin)
{
    int body = begin->from[1] == '%' ? body_of(begin->content) : -1;
    if (body < 0 || lexer->no_body_end[body])
        return false;
    tag end = { .to = begin->to };
    while (next_django_tag(lexer, end.to, &end)) {
        if (end.from[1] != '%' || !ends_body(body, begin->content, end.content))
            continue;
        if (bodies[body].shown)
            add_text(lexer, begin->to, end.from);
        lexer->at = end.to;
        return true;
    }
    refuse_body(lexer, begin, body);
    /* Whatever was seen on the way is behind `at` again. */
    lexer->line_end = NULL;
    memset(lexer->no_close, 0, sizeof lexer->no_close);
    return true;
}

static void lex_django(ct_lexer *lexer)
{
    tag next;
    while (next_django_tag(lexer, lexer->at, &next)) {
        add_text(lexer, lexer->at, next.from);
        if (next.from[1] == '#')
            lexer->at = next.to;
        else if (!take_django_body(lexer, &next))
            lex_django_inside(lexer, &next);
    }
    add_text(lexer, lexer->at, lexer->end);
    lexer->at = lexer->end;
}

/* ---- both ---- */

/* The text with "\n" for "\r\n" and "\r", in a copy where there are any. */
static ct_str normal_newlines(ct_str text, ct_arena *arena)
{
    const char *from = text.data, *end = text.data + text.length, *cr = memchr(from, '\r', text.length);
    if (!cr)
        return text;
    char *copy = ct_arena_alloc(arena, text.length), *to = copy;
    if (!copy)
        ct_die("the memory of templates must have no limit");
    for (; cr; cr = memchr(from, '\r', (size_t)(end - from))) {
        memcpy(to, from, (size_t)(cr - from));
        to += cr - from;
        *to++ = '\n';
        from = cr + (end - cr >= 2 && cr[1] == '\n' ? 2 : 1);
    }
    memcpy(to, from, (size_t)(end - from));
    return (ct_str){ copy, (size_t)(to - copy) + (size_t)(end - from) };
}

ct_str ct_file_text(ct_str bytes, ct_arena *arena)
{
    const ct_str mark = CT_STR("\xEF\xBB\xBF");
    if (!bytes.length)
        return bytes;
    if (ct_str_starts(bytes, mark))
        bytes = (ct_str){ bytes.data + mark.length, bytes.length - mark.length };
    return normal_newlines(bytes, arena);
}

ct_tokens ct_lex(ct_str text, ct_language language, const ct_engine_options *options, ct_arena *arena)
{
    bool django = language == CT_LANGUAGE_DJANGO;
    if (!text.data)
        text = CT_STR("");
    ct_str source = django ? text : normal_newlines(text, arena), lexed = source;
    if (!django && !options->keep_trailing_newline && ct_str_ends(source, CT_STR("\n")))
        lexed.length--;
    ct_lexer lexer = {
        .arena = arena,
        .options = options,
        .start = lexed.data,
        .at = lexed.data,
        .end = lexed.data + lexed.length,
        .django = django,
        .counted = lexed.data,
        .line = 1,
    };
    if (django)
        lex_django(&lexer);
    else
        lex_jinja(&lexer);
    lexer.space = false;
    ct_lexer_add(&lexer, CT_TOKEN_END, lexer.end, lexer.end);
    return (ct_tokens){ lexer.items, lexer.count, source, lexer.hidden_jinja, lexer.hidden_django };
}

void ct_source_place(ct_str source, const char *place, uint32_t *ret_line, uint32_t *ret_column, ct_str *ret_text)
{
    const char *line = source.data, *end = source.data + source.length;
    uint32_t number = 1, column = 1;
    for (const char *newline; (newline = memchr(line, '\n', (size_t)(place - line))); line = newline + 1)
        number++;
    for (const char *at = line; at < place; at++)
        column += (*at & 0xc0) != 0x80;
    const char *line_end = memchr(line, '\n', (size_t)(end - line));
    if (!line_end)
        line_end = end;
    if (line_end > line && line_end[-1] == '\r')
        line_end--;
    *ret_line = number;
    *ret_column = column;
    *ret_text = (ct_str){ line, (size_t)(line_end - line) };
}
