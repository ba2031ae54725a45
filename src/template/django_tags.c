/* Django's small tags: load, firstof, spaceless, now, widthratio and templatetag.
 *
 * Each is a parse function, which reads the tag and makes a statement, and the exec function that runs it. Libraries
 * are built in, so {% load %} makes no statement: it checks that what is asked for is there. */
#include "base/nearest.h"
#include "template/dates.h"
#include "template/engine.h"
#include "template/exec.h"
#include "template/lexer_tokens.h"
#include "template/tag_args.h"

#include "canteen/common.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* ---- load ---- */

static const char *const libraries[] = { "cache", "humanize", "i18n", "l10n", "static", "tz" };

static void check_library(ct_parser *p, ct_str name)
{
    for (size_t i = 0; i < CT_COUNT(libraries); i++)
        if (ct_str_eq(name, ct_str_of(libraries[i])))
            return;
    const char *word = ct_engine_printf(p->engine, "%.*s", (int)CT_MIN(name.length, (size_t)100), name.data);
    ct_nearest nearest = ct_nearest_to(word);
    for (size_t i = 0; i < CT_COUNT(libraries); i++)
        ct_nearest_try(&nearest, libraries[i]);
    if (nearest.best)
        ct_parse_refuse(p, name.data, "unknown library '%s'; did you mean '%s'?", word, nearest.best);
    else
        ct_parse_refuse(p, name.data,
                        "unknown library '%s': there are cache, humanize, i18n, l10n, static and tz; the filters and "
                        "functions of an app need no {%% load %%}",
                        word);
}

/* {% load a b %}, {% load tag filter from library %} */
void ct_tag_load(ct_parser *p, const ct_token *tag)
{
    ct_arguments words = { 0 };
    (void)tag;
    while (!ct_at_type(p, CT_TOKEN_TAG_END))
        ct_arguments_add(p, &words, ct_take_word(p, "the name of a library"), NULL);
    uint32_t count = words.count;
    ct_expect_tag_end(p);
    if (count < 3 || !ct_str_eq(words.items[count - 2].name, CT_STR("from"))) {
        for (uint32_t i = 0; i < count; i++)
            check_library(p, words.items[i].name);
        return;
    }
    ct_str library = words.items[count - 1].name;
    check_library(p, library);
    for (uint32_t i = 0; i < count - 2; i++) {
        ct_str name = words.items[i].name;
        if (!ct_tag_find(name) && !ct_engine_filter(p->engine, name, CT_LANGUAGE_DJANGO, 0))
            ct_parse_fail(p, name.data, "the library '%.*s' has no tag or filter '%.*s'", CT_STR_ARG(library),
                          CT_STR_ARG(name));
    }
}

/* ---- firstof ---- */

typedef struct {
    ct_arguments arguments;
    ct_result result;
} firstof;

static ct_flow exec_firstof(ct_renderer *r, const ct_stmt *s)
{
    const firstof *data = s->other.data;
    size_t start = r->out->length;
    for (uint32_t i = 0; i < data->arguments.count; i++) {
        ct_tval v = ct_eval_argument(r, data->arguments.items[i].value);
        r->at = s->place;
        if (ct_tval_truth(r, v)) {
            ct_output(r, v, s->django);
            break;
        }
    }
    ct_result_written(r, &data->result, start);
    return CT_FLOW_NEXT;
}

void ct_tag_firstof(ct_parser *p, const ct_token *tag)
{
    firstof *data = ct_engine_take(p->engine, sizeof(*data));
    while (!ct_at_type(p, CT_TOKEN_TAG_END) && !ct_at_as(p))
        ct_arguments_add(p, &data->arguments, (ct_str){ 0 }, ct_parse_argument(p, CT_MISSING_NONE));
    if (!data->arguments.count)
        ct_unexpected(p, "a variable or a literal");
    data->result = ct_parse_result(p);
    ct_stmt_new(p, exec_firstof, tag->text.data)->other.data = data;
}

/* ---- spaceless ---- */

/* Takes the whitespace between tags and around everything away; returns the new length. */
static size_t strip_between_tags(char *text, size_t length)
{
    const char *at = ct_skip_space(text, text + length), *end = ct_skip_space_back(at, text + length);
    char *out = text;
    while (at < end) {
        const char *close = memchr(at, '>', (size_t)(end - at)), *next = close ? close + 1 : end;
        memmove(out, at, (size_t)(next - at));
        out += next - at;
        at = next;
        const char *after = ct_skip_space(at, end);
        if (after < end && *after == '<')
            at = after;
    }
    return (size_t)(out - text);
}

static ct_flow exec_spaceless(ct_renderer *r, const ct_stmt *s)
{
    const ct_body *body = s->other.data;
    size_t start = r->out->length;
    ct_flow flow = ct_exec_body(r, body);
    ct_render_step_walk(r, r->out->length - start);
    if (r->out->length > start)
        r->out->length = start + strip_between_tags(r->out->data + start, r->out->length - start);
    return flow;
}

void ct_tag_spaceless(ct_parser *p, const ct_token *tag)
{
    ct_body *body = ct_engine_take(p->engine, sizeof(*body));
    ct_expect_tag_end(p);
    *body = ct_parse_body_to(p, tag, "endspaceless");
    ct_stmt_new(p, exec_spaceless, tag->text.data)->other.data = body;
}

/* ---- now ---- */

typedef struct {
    ct_str format; /* as it stands between the quotes: the format has escapes of its own */
    ct_result result;
} now;

static ct_flow exec_now(ct_renderer *r, const ct_stmt *s)
{
    const now *data = s->other.data;
    size_t start = r->out->length;
    ct_date_write(r->out, ct_now(), data->format);
    if (data->result.named) {
        ct_tval text = ct_capture_end(r, start);
        text.flags = 0;
        ct_assign(r, &data->result.target, text);
    }
    return CT_FLOW_NEXT;
}

void ct_tag_now(ct_parser *p, const ct_token *tag)
{
    now *data = ct_engine_take(p->engine, sizeof(*data));
    if (!ct_at_type(p, CT_TOKEN_STRING))
        ct_unexpected(p, "a format in quotes");
    data->format = (ct_str){ p->at->text.data + 1, p->at->text.length - 2 };
    if (!data->format.length)
        data->format = CT_STR("DATE_FORMAT");
    p->at++;
    data->result = ct_parse_result(p);
    ct_stmt_new(p, exec_now, tag->text.data)->other.data = data;
}

/* ---- widthratio ---- */

/* What float() makes of a text: NaN and infinities too, single underscores between digits, no hexadecimal. */
static bool real_of_text(ct_str text, double *ret_value)
{
    char digits[512];
    size_t length = 0;
    const char *end = ct_skip_space_back(text.data, text.data + text.length), *at = ct_skip_space(text.data, end);
    if (at == end || (size_t)(end - at) >= sizeof(digits))
        return false;
    for (; at < end; at++) {
        bool digit = *at >= '0' && *at <= '9';
        if (*at == '_' && length && at + 1 < end && at[1] >= '0' && at[1] <= '9' && at[-1] >= '0' && at[-1] <= '9')
            continue;
        if (!digit && !memchr("+-.eEnaifNAIFtyTY", *at, 17))
            return false;
        digits[length++] = *at;
    }
    digits[length] = '\0';
    static locale_t c_locale; /* the decimal point is '.' whatever the locale */
    if (!c_locale)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *rest;
    *ret_value = c_locale ? strtod_l(digits, &rest, c_locale) : strtod(digits, &rest);
    return *rest == '\0';
}

static bool real_of(ct_tval v, double *ret_value)
{
    switch ((ct_ttype)v.type) {
    case CT_T_BOOL:
    case CT_T_INT:
        *ret_value = (double)v.integer;
        return true;
    case CT_T_REAL:
        *ret_value = v.real;
        return true;
    case CT_T_DECIMAL:
        *ret_value = ct_decimal_real(*v.decimal);
        return true;
    case CT_T_TEXT:
        return real_of_text(ct_t_get_str(v), ret_value);
    default:
        return false;
    }
}

/* What int() makes of a value: reals lose their fraction, text is a whole number. */
static bool whole_of(ct_tval v, double *ret_value)
{
    if (v.type == CT_T_TEXT && memchr(v.text, '.', v.length))
        return false;
    if (v.type == CT_T_TEXT && (memchr(v.text, 'e', v.length) || memchr(v.text, 'E', v.length)))
        return false;
    if (!real_of(v, ret_value) || !isfinite(*ret_value))
        return false;
    *ret_value = trunc(*ret_value);
    return true;
}

typedef struct {
    const ct_node *value, *most, *width;
    ct_result result;
} widthratio;

/* The ratio as a whole number, halves to even; "" where there is none. */
static ct_tval ratio_text(ct_renderer *r, ct_tval value, ct_tval most, double width)
{
    double part, whole;
    if (!real_of(value, &part) || !real_of(most, &whole))
        return CT_T_LITERAL("");
    if (whole == 0)
        return CT_T_LITERAL("0");
    double ratio = rint(part / whole * width);
    if (!isfinite(ratio))
        return CT_T_LITERAL("");
    ct_buffer text = ct_text_begin(r);
    if (fabs(ratio) < 1e15) {
        if (ratio < 0)
            ct_buffer_char(&text, '-');
        ct_buffer_uint(&text, (uint64_t)fabs(ratio));
    } else {
        ct_buffer_printf(&text, "%.0f", ratio);
    }
    return ct_text_end(r, &text);
}

static ct_flow exec_widthratio(ct_renderer *r, const ct_stmt *s)
{
    const widthratio *data = s->other.data;
    ct_tval value = ct_eval_argument(r, data->value), most = ct_eval_argument(r, data->most),
            width = ct_eval_argument(r, data->width);
    double most_width;
    r->at = s->place;
    if (!whole_of(width, &most_width))
        ct_render_fail(r, "the last argument of widthratio must be a number, not %s", ct_tval_type_name(width));
    ct_result_give(r, &data->result, ratio_text(r, value, most, most_width), s->django);
    return CT_FLOW_NEXT;
}

void ct_tag_widthratio(ct_parser *p, const ct_token *tag)
{
    widthratio *data = ct_engine_take(p->engine, sizeof(*data));
    data->value = ct_parse_argument(p, CT_MISSING_EMPTY);
    data->most = ct_parse_argument(p, CT_MISSING_EMPTY);
    data->width = ct_parse_argument(p, CT_MISSING_EMPTY);
    data->result = ct_parse_result(p);
    ct_stmt_new(p, exec_widthratio, tag->text.data)->other.data = data;
}

/* ---- templatetag ---- */

void ct_tag_templatetag(ct_parser *p, const ct_token *tag)
{
    static const struct {
        const char *name;
        ct_str text;
    } parts[] = {
        { "openblock", CT_STR("{%") },     { "closeblock", CT_STR("%}") },   { "openvariable", CT_STR("{{") },
        { "closevariable", CT_STR("}}") }, { "openbrace", CT_STR("{") },     { "closebrace", CT_STR("}") },
        { "opencomment", CT_STR("{#") },   { "closecomment", CT_STR("#}") },
    };
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (ct_take_name(p, parts[i].name)) {
            ct_expect_tag_end(p);
            ct_stmt_new(p, ct_exec_text, tag->text.data)->text = ct_literal_of(parts[i].text);
            return;
        }
    ct_unexpected(p, "openblock, closeblock, openvariable, closevariable, openbrace, closebrace, opencomment or "
                     "closecomment");
}
