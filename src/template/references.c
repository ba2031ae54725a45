/* What templates name by constants, for `check`: other templates, blocks, exports, functions.
 *
 * The parser notes references; here is what can be known about them without rendering. A parent whose name is made up
 * while the page is made has anything, as far as this can tell, so nothing is called missing that may be there. Routes
 * and static files are not the engine's to know. */
#include "template/engine.h"
#include "template/exec.h"

#define MOST_PARENTS 100

const ct_reference *ct_template_references(const ct_template *template, size_t *ret_count)
{
    *ret_count = template->reference_count;
    return template->references;
}

const ct_template *ct_engine_broken(const ct_engine *engine)
{
    return engine->broken;
}

/* ---- parents ---- */

/* The parent that a template names by a constant; NULL when there is none or it cannot be had. */
static const ct_template *parent_of(ct_engine *engine, const ct_template *template)
{
    ct_template_error error;
    for (uint32_t i = 0; template->extends && i < template->top->body.count; i++) {
        const ct_stmt *s = template->top->body.items[i];
        const ct_node *name = s->exec == ct_exec_extends ? s->include.name : NULL;
        if (name && name->kind == CT_NODE_CONSTANT && ct_t_is_text(name->value))
            return ct_engine_get_for(engine,
                                     ct_template_absolute(&engine->arena, ct_t_get_str(name->value), template->name),
                                     template->language, false, &error);
    }
    return NULL;
}

/* Whether `holds` is true of a template of the chain that begins with `at`; true as well where the chain is not known
 * to its end. */
static bool chain_may(ct_engine *engine, const ct_template *at, bool (*holds)(const ct_template *at, const void *arg),
                      const void *arg)
{
    for (int depth = 0; at && depth < MOST_PARENTS; depth++) {
        if (holds(at, arg))
            return true;
        if (!at->may_extend)
            return false;
        at = parent_of(engine, at);
    }
    return true;
}

/* ---- templates without end ---- */

/* The template that a statement at the top shows whenever its template is shown; NULL: none, or it depends. */
static const ct_template *shown_by(ct_engine *engine, const ct_template *template, const ct_stmt *s)
{
    ct_template_error error;
    bool shows =
        template->extends ? s->exec == ct_exec_extends : s->exec == ct_exec_include || s->exec == ct_exec_include_with;
    if (!shows || s->include.name->kind != CT_NODE_CONSTANT || !ct_t_is_text(s->include.name->value))
        return NULL;
    ct_str name = ct_template_absolute(&engine->arena, ct_t_get_str(s->include.name->value), template->name);
    return ct_engine_get_for(engine, name, template->language, false, &error);
}

/* Whether showing `from` shows a template of the name. */
static bool leads_to(ct_engine *engine, const ct_template *from, ct_str name)
{
    ct_places met = { 0 };
    ct_engine_place(engine, &met, from);
    for (uint32_t at = 0; at < met.count; at++) {
        const ct_template *template = met.items[at];
        if (ct_str_eq(template->name, name))
            return true;
        for (uint32_t i = 0; i < template->top->body.count; i++) {
            const ct_template *next = shown_by(engine, template, template->top->body.items[i]);
            if (next && ct_places_find(&met, next) < 0)
                ct_engine_place(engine, &met, next);
        }
    }
    return false;
}

bool ct_engine_is_endless(ct_engine *engine, const ct_template *template, const ct_reference *reference)
{
    for (uint32_t i = 0; i < template->top->body.count; i++) {
        const ct_template *next = shown_by(engine, template, template->top->body.items[i]);
        if (next && ct_str_eq(next->name, reference->name) && leads_to(engine, next, template->name))
            return true;
    }
    return false;
}

/* ---- blocks ---- */

static bool has_block(const ct_template *template, const void *name)
{
    return ct_engine_find(template->engine, &template->block_names, *(const ct_str *)name) >= 0;
}

static bool is_template(const ct_template *template, const void *other)
{
    return template == other;
}

/* Blocks within a block that is shown are shown with it: only those at the top are references. */
static bool may_be_shown(ct_engine *engine, const ct_template *template, ct_str name)
{
    const ct_template *parent = parent_of(engine, template);
    return !parent || chain_may(engine, parent, has_block, &name);
}

/* self has the blocks of the template, of its parents, and of the child that is being shown. */
static bool may_have_block(ct_engine *engine, const ct_template *template, ct_str name)
{
    if (chain_may(engine, template, has_block, &name))
        return true;
    for (size_t i = 0; i < engine->templates.count; i++) {
        const ct_template *other = engine->templates.entries[i].value;
        if (has_block(other, &name) && chain_may(engine, other, is_template, template))
            return true;
    }
    return false;
}

/* ---- names ---- */

static bool exports(const ct_template *template, const void *name)
{
    for (size_t i = 0; i < template->export_count; i++)
        if (ct_str_eq(template->exports[i]->name, *(const ct_str *)name))
            return true;
    return false;
}

static bool may_export(ct_engine *engine, ct_str of, ct_str name)
{
    ct_template_error error;
    return chain_may(engine, ct_engine_get(engine, of, &error), exports, &name);
}

/* Pages are given values that cannot be called, so a function is a global or a variable that a template sets. */
static bool may_be_function(ct_engine *engine, ct_str name)
{
    return ct_engine_symbol(engine, name)->assigned || ct_engine_global(engine, name);
}

bool ct_engine_may_have(ct_engine *engine, const ct_template *template, const ct_reference *reference)
{
    switch (reference->kind) {
    case CT_REFERS_BLOCK:
        return may_be_shown(engine, template, reference->name);
    case CT_REFERS_SELF:
        return may_have_block(engine, template, reference->name);
    case CT_REFERS_EXPORT:
        return may_export(engine, reference->of, reference->name);
    case CT_REFERS_FUNCTION:
        return may_be_function(engine, reference->name);
    case CT_REFERS_TEMPLATE:
    case CT_REFERS_URL:
    case CT_REFERS_STATIC:
    case CT_REFERS_FILTER:
    case CT_REFERS_TEST:
    case CT_REFERS_REFUSED:
        break;
    }
    return true;
}
