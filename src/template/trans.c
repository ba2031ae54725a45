/* Asking for translations, and writing them with their variables; gettext() and its sisters.
 *
 * What is looked up is what xgettext, Babel and makemessages put into catalogues: the text with %(name)s for each
 * variable and "%%" for a percent sign, as Jinja's "newstyle" gettext has it. The translation is asked of the hook in
 * ct_render_input, and is a format of the same kind:
 *
 *     {% trans %}Hello {{ user }}, 100%{% endtrans %}     "Hello %(user)s, 100%%"     Hallo Ada, 100%
 *
 * A translation that is no such format, or names a variable that the message does not have, is not used: the text of
 * the template stands in for it, as in Django. Without a hook, or where it knows no translation, the text itself is
 * shown, and of two forms the first for a count of 1 alone. The tags are in trans_tags.c. */
#include "template/trans.h"

#include "template/escape.h"
#include "template/nodes.h"
#include "template/render.h"

/* ---- asking for a translation ---- */

static ct_str untranslated(const ct_message *message)
{
    return ct_str_of(message->plural && message->count != 1 ? message->plural : message->singular);
}

/* The empty text is not asked for: catalogues have their head under it. Nor is anything in {% language None %}. */
ct_str ct_translated(ct_renderer *r, const ct_message *message)
{
    const char *text = NULL;
    ct_message asked = *message;
    asked.language = r->language;
    if (r->input->translate && *message->singular && !(r->language && !*r->language))
        text = r->input->translate(r->input->user, &asked);
    return text ? ct_str_of(text) : untranslated(message);
}

/* What is no whole number is never 1. */
int64_t ct_trans_count(ct_tval v)
{
    if (v.type == CT_T_INT || v.type == CT_T_BOOL)
        return v.integer;
    if (v.type != CT_T_REAL || !(v.real > -1e18 && v.real < 1e18))
        return 0;
    int64_t whole = (int64_t)v.real;
    return whole == 1 && v.real != 1 ? 2 : whole;
}

const char *ct_trans_text(ct_renderer *r, ct_tval v)
{
    ct_str text = ct_t_get_str(ct_tval_text(r, v));
    char *copy = ct_render_take(r, text.length + 1);
    if (text.length)
        memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return copy;
}

/* ---- formats ---- */

static bool find_value(ct_renderer *r, const ct_trans_values *values, ct_str name, ct_tval *ret_value)
{
    for (uint32_t i = 0; i < values->count; i++)
        if (ct_str_eq(values->names[i], name)) {
            *ret_value = values->values[i];
            return true;
        }
    const ct_tval *given = values->dict ? ct_tdict_find_str(r, values->dict, name) : NULL;
    if (given)
        *ret_value = *given;
    else if (ct_str_eq(name, CT_STR("num")))
        *ret_value = values->num;
    else if (ct_str_eq(name, CT_STR("context")))
        *ret_value = values->context;
    else
        return false;
    return ret_value->type != CT_T_UNSET;
}

/* The name in "(name)s" at *at, which moves behind it; brackets in the name are balanced. data NULL: it is none. */
static ct_str take_placeholder(const char **at, const char *end)
{
    ct_str none = { 0 };
    if (*at == end || **at != '(')
        return none;
    const char *name = *at + 1, *close = name;
    size_t open = 0;
    for (; close < end && (open || *close != ')'); close++) {
        if (*close == '(')
            open++;
        else if (*close == ')')
            open--;
    }
    if (end - close < 2 || (close[1] != 's' && close[1] != 'd'))
        return none;
    *at = close + 2;
    return (ct_str){ name, (size_t)(close - name) };
}

static void write_own(ct_renderer *r, ct_str text, bool untrusted)
{
    if (untrusted && r->autoescape)
        ct_escape_write(r->out, text, false);
    else
        ct_buffer_str(r->out, text);
}

/* Writes the format to the page, its values escaped as the place wants them. False, with nothing written, where it is
 * none. */
static bool write_format(ct_renderer *r, ct_str format, const ct_trans_values *values, bool django)
{
    size_t start = r->out->length;
    const char *at = format.data, *end = at + format.length;
    for (;;) {
        const char *percent = memchr(at, '%', (size_t)(end - at));
        write_own(r, (ct_str){ at, (size_t)((percent ? percent : end) - at) }, values->untrusted);
        if (!percent)
            return true;
        at = percent + 1;
        if (at < end && *at == '%') {
            ct_buffer_char(r->out, '%');
            at++;
            continue;
        }
        ct_tval v;
        ct_str name = take_placeholder(&at, end);
        if (!name.data || !find_value(r, values, name, &v))
            break;
        ct_output(r, v, django);
    }
    r->out->length = start;
    return false;
}

/* Writes the translation, or the text itself; false where neither is a format. */
static bool try_write(ct_renderer *r, const ct_message *message, const ct_trans_values *values, bool django)
{
    ct_str text = ct_translated(r, message), own = untranslated(message);
    return write_format(r, text, values, django) || (text.data != own.data && write_format(r, own, values, django));
}

void ct_trans_write(ct_renderer *r, const ct_message *message, const ct_trans_values *values, bool django)
{
    ct_str own = untranslated(message);
    if (!try_write(r, message, values, django))
        ct_render_fail(r, "the text '%.*s' is no format, or names a variable that is not given; a percent sign is %%%%",
                       (int)CT_MIN(own.length, (size_t)80), own.data);
}

/* ---- the functions ---- */

/* The translation with its variables. Without any the text may be one that a filter formats, _("Hi %(name)s")|format(
 * name=name), or the percent sign of somebody who did not expect a format: then it stays as it is. */
static ct_tval formatted(ct_renderer *r, const ct_message *message, bool trusted, ct_tval keywords, ct_tval num,
                         ct_tval context)
{
    size_t start = r->out->length;
    bool any = keywords.type == CT_T_DICT && keywords.dict->count;
    ct_trans_values values = {
        .dict = any ? keywords.dict : NULL, .untrusted = !trusted, .num = num, .context = context
    };
    if (any)
        ct_trans_write(r, message, &values, false);
    else if (!try_write(r, message, &values, false))
        write_own(r, ct_translated(r, message), !trusted);
    return ct_capture_end(r, start);
}

static ct_tval call_gettext(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_message message = { .singular = ct_trans_text(r, args[0]) };
    return formatted(r, &message, ct_t_is_safe(args[0]), args[1], ct_t_unset(), ct_t_unset());
}

static ct_tval call_ngettext(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_message message = { .singular = ct_trans_text(r, args[0]),
                           .plural = ct_trans_text(r, args[1]),
                           .count = ct_trans_count(args[2]) };
    return formatted(r, &message, ct_t_is_safe(args[0]) && ct_t_is_safe(args[1]), args[3], args[2], ct_t_unset());
}

static ct_tval call_pgettext(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_message message = { .context = ct_trans_text(r, args[0]), .singular = ct_trans_text(r, args[1]) };
    return formatted(r, &message, ct_t_is_safe(args[1]), args[2], ct_t_unset(), args[0]);
}

static ct_tval call_npgettext(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_message message = { .context = ct_trans_text(r, args[0]),
                           .singular = ct_trans_text(r, args[1]),
                           .plural = ct_trans_text(r, args[2]),
                           .count = ct_trans_count(args[3]) };
    return formatted(r, &message, ct_t_is_safe(args[1]) && ct_t_is_safe(args[2]), args[4], args[3], args[0]);
}

const ct_fn ct_translation_globals[] = {
    { .name = "_", .function = call_gettext, .params = "__string, **" },
    { .name = "gettext", .function = call_gettext, .params = "__string, **" },
    { .name = "ngettext", .function = call_ngettext, .params = "__singular, __plural, __num, **" },
    { .name = "pgettext", .function = call_pgettext, .params = "__string_ctx, __string, **" },
    { .name = "npgettext", .function = call_npgettext, .params = "__string_ctx, __singular, __plural, __num, **" },
    { .name = NULL },
};
