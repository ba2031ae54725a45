/* What str() and repr() write of values, and what is said of those that do not exist.
 *
 * A list or dictionary that contains itself is "[...]" where it comes again, as in Python: each container that is being
 * written is remembered on the C stack (nest). A buffer that is full ends the walk, for a list that holds another
 * twice, and so on, has more items than anything could hold. */
#include "template/tval.h"

#include "base/nearest.h"
#include "base/time.h"
#include "shape/value.h"
#include "template/fields.h"
#include "template/kinds.h"
#include "template/nodes.h"
#include "template/render.h"
#include "template/text.h"

/* The containers around what is being written. */
typedef struct nest {
    const struct nest *outer;
    const void *container;
} nest;

static void write_repr(ct_renderer *r, ct_buffer *out, ct_tval v, const nest *around);

/* ---- text and numbers ---- */

static void write_hex(ct_buffer *out, char kind, uint32_t code, int digits)
{
    char text[10] = { '\\', kind };
    for (int i = digits; i; i--, code >>= 4)
        text[1 + i] = "0123456789abcdef"[code & 15];
    ct_buffer_append(out, text, 2 + (size_t)digits);
}

static void write_escape(ct_buffer *out, uint32_t code)
{
    if (code == '\n')
        CT_BUFFER_LITERAL(out, "\\n");
    else if (code == '\r')
        CT_BUFFER_LITERAL(out, "\\r");
    else if (code == '\t')
        CT_BUFFER_LITERAL(out, "\\t");
    else if (code < 0x100)
        write_hex(out, 'x', code, 2);
    else if (code < 0x10000)
        write_hex(out, 'u', code, 4);
    else
        write_hex(out, 'U', code, 8);
}

static void write_quoted(ct_buffer *out, ct_str text)
{
    bool single = text.length && memchr(text.data, '\'', text.length);
    char quote = single && !memchr(text.data, '"', text.length) ? '"' : '\'';
    const char *at = text.data, *end = at + text.length, *run = at; /* from `run` on nothing is copied yet */
    ct_buffer_char(out, quote);
    while (at < end) {
        const char *next = at;
        uint32_t code = ct_utf8_next(&next, end);
        bool quoted = code == (unsigned char)quote || code == '\\';
        if (!quoted && ct_uc_is_printable(code)) {
            at = next;
            continue;
        }
        ct_buffer_append(out, run, (size_t)(at - run));
        if (quoted) {
            ct_buffer_char(out, '\\');
            ct_buffer_char(out, (char)code);
        } else {
            write_escape(out, code);
        }
        run = at = next;
    }
    ct_buffer_append(out, run, (size_t)(end - run));
    ct_buffer_char(out, quote);
}

/* ---- moments ---- */

/* "2026-11-21 09:30:00.250000+00:00", or the day alone. */
static void write_datetime(ct_buffer *out, ct_tval v)
{
    char text[40];
    ct_civil civil = ct_civil_of(v.integer);
    char *at = ct_put_digits(text, civil.year, 4);
    *at++ = '-';
    at = ct_put_digits(at, civil.month, 2);
    *at++ = '-';
    at = ct_put_digits(at, civil.day, 2);
    if (!(v.flags & CT_T_DAY)) {
        *at++ = ' ';
        at = ct_put_digits(at, civil.hour, 2);
        *at++ = ':';
        at = ct_put_digits(at, civil.minute, 2);
        *at++ = ':';
        at = ct_put_digits(at, civil.second, 2);
        if (civil.microsecond) {
            *at++ = '.';
            at = ct_put_digits(at, civil.microsecond, 6);
        }
        memcpy(at, "+00:00", 6);
        at += 6;
    }
    ct_buffer_append(out, text, (size_t)(at - text));
}

static void write_datetime_repr(ct_buffer *out, ct_tval v)
{
    ct_civil civil = ct_civil_of(v.integer);
    if (v.flags & CT_T_DAY) {
        ct_buffer_printf(out, "datetime.date(%d, %d, %d)", civil.year, civil.month, civil.day);
        return;
    }
    ct_buffer_printf(out, "datetime.datetime(%d, %d, %d, %d, %d", civil.year, civil.month, civil.day, civil.hour,
                     civil.minute);
    if (civil.second || civil.microsecond)
        ct_buffer_printf(out, ", %d", civil.second);
    if (civil.microsecond)
        ct_buffer_printf(out, ", %d", civil.microsecond);
    CT_BUFFER_LITERAL(out, ", tzinfo=datetime.timezone.utc)");
}

/* ---- rows, functions, objects ---- */

/* "<Question>", or what the shape's __str__ or the model's display gives. */
static ct_tval row_text(ct_renderer *r, const ct_row *row)
{
    ct_render_check_stack(r);
    ct_tval named = ct_row_name(r, row);
    if (named.type != CT_T_UNSET)
        return named;
    ct_buffer text = ct_text_begin(r);
    ct_buffer_printf(&text, "<%s>", row->shape->name);
    return ct_text_end(r, &text);
}

/* As Django shows its models: "<Question: what its __str__ gives>". */
static void write_row_repr(ct_renderer *r, ct_buffer *out, const ct_row *row)
{
    ct_render_check_stack(r);
    ct_tval named = ct_row_name(r, row);
    ct_buffer_printf(out, "<%s", row->shape->name);
    if (named.type != CT_T_UNSET) {
        CT_BUFFER_LITERAL(out, ": ");
        ct_buffer_str(out, ct_t_get_str(named));
    }
    ct_buffer_char(out, '>');
}

static ct_tval object_text(ct_renderer *r, ct_tobject *object)
{
    ct_render_check_stack(r);
    if (object->class->text)
        return object->class->text(r, object);
    ct_buffer text = ct_text_begin(r);
    ct_buffer_printf(&text, "<%s>", object->class->name);
    return ct_text_end(r, &text);
}

static void write_range(ct_buffer *out, const ct_trange *range)
{
    ct_buffer_printf(out, "range(%" PRId64 ", %" PRId64, range->start, range->stop);
    if (range->step != 1)
        ct_buffer_printf(out, ", %" PRId64, range->step);
    ct_buffer_char(out, ')');
}

/* ---- containers ---- */

static bool is_around(const nest *around, const void *container)
{
    for (; around; around = around->outer)
        if (around->container == container)
            return true;
    return false;
}

static void write_items(ct_renderer *r, ct_buffer *out, ct_tval v, const nest *around)
{
    bool tuple = v.type == CT_T_TUPLE;
    ct_seq seq;
    ct_seq_init(r, &seq, v);
    ct_buffer_char(out, tuple ? '(' : '[');
    for (uint32_t i = 0; i < seq.count && !out->failed; i++) {
        ct_render_step(r, 1);
        if (i)
            CT_BUFFER_LITERAL(out, ", ");
        write_repr(r, out, ct_seq_at(r, &seq, i), around);
    }
    if (tuple && seq.count == 1)
        ct_buffer_char(out, ',');
    ct_buffer_char(out, tuple ? ')' : ']');
}

static void write_pairs(ct_renderer *r, ct_buffer *out, ct_tval v, const nest *around)
{
    ct_tval key, value;
    ct_buffer_char(out, '{');
    for (uint32_t at = 0, written = 0; !out->failed && ct_tval_next_pair(v, &at, &key, &value); written++) {
        ct_render_step(r, 1);
        if (written)
            CT_BUFFER_LITERAL(out, ", ");
        write_repr(r, out, key, around);
        CT_BUFFER_LITERAL(out, ": ");
        write_repr(r, out, value, around);
    }
    ct_buffer_char(out, '}');
}

static void write_container(ct_renderer *r, ct_buffer *out, ct_tval v, const nest *around)
{
    bool pairs = v.type == CT_T_DICT || v.type == CT_T_MAP;
    nest here = { .outer = around, .container = v.list };
    ct_render_check_stack(r);
    if (is_around(around, v.list)) {
        const char *again = pairs ? "{...}" : v.type == CT_T_TUPLE ? "(...)" : "[...]";
        ct_buffer_append(out, again, 5);
    } else if (pairs) {
        write_pairs(r, out, v, &here);
    } else {
        write_items(r, out, v, &here);
    }
}

/* ---- the whole ---- */

/* What str() and repr() write the same. */
static void write_other(ct_renderer *r, ct_buffer *out, ct_tval v, const nest *around)
{
    switch ((ct_ttype)v.type) {
    case CT_T_NONE:
        CT_BUFFER_LITERAL(out, "None");
        break;
    case CT_T_BOOL:
        ct_buffer_str(out, v.integer ? CT_STR("True") : CT_STR("False"));
        break;
    case CT_T_INT:
        ct_buffer_int(out, v.integer);
        break;
    case CT_T_REAL:
        ct_write_real(out, v.real);
        break;
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_DICT:
    case CT_T_MAP:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        write_container(r, out, v, around);
        break;
    case CT_T_RANGE:
        write_range(out, v.range);
        break;
    case CT_T_FUNCTION:
        ct_buffer_printf(out, "<function %s>", v.function->fn->name);
        break;
    case CT_T_METHOD:
        ct_buffer_printf(out, "<method %s>", v.method->callable->fn->name);
        break;
    case CT_T_OBJECT:
        ct_buffer_str(out, ct_t_get_str(object_text(r, v.object)));
        break;
    case CT_T_CLOCK:
    case CT_T_SPAN:
    case CT_T_DECIMAL:
    case CT_T_UUID:
    case CT_T_BYTES:
        ct_kind_write(out, v);
        break;
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
    case CT_T_TEXT:
    case CT_T_DATETIME:
    case CT_T_ROW:
        break; /* the callers' */
    }
}

static void write_repr(ct_renderer *r, ct_buffer *out, ct_tval v, const nest *around)
{
    switch ((ct_ttype)v.type) {
    case CT_T_TEXT:
        if ((v.flags & CT_T_SAFE) && !r->django)
            CT_BUFFER_LITERAL(out, "Markup(");
        write_quoted(out, ct_t_get_str(v));
        if ((v.flags & CT_T_SAFE) && !r->django)
            ct_buffer_char(out, ')');
        break;
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
        CT_BUFFER_LITERAL(out, "Undefined");
        break;
    case CT_T_DATETIME:
        write_datetime_repr(out, v);
        break;
    case CT_T_ROW:
        write_row_repr(r, out, v.row);
        break;
    case CT_T_CLOCK:
    case CT_T_SPAN:
    case CT_T_DECIMAL:
    case CT_T_UUID:
    case CT_T_BYTES:
        ct_kind_write_repr(out, v);
        break;
    default:
        write_other(r, out, v, around);
        break;
    }
}

void ct_tval_write_repr(ct_renderer *r, ct_buffer *out, ct_tval v)
{
    write_repr(r, out, v, NULL);
}

void ct_tval_write(ct_renderer *r, ct_buffer *out, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_TEXT:
        ct_buffer_append(out, v.text, v.length);
        break;
    case CT_T_INT:
        ct_buffer_int(out, v.integer);
        break;
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
        if (r->strict && !(v.flags & CT_T_LENIENT))
            ct_tval_fail_undefined(r, v);
        break;
    case CT_T_DATETIME:
        write_datetime(out, v);
        break;
    case CT_T_ROW:
        ct_buffer_str(out, ct_t_get_str(row_text(r, v.row)));
        break;
    default:
        write_other(r, out, v, NULL);
        break;
    }
}

ct_tval ct_tval_text_slow(ct_renderer *r, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_TEXT:
        return v;
    case CT_T_NONE:
        return CT_T_LITERAL("None");
    case CT_T_BOOL:
        return v.integer ? CT_T_LITERAL("True") : CT_T_LITERAL("False");
    case CT_T_ROW:
        return row_text(r, v.row);
    case CT_T_OBJECT:
        return object_text(r, v.object);
    default:
        break;
    }
    ct_buffer text = ct_text_begin(r);
    ct_tval_write(r, &text, v);
    return ct_text_end(r, &text);
}

/* ---- what does not exist ---- */

#define MOST_KEYS 1000 /* that are looked at */

/* Keys are no C text: the nearest so far is kept in `room`. */
static void try_key(ct_nearest *nearest, char room[64], ct_str key)
{
    char word[64];
    size_t before = nearest->distance;
    if (key.length >= sizeof(word))
        return;
    memcpy(word, key.data, key.length);
    word[key.length] = '\0';
    ct_nearest_try(nearest, word);
    if (nearest->distance < before)
        nearest->best = memcpy(room, word, sizeof(word));
}

static void try_dict(ct_nearest *nearest, char room[64], const ct_tdict *dict)
{
    uint32_t at = 0;
    const ct_tentry *entry;
    for (int i = 0; i < MOST_KEYS && (entry = ct_tdict_next(dict, &at)); i++)
        if (ct_t_is_text(entry->key))
            try_key(nearest, room, ct_t_get_str(entry->key));
}

/* The name that might have been meant; NULL: none is near. It is a constant or in `room`. */
static const char *nearest_name(ct_renderer *r, const char *name, ct_tval owner, char room[64])
{
    ct_nearest nearest = ct_nearest_to(name);
    if (owner.type == CT_T_DICT && owner.dict)
        try_dict(&nearest, room, owner.dict);
    else if (owner.type == CT_T_MAP && owner.map)
        for (size_t i = 0; i < owner.map->count && i < MOST_KEYS; i++)
            ct_nearest_try(&nearest, owner.map->pairs[i].key);
    else if (owner.type == CT_T_ROW && owner.row)
        for (size_t i = 0; i < owner.row->shape->field_count; i++) {
            const ct_field *field = &owner.row->shape->fields[i];
            if (strncmp(field->name, "__", 2) != 0)
                ct_nearest_try(&nearest, field->name);
        }
    else if (owner.type == CT_T_UNSET && r->input)
        for (size_t i = 0; i < r->input->pair_count; i++)
            ct_nearest_try(&nearest, r->input->pairs[i].key);
    return nearest.best;
}

static ct_tval owner_of(ct_tval v)
{
    ct_tval owner = { .type = v.owner };
    if (v.flags & CT_T_OWNED)
        memcpy(&owner, v.text - sizeof(owner), sizeof(owner));
    return owner;
}

static const char *owner_name(ct_tval v, ct_tval owner)
{
    if ((owner.type == CT_T_ROW || owner.type == CT_T_OBJECT) && !(v.flags & CT_T_OWNED))
        return owner.type == CT_T_ROW ? "row" : "this";
    return ct_tval_type_name(owner);
}

/* Where Django would have gone on without a word. */
static const char *reading(const ct_renderer *r)
{
    bool guessed = r->template && r->template->neutral && r->template->language == CT_LANGUAGE_JINJA && !r->strict;
    return guessed ? " (read as Jinja's: setting template_language)" : "";
}

void ct_tval_fail_undefined(ct_renderer *r, ct_tval v)
{
    ct_buffer plain = ct_text_begin(r), quoted = ct_text_begin(r);
    ct_str name = { v.text, v.length };
    ct_tval owner = owner_of(v);
    char room[64];
    if (owner.type == CT_T_UNSET && name.length && memchr(name.data, ' ', name.length))
        ct_render_fail(r, "undefined: %.*s", CT_STR_ARG(name)); /* a reason instead of a name */
    if (!(v.flags & CT_T_ELEMENT))
        write_quoted(&quoted, name);
    else
        ct_buffer_str(&quoted, name);
    ct_buffer_str(&plain, name);
    const char *what = ct_buffer_text(&quoted), *meant = nearest_name(r, ct_buffer_text(&plain), owner, room);
    const char *guess = meant ? "; did you mean '" : "", *end = meant ? "'?" : "";
    meant = meant ? meant : "";
    if (owner.type == CT_T_UNSET)
        ct_render_fail(r, "%s is undefined%s%s%s%s", what, guess, meant, end, reading(r));
    const char *type = owner.type == CT_T_NONE ? "None" : owner_name(v, owner);
    const char *object = owner.type == CT_T_NONE ? "" : " object";
    if (v.flags & CT_T_ELEMENT)
        ct_render_fail(r, "%s%s has no element %s%s", type, object, what, reading(r));
    ct_render_fail(r, "'%s%s' has no attribute %s%s%s%s%s", type, object, what, guess, meant, end, reading(r));
}
