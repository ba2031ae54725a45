/* Django's libraries l10n and tz: localize, localtime, timezone, get_current_timezone, and the filters localize,
 * unlocalize, localtime, utc and timezone.
 *
 * Numbers and dates are written as in en-us, which is Django's default: all that {% localize off %} and unlocalize
 * change is that large reals keep their exponent. Moments are in UTC, which is the local time as well, so localtime has
 * nothing to convert. Other zones there are none: the C library knows those of the environment alone, for the whole
 * process. A page that names one is refused rather than shown with the wrong time. */
#include "template/dates.h"
#include "template/django_filters.h"
#include "template/engine.h"
#include "template/render.h"
#include "template/tag_args.h"

typedef struct {
    ct_body body;
    const ct_node *zone; /* of timezone; NULL */
    bool on;             /* of localize */
} local;

/* Nothing, `on` or `off`, and the end of the tag. */
static bool parse_switch(ct_parser *p)
{
    bool off = ct_take_name(p, "off");
    if (!off && !ct_at_type(p, CT_TOKEN_TAG_END) && !ct_take_name(p, "on"))
        ct_unexpected(p, "'on' or 'off'");
    ct_expect_tag_end(p);
    return !off;
}

/* ---- l10n ---- */

static ct_flow exec_localize(ct_renderer *r, const ct_stmt *s)
{
    const local *data = s->other.data;
    bool before = r->unlocalized;
    r->unlocalized = !data->on;
    ct_flow flow = ct_exec_body(r, &data->body);
    r->unlocalized = before;
    return flow;
}

void ct_tag_localize(ct_parser *p, const ct_token *tag)
{
    local *data = ct_engine_take(p->engine, sizeof(*data));
    data->on = parse_switch(p);
    data->body = ct_parse_body_to(p, tag, "endlocalize");
    ct_stmt_new(p, exec_localize, tag->text.data)->other.data = data;
}

ct_tval ct_django_localize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval v = args[0];
    (void)count;
    if (v.type == CT_T_DATETIME)
        return ct_django_format_date(r, v, v.flags & CT_T_DAY ? CT_STR("DATE_FORMAT") : CT_STR("DATETIME_FORMAT"));
    if (v.type == CT_T_CLOCK)
        return ct_django_format_date(r, v, CT_STR("TIME_FORMAT"));
    if (v.type != CT_T_REAL)
        return ct_tval_text(r, v);
    ct_buffer text = ct_text_begin(r);
    ct_write_localized(&text, v.real, false);
    return ct_text_end(r, &text);
}

ct_tval ct_django_unlocalize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    return args[0].type == CT_T_REAL ? ct_tval_text(r, args[0]) : ct_django_localize(r, args, count);
}

/* ---- tz ---- */

#define NO_ZONE "there is no time zone '%.*s' here, only UTC: convert the moment in C and give the page text"

static bool is_utc(ct_str name)
{
    return ct_str_eq_nocase(name, CT_STR("UTC")) || ct_str_eq_nocase(name, CT_STR("Etc/UTC"));
}

/* The name of a zone in a template: known when it is compiled, so it is told then. */
static void check_zone(ct_parser *p, const ct_node *zone)
{
    ct_str name;
    if (ct_is_constant_text(zone, &name) && !is_utc(name))
        ct_parse_fail(p, zone->place, NO_ZONE, CT_STR_ARG(name));
}

void ct_check_zone_filter(ct_parser *p, const ct_callable *filter, const ct_args *args)
{
    if (filter && filter->fn->function == ct_django_timezone && args->count > 1)
        check_zone(p, args->positional[1]);
}

static ct_flow exec_local_body(ct_renderer *r, const ct_stmt *s)
{
    const local *data = s->other.data;
    ct_tval zone = data->zone ? ct_eval_argument(r, data->zone) : ct_t_none();
    r->at = s->place;
    if (zone.type != CT_T_NONE && !ct_t_is_text(zone))
        ct_render_fail(r, "the name of a time zone is text, not %s", ct_tval_type_name(zone));
    if (zone.type != CT_T_NONE && !is_utc(ct_t_get_str(zone)))
        ct_render_fail(r, NO_ZONE, CT_STR_ARG(ct_t_get_str(zone)));
    return ct_exec_body(r, &data->body);
}

void ct_tag_localtime(ct_parser *p, const ct_token *tag)
{
    local *data = ct_engine_take(p->engine, sizeof(*data));
    parse_switch(p);
    data->body = ct_parse_body_to(p, tag, "endlocaltime");
    ct_stmt_new(p, exec_local_body, tag->text.data)->other.data = data;
}

/* {% timezone "UTC" %}, {% timezone None %} */
void ct_tag_timezone(ct_parser *p, const ct_token *tag)
{
    local *data = ct_engine_take(p->engine, sizeof(*data));
    data->zone = ct_parse_argument(p, CT_MISSING_EMPTY);
    check_zone(p, data->zone);
    ct_expect_tag_end(p);
    data->body = ct_parse_body_to(p, tag, "endtimezone");
    ct_stmt_new(p, exec_local_body, tag->text.data)->other.data = data;
}

static ct_flow exec_current_timezone(ct_renderer *r, const ct_stmt *s)
{
    const ct_result *result = s->other.data;
    ct_result_give(r, result, CT_T_LITERAL("UTC"), s->django);
    return CT_FLOW_NEXT;
}

/* {% get_current_timezone as x %} */
void ct_tag_get_current_timezone(ct_parser *p, const ct_token *tag)
{
    ct_result *result = ct_engine_take(p->engine, sizeof(*result));
    *result = ct_parse_variable(p);
    ct_stmt_new(p, exec_current_timezone, tag->text.data)->other.data = result;
}

static bool is_moment(ct_tval v)
{
    return v.type == CT_T_DATETIME && !(v.flags & CT_T_DAY);
}

/* localtime and utc: the local time is UTC. */
ct_tval ct_django_utc(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r, (void)count;
    return is_moment(args[0]) ? args[0] : CT_T_LITERAL("");
}

ct_tval ct_django_timezone(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (!is_moment(args[0]) || !ct_t_is_text(args[1]))
        return CT_T_LITERAL("");
    if (!is_utc(ct_t_get_str(args[1])))
        ct_render_fail(r, NO_ZONE, CT_STR_ARG(ct_t_get_str(args[1])));
    return args[0];
}
