/* Parents and blocks: {% extends %}, {% block %}, super(), self and Django's block.super.
 *
 * A page's chain begins with the template that was asked for; each {% extends %} adds its parent. A block is run from
 * the first template of the chain that has it; super() is the next one after that. */
#include "template/engine.h"
#include "template/eval.h"
#include "template/exec.h"
#include "template/page.h"
#include "template/parser.h"
#include "template/render.h"
#include "template/tag_args.h"

/* ---- the chain ---- */

static void add_to_chain(ct_renderer *r, ct_page *page, const ct_template *template)
{
    page->chain = ct_render_grown(r, page->chain, page->chain_count, sizeof(*page->chain), 4);
    page->chain[page->chain_count++] = template;
}

static const ct_block *block_of(const ct_template *template, const ct_symbol *name)
{
    int32_t place = ct_places_find(&template->block_names, name);
    return place >= 0 ? template->blocks[place] : NULL;
}

/* The block of the first template from `level` on that has it; its place in the chain. */
static const ct_block *find_block(const ct_page *page, const ct_symbol *name, uint32_t level, uint32_t *ret_level)
{
    for (uint32_t i = level; i < page->chain_count; i++) {
        const ct_block *block = block_of(page->chain[i], name);
        if (block) {
            *ret_level = i;
            return block;
        }
    }
    return NULL;
}

static void run_block(ct_renderer *r, ct_page *page, const ct_block *block, uint32_t level, const ct_env *env)
{
    ct_frame frame;
    struct ct_running outer = r->running;
    if (block->required)
        ct_render_fail(r, "the block '%.*s' is required: a template that extends this one must define it",
                       CT_STR_ARG(block->name->name));
    ct_frame_enter(r, &frame, block->unit, page, env, "in a block of");
    r->running = (struct ct_running){ .page = page, .block = block, .level = level, .env = env };
    ct_exec_body(r, &block->unit->body);
    r->running = outer;
    ct_frame_leave(r, &frame);
}

ct_flow ct_exec_block(ct_renderer *r, const ct_stmt *s)
{
    uint32_t level = 0;
    ct_page *page = r->page;
    if (page->parent && r->template == page->chain[page->chain_count - 1])
        return CT_FLOW_NEXT; /* at the top of a template that has named its parent: shown there */
    const ct_block *block = find_block(page, s->block.block->name, 0, &level);
    r->at = s->place;
    if (!s->block.scope) {
        run_block(r, page, block, level, NULL);
        return CT_FLOW_NEXT;
    }
    run_block(r, page, block, level, ct_env_keep(r, s->block.scope));
    return CT_FLOW_NEXT;
}

/* ---- super and self ---- */

/* super, self.name and block: something that runs a block when it is called. */
typedef struct {
    ct_tobject object;
    ct_page *page;
    const ct_symbol *name; /* NULL: self */
    const ct_block *block;
    uint32_t level;
    const ct_env *env;
} block_object;

static const ct_tclass super_class, self_class, django_block_class;

static ct_tval make_object(ct_renderer *r, const ct_tclass *class, const block_object *like)
{
    block_object *object = ct_render_take(r, sizeof(*object));
    *object = *like;
    object->object.class = class;
    return ct_t_object(&object->object);
}

static ct_tval block_text(ct_renderer *r, const block_object *object)
{
    size_t start = r->out->length;
    run_block(r, object->page, object->block, object->level, object->env);
    return ct_capture_end(r, start);
}

static ct_tval call_block(ct_renderer *r, ct_tobject *object, const ct_call *call)
{
    if (call->count || call->named_count)
        ct_render_fail(r, "blocks take no arguments");
    return block_text(r, (const block_object *)object);
}

/* super of a block in the chain. */
static ct_tval super_of(ct_renderer *r, const block_object *from)
{
    block_object next = *from;
    next.block = find_block(from->page, from->name, from->level + 1, &next.level);
    if (!next.block)
        return ct_t_undefined(CT_STR("super: there is no parent block, super()"), CT_T_UNSET);
    return make_object(r, &super_class, &next);
}

static ct_tval super_attribute(ct_renderer *r, ct_tobject *object, ct_str name)
{
    return ct_str_eq(name, CT_STR("super")) ? super_of(r, (const block_object *)object) : ct_t_unset();
}

static const ct_tclass super_class = { .name = "block", .get = super_attribute, .call = call_block };

static ct_tval self_attribute(ct_renderer *r, ct_tobject *object, ct_str name)
{
    block_object found = *(const block_object *)object;
    found.name = ct_engine_symbol(r->engine, name);
    found.block = find_block(found.page, found.name, 0, &found.level);
    found.env = NULL;
    return found.block ? make_object(r, &super_class, &found) : ct_t_unset();
}

static const ct_tclass self_class = { .name = "template", .get = self_attribute };

/* block.super, seeing `env`; in an included page there is none. */
static ct_tval django_super(ct_renderer *r, const block_object *from, const ct_env *env)
{
    block_object next = *from;
    next.env = env;
    next.block = find_block(next.page, next.name, next.level + 1, &next.level);
    if (!next.block && next.page->chain_count == 1)
        ct_render_fail(r, "block.super is for templates that extend another, which this one does not");
    if (!next.block || next.page != r->page)
        return ct_t_text("", 0);
    ct_tval text = block_text(r, &next);
    text.flags = CT_T_SAFE;
    return text;
}

static ct_tval django_block_attribute(ct_renderer *r, ct_tobject *object, ct_str name)
{
    const block_object *block = (const block_object *)object;
    if (ct_str_eq(name, CT_STR("name")))
        return ct_t_str(block->name->name);
    return ct_str_eq(name, CT_STR("super")) ? django_super(r, block, block->env) : ct_t_unset();
}

static const ct_tclass django_block_class = { .name = "block", .get = django_block_attribute };

/* In Django the parent's block sees the variables of the place that asks for it; elsewhere it is Jinja's rule. */
ct_tval ct_eval_super(ct_renderer *r, const ct_node *n)
{
    ct_tval of = ct_eval_node(r, n->attribute.of);
    r->at = n->place;
    if (of.type == CT_T_OBJECT && of.object->class == &django_block_class)
        return django_super(r, (const block_object *)of.object, ct_env_keep(r, n->attribute.scope));
    return ct_tval_lookup(r, of, n->attribute.name);
}

bool ct_block_name(ct_renderer *r, ct_str name, bool django, ct_tval *ret)
{
    ct_page *page = r->page;
    struct ct_running running = r->running.page == page ? r->running : (struct ct_running){ 0 };
    block_object here = { .page = page, .block = running.block, .level = running.level, .env = running.env };
    here.name = running.block ? running.block->name : NULL;
    if (!django && ct_str_eq(name, CT_STR("self"))) {
        *ret = make_object(r, &self_class, &here);
        return true;
    }
    if (!running.block)
        return false;
    if (!django && ct_str_eq(name, CT_STR("super"))) {
        *ret = super_of(r, &here);
        return true;
    }
    if (ct_str_eq(name, CT_STR("block"))) {
        *ret = make_object(r, &django_block_class, &here);
        return true;
    }
    return false;
}

/* ---- pages ---- */

static void find_parent(ct_renderer *r, const ct_stmt *s)
{
    ct_tval name = ct_eval_node(r, s->include.name);
    ct_page *page = r->page;
    r->at = s->place;
    if (page->parent)
        ct_render_fail(r, "extended multiple times");
    if (name.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, name);
    if (!ct_t_is_text(name))
        ct_render_fail(r, "the name of a template is text, not '%s'", ct_tval_type_name(name));
    page->parent = ct_render_template(r, ct_t_get_str(name), "extended by");
    page->parent_place = s->place;
    page->parent_output = r->out->length;
}

ct_flow ct_exec_extends(ct_renderer *r, const ct_stmt *s)
{
    find_parent(r, s);
    return CT_FLOW_NEXT;
}

static void run_top(ct_renderer *r, ct_page *page, const ct_template *template, const ct_env *env, const char *how)
{
    ct_frame frame;
    add_to_chain(r, page, template);
    ct_frame_enter(r, &frame, template->top, page, env, how);
    if (!how)
        r->visit = NULL; /* the page itself: nothing has led there */
    else if (template->language == CT_LANGUAGE_DJANGO && frame.template->language == CT_LANGUAGE_DJANGO)
        r->autoescape = frame.autoescape; /* Django's {% autoescape %} holds in what is included */
    ct_exec_body(r, &template->top->body);
    const ct_template *parent = page->parent;
    if (parent) {
        r->out->length = CT_MIN(r->out->length, page->parent_output);
        page->parent = NULL;
        r->at = page->parent_place;
        run_top(r, page, parent, NULL, "extended by");
    }
    ct_frame_leave(r, &frame);
}

void ct_run_page(ct_renderer *r, ct_page *page, const ct_template *template, const ct_env *env, const char *how)
{
    run_top(r, page, template, env, how);
}

/* ---- parsing ---- */

void ct_tag_extends(ct_parser *p, const ct_token *tag)
{
    if (p->template->extends || (p->django && p->block))
        ct_parse_fail(p, tag->text.data, "a template extends one other: this is the second {%% extends %%}");
    if (p->django && p->tag_count > 1)
        ct_parse_fail(p, tag->text.data, "{%% extends %%} must be the first tag of a template");
    if (!p->top_level)
        ct_parse_fail(p, tag->text.data, "{%% extends %%} stands at the top of a template, not in a block or a loop");
    ct_stmt *s = ct_stmt_new(p, ct_exec_extends, tag->text.data);
    s->include.name = ct_parse_expression(p);
    ct_note_templates(p, s->include.name, false);
    ct_expect_tag_end(p);
    p->template->may_extend = true;
    if (!p->branches) {
        p->template->extends = true;
        p->extended = true;
    }
}

/* A required block has nothing in it but blanks and comments. */
static void check_required(ct_parser *p, const ct_body *body)
{
    for (uint32_t i = 0; i < body->count; i++) {
        const ct_stmt *s = body->items[i];
        bool blank = s->exec == ct_exec_text;
        for (size_t at = 0; blank && at < s->text.text.length; at++)
            blank = strchr(" \t\n\r\f\v", s->text.text.data[at]) != NULL;
        if (!blank)
            ct_parse_fail(p, s->place, "a required block can only have blanks and comments in it");
    }
}

static ct_str parse_block_name(ct_parser *p)
{
    if (p->django)
        return ct_take_word(p, "the name of the block");
    ct_str name = ct_expect_name(p, "the name of the block");
    if (ct_at_op(p, '-'))
        ct_parse_fail(p, p->at->text.data, "the name of a block has no '-': use '_'");
    return name;
}

/* {% endblock %}, {% endblock name %}. */
static void parse_end(ct_parser *p, ct_str name)
{
    if (p->django ? !ct_at_type(p, CT_TOKEN_TAG_END) : ct_at_type(p, CT_TOKEN_NAME)) {
        const char *place = p->at->text.data;
        ct_str closed = parse_block_name(p);
        if (!ct_str_eq(closed, name))
            ct_parse_fail(p, place, "this closes the block '%.*s', not '%.*s'", CT_STR_ARG(name), CT_STR_ARG(closed));
    }
    ct_expect_tag_end(p);
}

void ct_tag_block(ct_parser *p, const ct_token *tag)
{
    static const char *const ends[] = { "endblock", NULL };
    bool hidden = p->extended && p->top_level; /* shown by the parent */
    ct_str name = parse_block_name(p);
    const ct_symbol *symbol = ct_engine_symbol(p->engine, name);
    ct_block *block = ct_add_block(p, (ct_block){ .name = symbol, .place = tag->text.data });
    while (!p->django && (ct_at_name(p, "scoped") || ct_at_name(p, "required"))) {
        block->scoped |= ct_at_name(p, "scoped");
        block->required |= ct_at_name(p, "required");
        p->at++;
    }
    ct_expect_tag_end(p);
    if (!hidden) {
        ct_stmt *s = ct_stmt_new(p, ct_exec_block, tag->text.data);
        s->block.block = block;
        p->loop_used |= block->scoped; /* a child's block may ask for `loop` */
        if (block->scoped || p->django) {
            s->block.scope = p->scope;
            ct_unit_capture(p);
        }
    }
    ct_unit_saved saved;
    uint32_t end;
    ct_unit *unit = ct_unit_open(p, &saved, "block", name);
    block->unit = unit;
    p->block = symbol;
    unit->body = ct_parse_body(p, tag, ends, &end);
    if (block->required)
        check_required(p, &unit->body);
    ct_unit_close(p, &saved);
    parse_end(p, name);
    if (p->template->extends && !p->block)
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_BLOCK, .name = name }, tag->text.data);
}
