/* Other templates in a template: {% include %}, {% import %}, {% from %}.
 *
 * An included page sees what is visible where it is included, unless it is told not to; what it sets stays its own. An
 * imported one sees functions alone, unless it is told to see more, which it then sees as it was when it was imported;
 * what it set at its top are the attributes of the module. */
#include "template/engine.h"
#include "template/eval.h"
#include "template/exec.h"
#include "template/page.h"
#include "template/parser.h"
#include "template/render.h"

#define MAX_IMPORTS 64

/* ---- include ---- */

/* The first of the names that exists. */
static const ct_template *select_template(ct_renderer *r, ct_tval name, bool missing_ok)
{
    if (name.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, name);
    if (ct_t_is_text(name))
        return ct_render_template(r, ct_t_get_str(name), missing_ok ? NULL : "included by");
    ct_seq seq;
    if (!ct_tval_iterable(name))
        ct_render_fail(r, "the name of a template is text, not '%s'", ct_tval_type_name(name));
    ct_seq_init(r, &seq, name);
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_tval one = ct_seq_at(r, &seq, i);
        if (!ct_t_is_text(one))
            ct_render_fail(r, "the name of a template is text, not '%s'", ct_tval_type_name(one));
        bool last = i + 1 == seq.count && !missing_ok;
        const ct_template *template = ct_render_template(r, ct_t_get_str(one), last ? "included by" : NULL);
        if (template)
            return template;
    }
    if (!missing_ok)
        ct_render_fail(r, "none of no templates can be included");
    return NULL;
}

/* A page inside this one. */
static ct_page *begin_page(ct_renderer *r, const ct_scope *scope)
{
    ct_page *page = ct_render_take(r, sizeof(*page)); /* it stays: macros made on it refer to it */
    *page = (ct_page){ .isolated = !scope };
    if (scope) {
        page->env = ct_env_keep(r, scope);
        page->outer = r->page;
    }
    return page;
}

ct_flow ct_exec_include(ct_renderer *r, const ct_stmt *s)
{
    ct_tval name = ct_eval_node(r, s->include.name);
    r->at = s->include.name->place;
    const ct_template *template = select_template(r, name, s->include.ignore_missing);
    if (!template)
        return CT_FLOW_NEXT;
    bool autoescape = r->autoescape;
    ct_page *page = begin_page(r, s->include.scope);
    r->at = s->place;
    ct_run_page(r, page, template, NULL, "included by");
    r->autoescape = autoescape;
    return CT_FLOW_NEXT;
}

/* Django's: the variables of `with` are exports of the new page before it begins. */
ct_flow ct_exec_include_with(ct_renderer *r, const ct_stmt *s)
{
    ct_tval name = ct_eval_node(r, s->include.name), room[8], *values = room;
    r->at = s->include.name->place;
    const ct_template *template = select_template(r, name, false);
    if (s->include.count > CT_COUNT(room))
        values = ct_render_take(r, s->include.count * sizeof(*values));
    for (uint32_t i = 0; i < s->include.count; i++) {
        const ct_node *value = s->include.bindings[i].value;
        values[i] = ct_django_present(r, value, ct_eval_node(r, value));
    }
    ct_page *page = begin_page(r, s->include.scope), *outer = r->page;
    page->isolated = s->include.isolated;
    r->page = page;
    for (uint32_t i = 0; i < s->include.count; i++)
        ct_page_export(r, s->include.bindings[i].target.exported, values[i]);
    r->page = outer;
    r->at = s->place;
    ct_run_page(r, page, template, NULL, "included by");
    return CT_FLOW_NEXT;
}

/* ---- modules ---- */

typedef struct ct_module {
    ct_tobject object;
    struct ct_module *next; /* of those that the render keeps */
    ct_page *page;
    const ct_template *template;
    ct_tval output;
} module;

static ct_tval module_attribute(ct_renderer *r, ct_tobject *object, ct_str name)
{
    const module *m = (const module *)object;
    if (name.length && name.data[0] == '_')
        return ct_t_unset();
    const ct_tval *exported = ct_page_exported(m->page, ct_engine_symbol(r->engine, name));
    return exported ? *exported : ct_t_unset();
}

static ct_tval module_text(ct_renderer *r, ct_tobject *object)
{
    (void)r;
    return ((const module *)object)->output;
}

static const ct_tclass module_class = { .name = "module", .get = module_attribute, .text = module_text };

/* The module of a template that was imported before, without context: it is made once a render. */
static module *imported(const ct_renderer *r, const ct_template *template)
{
    for (module *m = r->modules; m; m = m->next)
        if (m->template == template)
            return m;
    return NULL;
}

static void copy_variable(ct_renderer *r, const ct_page *page, const ct_symbol *symbol, ct_tval value)
{
    if (value.type != CT_T_UNSET && !ct_page_exported(page, symbol))
        ct_page_export(r, symbol, value);
}

static void copy_variables(ct_renderer *r, const ct_page *page, const ct_env *env)
{
    for (; env; env = env->outer)
        for (const ct_scope *scope = env->scope; scope; scope = scope->outer) {
            ct_render_step(r, scope->symbols.count / 8);
            for (uint32_t i = 0; i < scope->symbols.count; i++)
                copy_variable(r, page, scope->symbols.items[i], env->slots[scope->slots[i]]);
        }
}

/* What is visible here and now, as a page around another: later changes are not seen there. */
static ct_page *context_now(ct_renderer *r, const ct_scope *scope)
{
    ct_page *page = ct_render_take(r, sizeof(*page)), *here = r->page;
    *page = (ct_page){ 0 };
    r->page = page;
    copy_variables(r, page, &(ct_env){ .outer = r->env, .scope = scope, .slots = r->slots });
    for (const ct_page *from = here; from; from = from->outer) {
        ct_render_step(r, from->exported.count / 8);
        for (uint32_t i = 0; i < from->exported.count; i++)
            copy_variable(r, page, from->exported.items[i], from->exports[i]);
        copy_variables(r, page, from->env);
        page->isolated |= from->isolated;
    }
    r->page = here;
    return page;
}

/* Runs a template for what it exports. */
static module *import(ct_renderer *r, const ct_stmt *s)
{
    ct_tval name = ct_eval_node(r, s->include.name);
    r->at = s->include.name->place;
    if (name.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, name);
    if (!ct_t_is_text(name))
        ct_render_fail(r, "the name of a template is text, not '%s'", ct_tval_type_name(name));
    const ct_template *template = ct_render_template(r, ct_t_get_str(name), "imported by");
    module *m = s->include.scope ? NULL : imported(r, template);
    if (m)
        return m;
    m = ct_render_take(r, sizeof(*m));
    *m = (module){ .object.class = &module_class, .page = ct_render_take(r, sizeof(ct_page)), .template = template };
    *m->page = (ct_page){ .isolated = !s->include.scope };
    if (s->include.scope)
        m->page->outer = context_now(r, s->include.scope);
    size_t start = r->out->length;
    r->at = s->place;
    ct_run_page(r, m->page, m->template, NULL, "imported by");
    m->output = ct_capture_end(r, start);
    m->output.flags = m->template->autoescape ? CT_T_SAFE : 0;
    if (!s->include.scope) {
        m->next = r->modules;
        r->modules = m;
    }
    return m;
}

ct_flow ct_exec_import(ct_renderer *r, const ct_stmt *s)
{
    ct_assign(r, &s->include.target, ct_t_object(&import(r, s)->object));
    return CT_FLOW_NEXT;
}

ct_flow ct_exec_from(ct_renderer *r, const ct_stmt *s)
{
    module *m = import(r, s);
    for (uint32_t i = 0; i < s->include.import_count; i++) {
        const ct_import_name *name = &s->include.imports[i];
        ct_tval v = module_attribute(r, &m->object, name->name);
        if (v.type == CT_T_UNSET) {
            ct_buffer text = ct_text_begin(r);
            ct_buffer_printf(&text, "%.*s, which the template '%.*s' does not export", CT_STR_ARG(name->name),
                             CT_STR_ARG(m->template->name));
            ct_tval message = ct_text_end(r, &text);
            v = ct_t_undefined(ct_t_get_str(message), CT_T_UNSET);
        }
        ct_assign(r, &name->target, v);
    }
    return CT_FLOW_NEXT;
}

/* ---- parsing ---- */

static ct_str absolute(ct_parser *p, ct_str name)
{
    return ct_template_absolute(&p->engine->arena, name, p->template->name);
}

static void note_template(ct_parser *p, const ct_node *n, ct_str name, bool optional, uint32_t group)
{
    ct_add_reference(
        p,
        (ct_reference){ .kind = CT_REFERS_TEMPLATE, .name = absolute(p, name), .optional = optional, .group = group },
        n->place);
}

/* One of a list must be there, which can be told when all are constants. */
static void note_list(ct_parser *p, const ct_node *n, bool optional)
{
    ct_str name;
    for (uint32_t i = 0; i < n->list.count; i++)
        if (!ct_is_constant_text(n->list.items[i], &name))
            return;
    p->groups++;
    for (uint32_t i = 0; i < n->list.count; i++)
        if (ct_is_constant_text(n->list.items[i], &name))
            note_template(p, n->list.items[i], name, optional, p->groups);
}

/* "a" if x else "b"; x or "a"; x|default("a"); ["a", "b"] */
void ct_note_templates(ct_parser *p, const ct_node *n, bool optional)
{
    ct_str name;
    if (ct_is_constant_text(n, &name)) {
        note_template(p, n, name, optional, 0);
    } else if (n->eval == ct_eval_list || n->eval == ct_eval_tuple) {
        note_list(p, n, optional);
    } else if (n->eval == ct_eval_choice) {
        ct_note_templates(p, n->choice.then, optional);
        if (n->choice.otherwise)
            ct_note_templates(p, n->choice.otherwise, optional);
    } else if (n->eval == ct_eval_or) {
        ct_note_templates(p, n->binary.left, optional);
        ct_note_templates(p, n->binary.right, optional);
    } else if (n->kind == CT_NODE_FILTER && ct_str_eq(n->filter.name, CT_STR("default"))) {
        for (uint32_t i = 0; i < CT_MIN(n->filter.bound_count, 2u); i++)
            if (n->filter.bound[i])
                ct_note_templates(p, n->filter.bound[i], optional);
    }
}

/* What {% from %} imports must be set at the top of the template, if that can be known. */
static void note_imports(ct_parser *p, const ct_stmt *s)
{
    ct_str of;
    if (!ct_is_constant_text(s->include.name, &of))
        return;
    for (uint32_t i = 0; i < s->include.import_count; i++)
        ct_add_reference(p,
                         (ct_reference){ .kind = CT_REFERS_EXPORT,
                                         .name = s->include.imports[i].name,
                                         .of = absolute(p, of),
                                         .optional = p->branches > 0 },
                         s->include.imports[i].place);
}

/* [with context | without context]; `with_context` is the default. */
static const ct_scope *parse_context(ct_parser *p, bool with_context)
{
    if ((ct_at_name(p, "with") || ct_at_name(p, "without")) && p->at[1].type == CT_TOKEN_NAME &&
        ct_str_eq(p->at[1].text, CT_STR("context"))) {
        with_context = ct_at_name(p, "with");
        p->at += 2;
    }
    p->parent_used |= with_context;
    return with_context ? p->scope : NULL;
}

/* Django: [with a=b c=d] [only]. */
static void parse_django_include(ct_parser *p, ct_stmt *s)
{
    s->exec = ct_exec_include_with;
    if (ct_take_name(p, "with")) {
        s->include.bindings = ct_parse_django_exports(p, &s->include.count);
        if (!s->include.count)
            ct_unexpected(p, "name=value");
    }
    s->include.isolated = ct_take_name(p, "only");
    s->include.scope = s->include.isolated ? NULL : p->scope;
}

static bool at_django_with(const ct_parser *p)
{
    if (p->django || ct_at_name(p, "only"))
        return true;
    return ct_at_name(p, "with") && p->at[1].type == CT_TOKEN_NAME && p->at[2].type == CT_TOKEN_OPERATOR &&
           p->at[2].op == '=';
}

void ct_tag_include(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_include, tag->text.data);
    s->include.name = ct_parse_expression(p);
    if (at_django_with(p)) {
        parse_django_include(p, s);
    } else {
        if (ct_at_name(p, "ignore") && p->at[1].type == CT_TOKEN_NAME && ct_str_eq(p->at[1].text, CT_STR("missing"))) {
            s->include.ignore_missing = true;
            p->at += 2;
        }
        s->include.scope = parse_context(p, true);
    }
    ct_note_templates(p, s->include.name, s->include.ignore_missing);
    if (s->include.scope)
        ct_unit_capture(p);
    if (p->django)
        ct_note_loop(p); /* Jinja's `loop` is not seen there unless the loop itself uses it */
    ct_expect_tag_end(p);
}

void ct_tag_import(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_import, tag->text.data);
    s->include.name = ct_parse_expression(p);
    ct_note_templates(p, s->include.name, false);
    if (!ct_take_name(p, "as"))
        ct_unexpected(p, "'as'");
    const ct_token *name = p->at;
    ct_expect_name(p, "a name");
    s->include.scope = parse_context(p, false);
    s->include.target = ct_name_target(p, name->text, name->text.data);
    ct_expect_tag_end(p);
}

static void parse_import_names(ct_parser *p, ct_stmt *s)
{
    ct_import_name room[MAX_IMPORTS];
    uint32_t count = 0;
    do {
        if (count && (ct_at_type(p, CT_TOKEN_TAG_END) || ct_at_name(p, "with") || ct_at_name(p, "without")))
            break;
        if (count == MAX_IMPORTS)
            ct_parse_fail(p, p->at->text.data, "more than %d names", MAX_IMPORTS);
        const ct_token *token = p->at;
        ct_str name = ct_expect_name(p, "a name"), as = name;
        if (name.data[0] == '_')
            ct_parse_fail(p, token->text.data, "names that begin with '_' cannot be imported");
        if (ct_take_name(p, "as"))
            as = ct_expect_name(p, "a name");
        room[count++] = (ct_import_name){ .name = ct_engine_symbol(p->engine, name)->name,
                                          .target = ct_name_target(p, as, token->text.data),
                                          .place = token->text.data };
    } while (ct_take_op(p, ','));
    ct_import_name *imports = ct_engine_take(p->engine, count * sizeof(*imports));
    memcpy(imports, room, count * sizeof(*imports));
    s->include.imports = imports;
    s->include.import_count = count;
}

void ct_tag_from(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_from, tag->text.data);
    s->include.name = ct_parse_expression(p);
    ct_note_templates(p, s->include.name, false);
    if (!ct_take_name(p, "import"))
        ct_unexpected(p, "'import'");
    parse_import_names(p, s);
    note_imports(p, s);
    s->include.scope = parse_context(p, false);
    ct_expect_tag_end(p);
}
