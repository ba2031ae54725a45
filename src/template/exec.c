/* Running the plain statements: text, output, if, set, with, filter, autoescape. Loops are in loop.c, macros in
 * macro.c, blocks and parents in inherit.c, includes and imports in include.c. */
#include "template/exec.h"

#include "shape/kinds.h"

#include "template/engine.h"
#include "template/escape.h"
#include "template/eval.h"
#include "template/loop.h"
#include "template/page.h"
#include "template/render.h"

/* Apart, so that the registers it needs are not saved by every output. */
static __attribute__((noinline)) void write_long_literal(ct_buffer *out, const ct_literal *literal)
{
    ct_buffer_str(out, literal->text);
}

static inline void write_literal(ct_buffer *out, const ct_literal *literal)
{
    if (CT_LIKELY(literal->text.length <= sizeof(literal->head) &&
                  out->capacity - out->length >= sizeof(literal->head))) {
        memcpy(out->data + out->length, literal->head, sizeof(literal->head));
        out->length += literal->text.length;
    } else {
        write_long_literal(out, literal);
    }
}

ct_flow ct_exec_text(ct_renderer *r, const ct_stmt *s)
{
    write_literal(r->out, &s->text);
    ct_output_check(r);
    return CT_FLOW_NEXT;
}

/* ---- output ---- */

ct_flow ct_exec_output(ct_renderer *r, const ct_stmt *s)
{
    write_literal(r->out, &s->output.before);
    ct_tval v = ct_eval_node(r, s->output.value);
    r->at = s->output.value->place;
    ct_output(r, v, false);
    return CT_FLOW_NEXT;
}

ct_flow ct_exec_output_django(ct_renderer *r, const ct_stmt *s)
{
    write_literal(r->out, &s->output.before);
    ct_tval v = ct_eval_node(r, s->output.value);
    r->at = s->output.value->place;
    ct_output(r, ct_django_present(r, s->output.value, v), true);
    return CT_FLOW_NEXT;
}

/* {{ row.field }} of a variable, which is what most outputs are: the member goes from the row to the page. False where
 * it is something else. */
static inline bool write_member(ct_renderer *r, const ct_node *n, bool django)
{
    ct_tval row = r->slots[n->attribute.of->name.slot];
    const ct_field_cache *cache = n->attribute.cache;
    if (row.type != CT_T_ROW || row.row->shape != cache->shape || !cache->field)
        return false;
    const char *member = (const char *)row.row + cache->field->offset;
    if (ct_kind_is_text(cache->field->kind)) {
        const char *text = *(const char *const *)(const void *)member;
        if (!text)
            return false;
        if (r->autoescape)
            ct_escape_write(r->out, ct_str_of(text), django);
        else
            ct_buffer_str(r->out, ct_str_of(text));
    } else if (cache->field->kind == CT_KIND_integer &&
               *(const int64_t *)(const void *)member > 0) { /* 0 may be null */
        ct_buffer_uint(r->out, (uint64_t) * (const int64_t *)(const void *)member);
    } else {
        return false;
    }
    ct_output_check(r);
    return true;
}

/* {{ loop.index }} and its sisters. False where it is something else, or no number. */
static bool write_count(ct_renderer *r, const ct_node *n)
{
    if (!n->attribute.cache->loop)
        return false;
    const ct_loop *loop = ct_loop_of(r->slots[n->attribute.of->name.slot]);
    if (!loop)
        return false;
    ct_tval v = ct_loop_get(r, loop, n->attribute.cache->loop);
    if (v.type != CT_T_INT)
        return false;
    ct_buffer_int(r->out, v.integer); /* the items before and behind may be any numbers */
    ct_output_check(r);
    return true;
}

static ct_flow output_member(ct_renderer *r, const ct_stmt *s)
{
    const ct_node *n = s->output.value;
    write_literal(r->out, &s->output.before);
    if (CT_LIKELY(write_member(r, n, s->django)) || write_count(r, n))
        return CT_FLOW_NEXT;
    ct_tval v = ct_eval_node(r, n);
    r->at = n->place;
    ct_output(r, s->django ? ct_django_present(r, n, v) : v, s->django);
    return CT_FLOW_NEXT;
}

/* {{ name(...) }}: what a macro writes goes to the output without a copy. */
static ct_flow output_call(ct_renderer *r, const ct_stmt *s)
{
    const ct_node *n = s->output.value;
    ct_tval room[CT_CALL_ROOM], callee = ct_eval_node(r, n->call.callee);
    ct_call call;
    write_literal(r->out, &s->output.before);
    ct_eval_args(r, n->call.args, room, &call);
    r->at = n->place;
    if (!ct_macro_write(r, callee, &call))
        ct_output(r, ct_tval_call(r, callee, &call), false);
    return CT_FLOW_NEXT;
}

ct_exec *ct_exec_output_for(const ct_node *value, bool django)
{
    if (value->kind == CT_NODE_ATTRIBUTE && value->attribute.of->eval == ct_eval_name &&
        value->missing == CT_MISSING_EMPTY)
        return output_member;
    if (value->eval == ct_eval_call)
        return output_call;
    return django ? ct_exec_output_django : ct_exec_output;
}

/* ---- do and if ---- */

ct_flow ct_exec_do(ct_renderer *r, const ct_stmt *s)
{
    ct_eval_node(r, s->value);
    return CT_FLOW_NEXT;
}

ct_flow ct_exec_if(ct_renderer *r, const ct_stmt *s)
{
    for (uint32_t i = 0; i < s->choice.count; i++) {
        const ct_branch *branch = &s->choice.branches[i];
        if (branch->condition) {
            ct_tval v = ct_eval_node(r, branch->condition);
            r->at = branch->condition->place;
            if (s->django && v.type <= CT_T_UNDEFINED)
                continue; /* missing or UNSET: false in Django, even where it is an error to show it */
            if (!ct_tval_truth(r, v))
                continue;
        }
        return ct_exec_body(r, &branch->body);
    }
    return CT_FLOW_NEXT;
}

/* ---- assignments ---- */

static void unpack(ct_renderer *r, const ct_target *target, ct_tval value)
{
    ct_seq seq;
    r->at = target->place;
    ct_seq_init(r, &seq, value);
    if (seq.count != target->count)
        ct_render_fail(r, "%" PRIu32 " values cannot be unpacked into %" PRIu32 " names", seq.count, target->count);
    for (uint32_t i = 0; i < target->count; i++)
        ct_assign(r, &target->items[i], ct_seq_at(r, &seq, i));
}

static void assign_attribute(ct_renderer *r, const ct_target *target, ct_tval value)
{
    ct_tval of = ct_eval_node(r, target->namespace_);
    r->at = target->place;
    if (of.type != CT_T_OBJECT || !of.object->class->set)
        ct_render_fail(r, "cannot assign to an attribute of a '%s': make a namespace() for it", ct_tval_type_name(of));
    of.object->class->set(r, of.object, target->attribute, value);
}

void ct_assign_otherwise(ct_renderer *r, const ct_target *target, ct_tval value)
{
    if (target->slot >= 0) {
        r->slots[target->slot] = value;
        ct_page_export(r, target->exported, value);
    } else if (target->namespace_) {
        assign_attribute(r, target, value);
    } else {
        unpack(r, target, value);
    }
}

ct_flow ct_exec_set(ct_renderer *r, const ct_stmt *s)
{
    ct_assign(r, &s->set.target, ct_eval_node(r, s->set.value));
    return CT_FLOW_NEXT;
}

/* What a body writes as text, then through a chain of filters. */
static ct_tval piped(ct_renderer *r, const ct_body *body, const ct_piped *chain, ct_flow *ret_flow)
{
    size_t start = r->out->length;
    *ret_flow = ct_exec_body(r, body);
    ct_tval text = ct_capture_end(r, start);
    if (!chain)
        return text;
    r->slots[chain->slot] = text;
    ct_tval v = ct_tval_text(r, ct_eval_node(r, chain->chain));
    if (r->autoescape)
        v.flags |= CT_T_SAFE; /* what went in was escaped already */
    return v;
}

ct_flow ct_exec_set_block(ct_renderer *r, const ct_stmt *s)
{
    ct_flow flow;
    ct_assign(r, &s->set.target, piped(r, &s->set.body, s->set.piped, &flow));
    return flow;
}

/* ---- scopes ---- */

ct_flow ct_exec_with(ct_renderer *r, const ct_stmt *s)
{
    ct_tval room[8], *values = room;
    uint32_t count = s->scoped.count;
    if (count > CT_COUNT(room))
        values = ct_render_take(r, count * sizeof(*values));
    for (uint32_t i = 0; i < count; i++) {
        values[i] = ct_eval_node(r, s->scoped.bindings[i].value);
        if (s->django)
            values[i] = ct_django_present(r, s->scoped.bindings[i].value, values[i]);
    }
    ct_scope_clear(r, s->scoped.scope, 0);
    for (uint32_t i = 0; i < count; i++)
        ct_assign(r, &s->scoped.bindings[i].target, values[i]);
    return ct_exec_body(r, &s->scoped.body);
}

ct_flow ct_exec_filter(ct_renderer *r, const ct_stmt *s)
{
    ct_flow flow;
    if (s->scoped.scope)
        ct_scope_clear(r, s->scoped.scope, 0);
    ct_tval v = piped(r, &s->scoped.body, s->scoped.piped, &flow);
    r->at = s->place;
    v.flags |= CT_T_SAFE; /* also where nothing was escaped: nothing is here */
    ct_output(r, v, s->django);
    return flow;
}

ct_flow ct_exec_autoescape(ct_renderer *r, const ct_stmt *s)
{
    bool before = r->autoescape;
    ct_tval v = ct_eval_node(r, s->scoped.autoescape);
    if (s->scoped.scope)
        ct_scope_clear(r, s->scoped.scope, 0);
    r->autoescape = ct_tval_truth(r, v);
    ct_flow flow = ct_exec_body(r, &s->scoped.body);
    r->autoescape = before;
    return flow;
}

ct_flow ct_exec_break(ct_renderer *r, const ct_stmt *s)
{
    (void)r, (void)s;
    return CT_FLOW_BREAK;
}

ct_flow ct_exec_continue(ct_renderer *r, const ct_stmt *s)
{
    (void)r, (void)s;
    return CT_FLOW_CONTINUE;
}
