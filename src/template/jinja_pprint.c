/* Jinja's pprint: what Python's pprint.pformat() makes of a value, 80 columns wide, dictionaries sorted by key.
 *
 * A value goes on one line if it fits between its indentation and what must follow it (the allowance: brackets,
 * commas). Else lists and dictionaries have one item a line, and text is cut after white space. Whether it fits is
 * tried by writing it, for as long as it may still fit; what did not is taken back. */
#include "template/jinja_filters.h"
#include "template/render.h"
#include "template/text.h"

#define WIDTH 80

typedef struct printer {
    ct_renderer *r;
    ct_buffer *out;
} printer;

static size_t written(const printer *p, size_t from)
{
    return ct_utf8_count((ct_str){ p->out->data + from, p->out->length - from });
}

static bool is_dict(ct_tval v)
{
    return v.type == CT_T_DICT || v.type == CT_T_MAP;
}

static bool is_list(ct_tval v)
{
    return v.type == CT_T_LIST || v.type == CT_T_TUPLE || v.type == CT_T_ARRAY || v.type == CT_T_ROWS;
}

static ct_tlist *sorted_pairs(printer *p, ct_tval dict)
{
    ct_tlist *pairs = ct_pairs_of(p->r, dict);
    ct_sort_pairs_quietly(p->r, pairs);
    return pairs;
}

/* ---- on one line ---- */

/* repr() with sorted dictionaries; ends early where more than `most` bytes are written from `start` on. */
static void write_flat(printer *p, ct_tval v, size_t start, size_t most);

static void write_flat_dict(printer *p, ct_tval v, size_t start, size_t most)
{
    ct_tlist *pairs = sorted_pairs(p, v);
    ct_buffer_char(p->out, '{');
    for (uint32_t i = 0; i < pairs->count && p->out->length - start <= most; i++) {
        if (i)
            CT_BUFFER_LITERAL(p->out, ", ");
        write_flat(p, pairs->items[i].list->items[0], start, most);
        CT_BUFFER_LITERAL(p->out, ": ");
        write_flat(p, pairs->items[i].list->items[1], start, most);
    }
    ct_buffer_char(p->out, '}');
}

static void write_flat_list(printer *p, ct_tval v, size_t start, size_t most)
{
    ct_seq seq;
    ct_seq_init(p->r, &seq, v);
    ct_buffer_char(p->out, v.type == CT_T_TUPLE ? '(' : '[');
    for (uint32_t i = 0; i < seq.count && p->out->length - start <= most; i++) {
        if (i)
            CT_BUFFER_LITERAL(p->out, ", ");
        write_flat(p, ct_seq_at(p->r, &seq, i), start, most);
    }
    if (v.type == CT_T_TUPLE && seq.count == 1)
        ct_buffer_char(p->out, ',');
    ct_buffer_char(p->out, v.type == CT_T_TUPLE ? ')' : ']');
}

static void write_flat(printer *p, ct_tval v, size_t start, size_t most)
{
    ct_render_check_stack(p->r);
    ct_render_step(p->r, 1);
    if (p->out->failed)
        ct_text_end(p->r, p->out);
    if (is_dict(v))
        write_flat_dict(p, v, start, most);
    else if (is_list(v))
        write_flat_list(p, v, start, most);
    else
        ct_tval_write_repr(p->r, p->out, v);
}

/* ---- on several ---- */

/* `level` is 1 for the value itself, more for what is inside of it. */
static void write_value(printer *p, ct_tval v, size_t indent, size_t allowance, unsigned level);

static void new_line(printer *p, size_t indent)
{
    char *room = ct_buffer_reserve(p->out, indent + 1);
    if (!room)
        return;
    room[0] = '\n';
    memset(room + 1, ' ', indent);
    p->out->length += indent + 1;
}

static void write_dict(printer *p, ct_tval v, size_t indent, size_t allowance, unsigned level)
{
    ct_tlist *pairs = sorted_pairs(p, v);
    ct_buffer_char(p->out, '{');
    for (uint32_t i = 0; i < pairs->count; i++) {
        const ct_tval *pair = pairs->items[i].list->items;
        bool last = i + 1 == pairs->count;
        size_t start = p->out->length;
        write_flat(p, pair[0], start, SIZE_MAX);
        size_t key = written(p, start);
        CT_BUFFER_LITERAL(p->out, ": ");
        write_value(p, pair[1], indent + 1 + key + 2, last ? allowance + 1 : 1, level + 1);
        if (!last) {
            ct_buffer_char(p->out, ',');
            new_line(p, indent + 1);
        }
    }
    ct_buffer_char(p->out, '}');
}

static void write_list(printer *p, ct_tval v, size_t indent, size_t allowance, unsigned level)
{
    ct_seq seq;
    ct_seq_init(p->r, &seq, v);
    bool tuple = v.type == CT_T_TUPLE;
    ct_str close = !tuple ? CT_STR("]") : seq.count == 1 ? CT_STR(",)") : CT_STR(")");
    ct_buffer_char(p->out, tuple ? '(' : '[');
    for (uint32_t i = 0; i < seq.count; i++) {
        bool last = i + 1 == seq.count;
        write_value(p, ct_seq_at(p->r, &seq, i), indent + 1, last ? allowance + close.length : 1, level + 1);
        if (!last) {
            ct_buffer_char(p->out, ',');
            new_line(p, indent + 1);
        }
    }
    ct_buffer_str(p->out, close);
}

/* The characters that repr(text) has. */
static size_t repr_length(printer *p, ct_str text)
{
    size_t start = p->out->length;
    ct_tval_write_repr(p->r, p->out, ct_t_str(text));
    size_t length = p->out->failed ? 0 : written(p, start);
    p->out->length = start;
    return length;
}

/* Where the run of characters that are no white space, and the white space behind it, ends. */
static size_t part_end(ct_str text, size_t from)
{
    const char *at = text.data + from, *end = text.data + text.length, *next = at;
    while (at < end && !ct_uc_is_space(ct_utf8_next(&next, end)))
        at = next;
    next = at;
    while (at < end && ct_uc_is_space(ct_utf8_next(&next, end)))
        at = next;
    return (size_t)(at - text.data);
}

typedef struct chunks {
    ct_tlist *list; /* the pieces of a text, each to be on a line of its own */
    size_t width, allowance;
} chunks;

/* A line that is too long is cut into as many words as fit. */
static void add_words(printer *p, chunks *c, ct_str line, bool last_line)
{
    size_t start = 0, end = 0, width = c->width;
    while (end < line.length) {
        size_t next = part_end(line, end);
        ct_render_step(p->r, 1);
        if (last_line && next == line.length)
            width = width > c->allowance ? width - c->allowance : 0;
        if (repr_length(p, (ct_str){ line.data + start, next - start }) > width) {
            if (end > start)
                ct_tlist_add(p->r, c->list, ct_t_text(line.data + start, end - start));
            start = end;
        }
        end = next;
    }
    if (end > start)
        ct_tlist_add(p->r, c->list, ct_t_text(line.data + start, end - start));
}

static void write_text(printer *p, ct_str text, size_t indent, size_t allowance, unsigned level)
{
    size_t inside = indent + (level == 1);
    chunks c = { .list = ct_tlist_new(p->r, 8),
                 .width = inside < WIDTH ? WIDTH - inside : 0,
                 .allowance = allowance + (level == 1) };
    ct_str rest = text, line;
    while (ct_next_line(&rest, &line)) {
        line.length = (size_t)(rest.data - line.data); /* with its end */
        bool last = rest.length == 0;
        size_t width = c.width - (last ? CT_MIN(c.allowance, c.width) : 0);
        if (repr_length(p, line) <= width)
            ct_tlist_add(p->r, c.list, ct_t_str(line));
        else
            add_words(p, &c, line, last);
    }
    bool parentheses = level == 1 && c.list->count > 1;
    if (parentheses)
        ct_buffer_char(p->out, '(');
    for (uint32_t i = 0; i < c.list->count; i++) {
        if (i)
            new_line(p, inside);
        ct_tval_write_repr(p->r, p->out, c.list->items[i]);
    }
    if (parentheses)
        ct_buffer_char(p->out, ')');
}

static void write_value(printer *p, ct_tval v, size_t indent, size_t allowance, unsigned level)
{
    size_t start = p->out->length, taken = indent + allowance;
    size_t width = taken < WIDTH ? WIDTH - taken : 0;
    bool divides = is_dict(v) || is_list(v) || (ct_t_is_text(v) && !ct_t_is_safe(v) && v.length);
    ct_render_check_stack(p->r);
    write_flat(p, v, start, divides ? 10 * width : SIZE_MAX);
    if (!divides || p->out->failed || written(p, start) <= width)
        return;
    p->out->length = start;
    if (is_dict(v))
        write_dict(p, v, indent, allowance, level);
    else if (is_list(v))
        write_list(p, v, indent, allowance, level);
    else
        write_text(p, ct_t_get_str(v), indent, allowance, level);
}

ct_tval ct_jinja_pprint(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 256);
    printer p = { .r = r, .out = &out };
    write_value(&p, args[0], 0, 0, 1);
    return ct_text_end(r, &out);
}
