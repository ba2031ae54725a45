/* The tags of both languages: the one place that knows their names. */
#include "template/exec.h"
#include "template/parser.h"
#include "template/render.h"
#include "template/tag_args.h"

#include "base/nearest.h"

/* clang-format off */
const ct_tag ct_tags[] = {
    { "autoescape",       ct_tag_autoescape,        'b' },
    { "block",            ct_tag_block,             'b' },
    { "extends",          ct_tag_extends,           'b' },
    { "filter",           ct_tag_filter,            'b' },
    { "for",              ct_tag_for,               'b' },
    { "if",               ct_tag_if,                'b' },
    { "include",          ct_tag_include,           'b' },
    { "with",             ct_tag_with,              'b' },
    { "debug",            ct_tag_debug,             'b' },
    { "trans",            ct_tag_trans,             'b' },
    { "break",            ct_tag_break,             'j' },
    { "call",             ct_tag_call,              'j' },
    { "continue",         ct_tag_continue,          'j' },
    { "do",               ct_tag_do,                'j' },
    { "from",             ct_tag_from,              'j' },
    { "import",           ct_tag_import,            'j' },
    { "macro",            ct_tag_macro,             'j' },
    { "set",              ct_tag_set,               'j' },
    { "blocktrans",       ct_tag_blocktrans,        'd' },
    { "blocktranslate",   ct_tag_blocktrans,        'd' },
    { "csrf_token",       ct_tag_csrf_token,        'd' },
    { "cycle",            ct_tag_cycle,             'd' },
    { "firstof",          ct_tag_firstof,           'd' },
    { "get_available_languages", ct_tag_get_available_languages, 'd' },
    { "get_current_language", ct_tag_get_current_language, 'd' },
    { "get_current_language_bidi", ct_tag_get_current_language_bidi, 'd' },
    { "get_current_timezone", ct_tag_get_current_timezone, 'd' },
    { "get_language_info", ct_tag_get_language_info, 'd' },
    { "get_language_info_list", ct_tag_get_language_info, 'd' },
    { "get_media_prefix", ct_tag_get_static_prefix, 'd' },
    { "get_static_prefix", ct_tag_get_static_prefix, 'd' },
    { "ifchanged",        ct_tag_ifchanged,         'd' },
    { "language",         ct_tag_language,          'd' },
    { "load",             ct_tag_load,              'd' },
    { "localize",         ct_tag_localize,          'd' },
    { "localtime",        ct_tag_localtime,         'd' },
    { "lorem",            ct_tag_lorem,             'd' },
    { "now",              ct_tag_now,               'd' },
    { "partial",          ct_tag_partial,           'd' },
    { "partialdef",       ct_tag_partialdef,        'd' },
    { "querystring",      ct_tag_querystring,       'd' },
    { "regroup",          ct_tag_regroup,           'd' },
    { "resetcycle",       ct_tag_resetcycle,        'd' },
    { "spaceless",        ct_tag_spaceless,         'd' },
    { "static",           ct_tag_static,            'd' },
    { "templatetag",      ct_tag_templatetag,       'd' },
    { "timezone",         ct_tag_timezone,          'd' },
    { "translate",        ct_tag_trans,             'd' },
    { "url",              ct_tag_url,               'd' },
    { "widthratio",       ct_tag_widthratio,        'd' },
    /* words that belong to another tag */
    { "else",             NULL,                     'b' },
    { "elif",             NULL,                     'b' },
    { "endautoescape",    NULL,                     'b' },
    { "endblock",         NULL,                     'b' },
    { "endfilter",        NULL,                     'b' },
    { "endfor",           NULL,                     'b' },
    { "endif",            NULL,                     'b' },
    { "endwith",          NULL,                     'b' },
    { "endcall",          NULL,                     'j' },
    { "endmacro",         NULL,                     'j' },
    { "endraw",           NULL,                     'j' },
    { "endset",           NULL,                     'j' },
    { "endtrans",         NULL,                     'j' },
    { "pluralize",        NULL,                     'j' },
    { "raw",              NULL,                     'j' },
    { "comment",          NULL,                     'd' },
    { "empty",            NULL,                     'd' },
    { "endblocktrans",    NULL,                     'd' },
    { "endblocktranslate", NULL,                    'd' },
    { "endcomment",       NULL,                     'd' },
    { "endifchanged",     NULL,                     'd' },
    { "endlanguage",      NULL,                     'd' },
    { "endlocalize",      NULL,                     'd' },
    { "endlocaltime",     NULL,                     'd' },
    { "endpartialdef",    NULL,                     'd' },
    { "endspaceless",     NULL,                     'd' },
    { "endtimezone",      NULL,                     'd' },
    { "endverbatim",      NULL,                     'd' },
    { "plural",           NULL,                     'd' },
    { "verbatim",         NULL,                     'd' },
    { NULL,               NULL,                     0 },
};
/* clang-format on */

const ct_tag *ct_tag_find(ct_str name)
{
    for (const ct_tag *tag = ct_tags; tag->name; tag++)
        if (ct_str_eq(name, ct_str_of(tag->name)))
            return tag;
    return NULL;
}

const char *ct_suggest_tag(ct_parser *p, ct_str name)
{
    if (ct_str_eq(name, CT_STR("elseif"))) /* of other languages; `else` is as near */
        return "; did you mean 'elif'?";
    ct_nearest nearest = ct_nearest_to(ct_engine_printf(p->engine, "%.*s", CT_STR_ARG(name)));
    for (const ct_tag *tag = ct_tags; tag->name; tag++)
        ct_nearest_try(&nearest, tag->name);
    return nearest.best ? ct_engine_printf(p->engine, "; did you mean '%s'?", nearest.best) : "";
}

/* ---- functions of apps as tags ---- */

typedef struct {
    const ct_callable *callable;
    ct_call call; /* the names; values are evaluated each time */
    const ct_node *const *values;
    ct_result result;
} function_tag;

static ct_flow exec_function(ct_renderer *r, const ct_stmt *s)
{
    const function_tag *tag = s->other.data;
    uint32_t count = tag->call.count + tag->call.named_count;
    ct_tval *values = ct_render_take(r, (count + 1) * sizeof(*values));
    for (uint32_t i = 0; i < count; i++)
        values[i] = ct_eval_argument(r, tag->values[i]);
    ct_call call = tag->call;
    call.args = values;
    call.named = values + call.count;
    r->at = s->place;
    ct_result_give(r, &tag->result, ct_callable_call(r, tag->callable, ct_t_unset(), &call), true);
    return CT_FLOW_NEXT;
}

bool ct_parse_function_tag(ct_parser *p, const ct_token *tag)
{
    const ct_callable *callable = ct_engine_global(p->engine, tag->text);
    if (!callable || ct_engine_is_builtin_global(p->engine, callable))
        return false;
    function_tag *data = ct_engine_take(p->engine, sizeof(*data));
    ct_stmt *s = ct_stmt_new(p, exec_function, tag->text.data);
    ct_arguments arguments = { 0 };
    s->other.data = data;
    data->callable = callable;
    ct_parse_arguments(p, &arguments, CT_MISSING_NONE);
    data->result = ct_parse_result(p);
    const ct_node **values = ct_engine_take(p->engine, (arguments.count + 1) * sizeof(*values));
    ct_str *names = ct_engine_take(p->engine, (arguments.count + 1) * sizeof(*names));
    for (uint32_t i = 0; i < arguments.count; i++) {
        values[i] = arguments.items[i].value;
        if (arguments.items[i].name.data)
            names[data->call.named_count++] = arguments.items[i].name;
        else
            data->call.count++;
    }
    data->values = values;
    data->call.names = names;
    const char *refusal = ct_callable_refuses(p->engine, callable, data->call.count, names, data->call.named_count);
    if (refusal)
        ct_parse_refuse(p, tag->text.data, "the tag '%.*s' %s", CT_STR_ARG(tag->text), refusal);
    return true;
}
