/* Template values as JSON, as Python's json.dumps() writes them: ", " and ": " between, "NaN" and "Infinity" for reals
 * that JSON has not.
 *
 * Rows are refused rather than written with all of their fields: what a page gives to scripts shall be chosen. Reading
 * JSON is not here. */
#include "template/json.h"

#include "base/time.h"
#include "shape/types.h"
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>

const ct_json_style ct_json_for_html = { .sort_keys = true, .ascii = true, .escaped = "<>&'" };
const ct_json_style ct_json_for_django = { .ascii = true, .escaped = "<>&", .upper = true };

typedef struct writer {
    ct_renderer *r;
    ct_buffer *out;
    const ct_json_style *style;
    bool special[128]; /* ASCII that is not copied as it is */
    uint32_t depth;
} writer;

/* ---- text ---- */

static void write_unit(writer *w, uint32_t unit, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[6] = {
        '\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]
    };
    ct_buffer_append(w->out, text, sizeof(text));
}

static void write_special(writer *w, char ch)
{
    static const char short_form[128] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
    };
    if (short_form[(unsigned char)ch]) {
        char text[2] = { '\\', short_form[(unsigned char)ch] };
        ct_buffer_append(w->out, text, sizeof(text));
    } else {
        write_unit(w, (unsigned char)ch, w->style->upper && strchr("<>&", ch)); /* Django writes these itself */
    }
}

static void write_beyond(writer *w, uint32_t code)
{
    if (code >= 0x10000) {
        write_unit(w, 0xd800 + ((code - 0x10000) >> 10), false);
        code = 0xdc00 + (code & 0x3ff);
    }
    write_unit(w, code, false);
}

static void write_text(writer *w, ct_str text)
{
    const char *at = text.data, *end = at + text.length, *run = at;
    ct_buffer_char(w->out, '"');
    while (at < end) {
        unsigned char ch = (unsigned char)*at;
        if (ch < 0x80 ? !w->special[ch] : !w->style->ascii) {
            at++;
            continue;
        }
        ct_buffer_append(w->out, run, (size_t)(at - run));
        if (ch < 0x80) {
            write_special(w, *at++);
        } else {
            write_beyond(w, ct_utf8_next(&at, end));
        }
        run = at;
    }
    ct_buffer_append(w->out, run, (size_t)(at - run));
    ct_buffer_char(w->out, '"');
}

/* ---- what has no parts ---- */

static void write_whole(writer *w, int64_t value)
{
    if (value < 0)
        ct_buffer_char(w->out, '-');
    ct_buffer_uint(w->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void write_real(writer *w, double value)
{
    if (isnan(value))
        CT_BUFFER_LITERAL(w->out, "NaN");
    else if (isinf(value))
        ct_buffer_str(w->out, value < 0 ? CT_STR("-Infinity") : CT_STR("Infinity"));
    else
        ct_write_real(w->out, value);
}

/* Digits, letters and signs that need no escape. */
static void write_quoted(writer *w, const char *text, size_t length)
{
    ct_buffer_char(w->out, '"');
    ct_buffer_append(w->out, text, length);
    ct_buffer_char(w->out, '"');
}

/* As ct_to_json() writes them. */
static void write_kind(writer *w, ct_tval v)
{
    char text[64];
    if (v.type == CT_T_SPAN) {
        write_quoted(w, text, ct_duration_format_iso(v.integer, text));
        return;
    }
    if (v.type == CT_T_BYTES)
        ct_render_fail(w->r, "Object of type bytes is not JSON serializable");
    ct_buffer_char(w->out, '"');
    ct_kind_write(w->out, v);
    ct_buffer_char(w->out, '"');
}

static void write_time(writer *w, ct_time time)
{
    char text[28];
    ct_iso_format(time, text); /* 2026-11-21T09:30:00.123456Z */
    size_t length = ct_civil_of(time).microsecond ? 23 : 19;
    ct_buffer_char(w->out, '"');
    ct_buffer_append(w->out, text, length);
    CT_BUFFER_LITERAL(w->out, "Z\"");
}

static void write_day(writer *w, ct_time time)
{
    char text[CT_DATE_SIZE];
    write_quoted(w, text, ct_date_format(ct_date_at(time), text));
}

/* False where the value has parts, or is nothing that JSON has. */
static bool write_plain(writer *w, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_NONE:
        CT_BUFFER_LITERAL(w->out, "null");
        return true;
    case CT_T_BOOL:
        ct_buffer_str(w->out, v.integer ? CT_STR("true") : CT_STR("false"));
        return true;
    case CT_T_INT:
        write_whole(w, v.integer);
        return true;
    case CT_T_REAL:
        write_real(w, v.real);
        return true;
    default:
        return false;
    }
}

/* ---- lists and dictionaries ---- */

static void write_value(writer *w, ct_tval v);

static void write_line(writer *w)
{
    if (!w->style->pretty)
        return;
    ct_buffer_char(w->out, '\n');
    ct_render_step(w->r, w->depth);
    for (uint32_t i = 0; i < w->depth && w->style->indent.length; i++)
        ct_buffer_str(w->out, w->style->indent);
}

static void write_comma(writer *w)
{
    ct_buffer_append(w->out, ", ", w->style->pretty ? 1 : 2);
    write_line(w);
}

static void write_list(writer *w, ct_tval v)
{
    ct_seq seq;
    ct_seq_init(w->r, &seq, v);
    ct_render_step(w->r, seq.count);
    ct_buffer_char(w->out, '[');
    w->depth++;
    if (seq.count)
        write_line(w);
    for (uint32_t i = 0; i < seq.count; i++) {
        if (i)
            write_comma(w);
        write_value(w, ct_seq_at(w->r, &seq, i));
    }
    w->depth--;
    if (seq.count)
        write_line(w);
    ct_buffer_char(w->out, ']');
}

static void write_key(writer *w, ct_tval key)
{
    if (ct_t_is_text(key)) {
        write_text(w, ct_t_get_str(key));
        return;
    }
    ct_buffer_char(w->out, '"');
    if (!write_plain(w, key))
        ct_render_fail(w->r, "keys of JSON must be text, numbers, true, false or none, not '%s'",
                       ct_tval_type_name(key));
    ct_buffer_char(w->out, '"');
}

static void write_dict(writer *w, ct_tval v)
{
    ct_tlist *pairs = ct_pairs_of(w->r, v);
    if (w->style->sort_keys)
        ct_sort_pairs(w->r, pairs);
    ct_render_step(w->r, pairs->count);
    ct_buffer_char(w->out, '{');
    w->depth++;
    if (pairs->count)
        write_line(w);
    for (uint32_t i = 0; i < pairs->count; i++) {
        if (i)
            write_comma(w);
        write_key(w, pairs->items[i].list->items[0]);
        CT_BUFFER_LITERAL(w->out, ": ");
        write_value(w, pairs->items[i].list->items[1]);
    }
    w->depth--;
    if (pairs->count)
        write_line(w);
    ct_buffer_char(w->out, '}');
}

static void write_value(writer *w, ct_tval v)
{
    if (w->out->failed)
        return; /* the caller finds out: there is no need to walk the rest */
    if (write_plain(w, v))
        return;
    ct_render_check_stack(w->r);
    switch ((ct_ttype)v.type) {
    case CT_T_TEXT:
        write_text(w, ct_t_get_str(v));
        return;
    case CT_T_DATETIME:
        if (v.flags & CT_T_DAY)
            write_day(w, v.integer);
        else
            write_time(w, v.integer);
        return;
    case CT_T_CLOCK:
    case CT_T_SPAN:
    case CT_T_DECIMAL:
    case CT_T_UUID:
    case CT_T_BYTES:
        write_kind(w, v);
        return;
    case CT_T_DICT:
    case CT_T_MAP:
        write_dict(w, v);
        return;
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_ARRAY:
    case CT_T_ROWS: /* an empty one: rows are refused */
        write_list(w, v);
        return;
    case CT_T_OBJECT:
        if (v.object->class->seq) {
            write_list(w, v);
            return;
        }
        break;
    case CT_T_UNDEFINED:
        ct_tval_fail_undefined(w->r, v);
    default:
        break;
    }
    ct_render_fail(w->r, "'%s' cannot be written as JSON", ct_tval_type_name(v));
}

void ct_tval_write_json(ct_renderer *r, ct_buffer *out, ct_tval v, const ct_json_style *style)
{
    writer w = { .r = r, .out = out, .style = style };
    memset(w.special, true, 0x20);
    w.special['"'] = w.special['\\'] = true;
    w.special[0x7f] = style->ascii;
    for (const char *ch = style->escaped ? style->escaped : ""; *ch; ch++)
        w.special[(unsigned char)*ch] = true;
    write_value(&w, v);
}
