/* Django's tags and filters that ask for languages: get_current_language, get_current_language_bidi,
 * get_available_languages, get_language_info, get_language_info_list, language; language_name and its sisters.
 *
 * The engine has no settings for languages: those that an app speaks are known to its translator alone. The tags go by
 * the variables LANGUAGE_CODE and LANGUAGES, which Django's context processor i18n gives to pages; without them the
 * language is en-us, as numbers and dates are written. {% language %} tells the translator which language its body is
 * to be in; with None nothing is translated there. */
#include "template/engine.h"
#include "template/lang_info.h"
#include "template/render.h"
#include "template/tag_args.h"
#include "template/trans.h"

#include "template/django_filters.h"

/* ---- what is known of a language ---- */

static const ct_lang_info *info_of(ct_renderer *r, ct_tval code)
{
    if (!ct_t_is_text(code))
        ct_render_fail(r, "the code of a language is text, not %s", ct_tval_type_name(code));
    const ct_lang_info *info = ct_lang_info_of(ct_t_get_str(code));
    if (!info)
        ct_render_fail(r, "there is no language '%.*s'", CT_STR_ARG(ct_t_get_str(code)));
    return info;
}

static ct_tval constant(const char *text)
{
    return ct_t_str(ct_str_of(text));
}

static ct_tval translated(ct_renderer *r, const char *name)
{
    return ct_t_str(ct_translated(r, &(ct_message){ .singular = name }));
}

static ct_tval describe(ct_renderer *r, ct_tval code)
{
    const ct_lang_info *info = info_of(r, code);
    ct_tdict *dict = ct_tdict_new(r);
    ct_tdict_set(r, dict, CT_T_LITERAL("bidi"), ct_t_bool(info->bidi));
    ct_tdict_set(r, dict, CT_T_LITERAL("code"), constant(info->code));
    ct_tdict_set(r, dict, CT_T_LITERAL("name"), constant(info->name));
    ct_tdict_set(r, dict, CT_T_LITERAL("name_local"), constant(info->name_local));
    ct_tdict_set(r, dict, CT_T_LITERAL("name_translated"), translated(r, info->name));
    return ct_t_dict(dict);
}

ct_tval ct_django_language_name(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return constant(info_of(r, args[0])->name);
}

ct_tval ct_django_language_name_local(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return constant(info_of(r, args[0])->name_local);
}

ct_tval ct_django_language_name_translated(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return translated(r, info_of(r, args[0])->name);
}

ct_tval ct_django_language_bidi(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(info_of(r, args[0])->bidi);
}

/* ---- which languages there are ---- */

typedef struct {
    ct_tval (*ask)(ct_renderer *r, ct_tval v);
    const ct_node *of; /* what is asked about */
    ct_result result;
} question;

/* The code of the language that the place is in; None: nothing is translated there. */
static ct_tval current_language(ct_renderer *r, ct_tval page)
{
    if (r->language)
        return *r->language ? constant(r->language) : ct_t_none();
    return ct_t_is_text(page) && page.length ? page : CT_T_LITERAL("en-us");
}

static ct_tval current_bidi(ct_renderer *r, ct_tval page)
{
    ct_tval code = current_language(r, page);
    return ct_t_bool(ct_t_is_text(code) && ct_lang_is_bidi(ct_t_get_str(code)));
}

/* The first of a pair as LANGUAGES has them, or the code itself. */
static ct_tval code_of(ct_renderer *r, ct_tval language)
{
    return ct_t_is_text(language) ? language : ct_tval_item(r, language, ct_t_int(0));
}

/* A language with its name, translated. */
static ct_tval available(ct_renderer *r, ct_tval language)
{
    ct_tval code = code_of(r, language);
    const char *name;
    if (ct_t_is_text(language))
        name = info_of(r, code)->name;
    else
        name = ct_trans_text(r, ct_tval_item(r, language, ct_t_int(1)));
    return ct_t_pair(r, code, translated(r, name));
}

static ct_tval each(ct_renderer *r, ct_tval languages, ct_tval (*make)(ct_renderer *r, ct_tval language))
{
    ct_seq seq;
    ct_seq_init(r, &seq, languages);
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_render_step(r, 1);
        ct_tlist_add(r, list, make(r, ct_seq_at(r, &seq, i)));
    }
    return ct_t_list(list);
}

/* Without LANGUAGES there is English alone, in which everything is written. */
static ct_tval all_available(ct_renderer *r, ct_tval languages)
{
    if (languages.type != CT_T_UNDEFINED)
        return each(r, languages, available);
    ct_tlist *list = ct_tlist_new(r, 1);
    ct_tlist_add(r, list, available(r, CT_T_LITERAL("en")));
    return ct_t_list(list);
}

static ct_tval describe_one_of(ct_renderer *r, ct_tval language)
{
    return describe(r, code_of(r, language));
}

static ct_tval describe_all(ct_renderer *r, ct_tval languages)
{
    return each(r, languages, describe_one_of);
}

static ct_flow exec_question(ct_renderer *r, const ct_stmt *s)
{
    const question *data = s->other.data;
    ct_tval of = ct_eval_node(r, data->of);
    r->at = s->place;
    ct_result_give(r, &data->result, data->ask(r, of), s->django);
    return CT_FLOW_NEXT;
}

/* {% name as x %}, which goes by a variable of the page. */
static void parse_question(ct_parser *p, const ct_token *tag, ct_str variable,
                           ct_tval (*ask)(ct_renderer *r, ct_tval v))
{
    question *data = ct_engine_take(p->engine, sizeof(*data));
    data->ask = ask;
    data->of = ct_name_node(p, ct_engine_symbol(p->engine, variable), tag->text.data);
    data->result = ct_parse_variable(p);
    ct_stmt_new(p, exec_question, tag->text.data)->other.data = data;
}

void ct_tag_get_current_language(ct_parser *p, const ct_token *tag)
{
    parse_question(p, tag, CT_STR("LANGUAGE_CODE"), current_language);
}

void ct_tag_get_current_language_bidi(ct_parser *p, const ct_token *tag)
{
    parse_question(p, tag, CT_STR("LANGUAGE_CODE"), current_bidi);
}

void ct_tag_get_available_languages(ct_parser *p, const ct_token *tag)
{
    parse_question(p, tag, CT_STR("LANGUAGES"), all_available);
}

static ct_flow exec_info(ct_renderer *r, const ct_stmt *s)
{
    const question *data = s->other.data;
    ct_tval of = ct_eval_argument(r, data->of);
    r->at = s->place;
    ct_result_give(r, &data->result, data->ask(r, of), s->django);
    return CT_FLOW_NEXT;
}

/* {% get_language_info for code as x %}, {% get_language_info_list for codes as x %} */
void ct_tag_get_language_info(ct_parser *p, const ct_token *tag)
{
    question *data = ct_engine_take(p->engine, sizeof(*data));
    data->ask = ct_str_eq(tag->text, CT_STR("get_language_info")) ? describe : describe_all;
    if (!ct_take_name(p, "for"))
        ct_unexpected(p, "'for'");
    data->of = ct_parse_argument(p, CT_MISSING_EMPTY);
    data->result = ct_parse_variable(p);
    ct_stmt_new(p, exec_info, tag->text.data)->other.data = data;
}

/* ---- language ---- */

typedef struct {
    const ct_node *code;
    ct_body body;
} language;

static ct_flow exec_language(ct_renderer *r, const ct_stmt *s)
{
    const language *data = s->other.data;
    const char *before = r->language;
    ct_tval code = ct_eval_argument(r, data->code);
    r->at = s->place;
    if (code.type != CT_T_NONE && !ct_t_is_text(code))
        ct_render_fail(r, "the code of a language is text, not %s", ct_tval_type_name(code));
    r->language = code.type == CT_T_NONE ? "" : ct_trans_text(r, code);
    ct_flow flow = ct_exec_body(r, &data->body);
    r->language = before;
    return flow;
}

/* {% language "de" %}...{% endlanguage %} */
void ct_tag_language(ct_parser *p, const ct_token *tag)
{
    language *data = ct_engine_take(p->engine, sizeof(*data));
    data->code = ct_parse_argument(p, CT_MISSING_EMPTY);
    ct_expect_tag_end(p);
    data->body = ct_parse_body_to(p, tag, "endlanguage");
    ct_stmt_new(p, exec_language, tag->text.data)->other.data = data;
}
