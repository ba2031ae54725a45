/* {% partialdef name %}...{% endpartialdef %} and {% partial name %}: parts of a template that can be shown again, and
 * alone as "template.html#name".
 *
 * A partial is a unit of its own, run with the variables of the place where it is used; what it sets stays inside. It
 * may be used above its definition, so its name is looked up while rendering, in the template that uses it. */
#include "template/tag_args.h"

#include "template/engine.h"

typedef struct {
    const ct_template *template;
    const ct_symbol *name;
    const ct_scope *scope; /* what is visible where it is used */
    const ct_unit *unit;   /* of `inline` definitions: known already */
} use;

static const ct_unit *find_partial(ct_renderer *r, const use *data)
{
    const ct_template *template = data->template;
    int32_t place = ct_places_find(&template->partial_names, data->name);
    if (place >= 0)
        return template->partials[place];
    ct_render_fail(r, "the template has no partial '%.*s'%s", CT_STR_ARG(data->name->name),
                   ct_engine_suggest_symbol(r->engine, &template->partial_names, data->name->name));
}

static ct_flow exec_partial(ct_renderer *r, const ct_stmt *s)
{
    const use *data = s->other.data;
    r->at = s->place;
    const ct_unit *unit = data->unit ? data->unit : find_partial(r, data);
    ct_frame frame;
    ct_env env = { .outer = r->env, .scope = data->scope, .slots = r->slots };
    ct_frame_enter(r, &frame, unit, r->page, unit->captured ? ct_env_keep(r, data->scope) : &env, "partial shown by");
    ct_exec_body(r, &unit->body);
    ct_frame_leave(r, &frame);
    return CT_FLOW_NEXT;
}

static use *add_use(ct_parser *p, const ct_token *tag, const ct_symbol *name)
{
    use *data = ct_engine_take(p->engine, sizeof(*data));
    data->template = p->template;
    data->name = name;
    data->scope = p->scope;
    ct_note_loop(p);
    ct_unit_capture(p); /* macros of what the partial includes may refer to it */
    ct_stmt_new(p, exec_partial, tag->text.data)->other.data = data;
    return data;
}

void ct_tag_partial(ct_parser *p, const ct_token *tag)
{
    ct_str name = ct_take_word(p, "the name of a partial");
    ct_expect_tag_end(p);
    add_use(p, tag, ct_engine_symbol(p->engine, name));
}

static ct_unit *parse_unit(ct_parser *p, const ct_token *tag, ct_str name)
{
    static const char *const ends[] = { "endpartialdef", NULL };
    ct_unit_saved saved;
    uint32_t end;
    ct_unit *unit = ct_unit_open(p, &saved, "partial", name);
    unit->autoescape = -1; /* as it is where the partial is used */
    unit->body = ct_parse_body(p, tag, ends, &end);
    ct_unit_close(p, &saved);
    if (!ct_at_type(p, CT_TOKEN_TAG_END)) {
        const char *place = p->at->text.data;
        ct_str repeated = ct_take_word(p, "the name of the partial");
        if (!ct_str_eq(repeated, name))
            ct_parse_fail(p, place, "'endpartialdef %.*s' closes the partial '%.*s'", CT_STR_ARG(repeated),
                          CT_STR_ARG(name));
    }
    ct_expect_tag_end(p);
    return unit;
}

void ct_tag_partialdef(ct_parser *p, const ct_token *tag)
{
    const char *place = p->at->text.data;
    ct_str word = ct_take_word(p, "the name of the partial");
    const ct_symbol *name = ct_engine_symbol(p->engine, word);
    bool shown = ct_take_name(p, "inline");
    if (!ct_at_type(p, CT_TOKEN_TAG_END))
        ct_unexpected(p, shown ? "the end of the tag" : "'inline' or the end of the tag");
    p->at++;
    ct_unit *unit = parse_unit(p, tag, word);
    ct_add_partial(p, name, unit, place);
    if (shown)
        add_use(p, tag, name)->unit = unit;
}
