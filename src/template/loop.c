/* Loops, and the values `loop` and `forloop`.
 *
 * An iterable is walked by index (ct_seq), so that the length and the next item are known without looking ahead. Each
 * iteration starts with the variables of the body unset, as Jinja has it: what a body sets is gone in the next one. A
 * recursive loop calls itself through loop(...): the variables of the outer round are saved meanwhile. `loop` is a
 * value that a template may keep; it can be called only where its frame is the running one. */
#include "template/loop.h"

#include "template/engine.h"
#include "template/eval.h"
#include "template/exec.h"
#include "template/render.h"

/* ---- what a loop has to say ---- */

/* Lists of rows are most of what is walked. */
static inline ct_tval item_of(ct_renderer *r, const ct_seq *seq, uint32_t index)
{
    if (seq->of.type == CT_T_ROWS && index < seq->of.rows->count && seq->of.rows->items[index])
        return (ct_tval){ .type = CT_T_ROW, .row = seq->of.rows->items[index] };
    return ct_seq_at(r, seq, index);
}

static ct_tval item_at(ct_renderer *r, const ct_loop *loop, uint32_t index)
{
    return item_of(r, &loop->seq, loop->reversed ? loop->count - 1 - index : index);
}

typedef struct {
    const char *name;
    ct_tval (*get)(ct_renderer *r, const ct_loop *loop);
} attribute;

static ct_tval get_index(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int((int64_t)loop->index + 1);
}

static ct_tval get_index0(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int(loop->index);
}

static ct_tval get_revindex(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int((int64_t)loop->count - loop->index);
}

static ct_tval get_revindex0(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int((int64_t)loop->count - loop->index - 1);
}

static ct_tval get_first(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_bool(loop->index == 0);
}

static ct_tval get_last(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_bool(loop->index + 1 == loop->count);
}

static ct_tval get_length(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int(loop->count);
}

static ct_tval get_depth(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int((int64_t)loop->depth + 1);
}

static ct_tval get_depth0(ct_renderer *r, const ct_loop *loop)
{
    (void)r;
    return ct_t_int(loop->depth);
}

static ct_tval get_previous(ct_renderer *r, const ct_loop *loop)
{
    if (loop->index == 0)
        return ct_t_undefined(CT_STR("there is no previous item"), CT_T_UNSET);
    return item_at(r, loop, loop->index - 1);
}

static ct_tval get_next(ct_renderer *r, const ct_loop *loop)
{
    if (loop->index + 1 >= loop->count)
        return ct_t_undefined(CT_STR("there is no next item"), CT_T_UNSET);
    return item_at(r, loop, loop->index + 1);
}

static ct_tval get_parent(ct_renderer *r, const ct_loop *loop)
{
    if (loop->parent.type == CT_T_UNSET || loop->parent.type == CT_T_UNDEFINED)
        return ct_t_dict(ct_tdict_new(r)); /* as in Django, where it is an empty dictionary */
    return loop->parent;
}

static const attribute attributes[] = {
    { "index", get_index },         { "index0", get_index0 },       { "revindex", get_revindex },
    { "revindex0", get_revindex0 }, { "first", get_first },         { "last", get_last },
    { "length", get_length },       { "depth", get_depth },         { "depth0", get_depth0 },
    { "previtem", get_previous },   { "nextitem", get_next },       { "counter", get_index },
    { "counter0", get_index0 },     { "revcounter", get_revindex }, { "revcounter0", get_revindex0 },
    { "parentloop", get_parent },
};

uint8_t ct_loop_attribute(ct_str name)
{
    for (size_t i = 0; i < CT_COUNT(attributes); i++)
        if (ct_str_eq(name, ct_str_of(attributes[i].name)))
            return (uint8_t)(i + 1);
    return 0;
}

ct_tval ct_loop_get(ct_renderer *r, const ct_loop *loop, uint8_t which)
{
    return attributes[which - 1].get(r, loop);
}

static ct_tval get_attribute(ct_renderer *r, ct_tobject *object, ct_str name)
{
    uint8_t which = ct_loop_attribute(name);
    return which ? ct_loop_get(r, (ct_loop *)object, which) : ct_t_unset();
}

static ct_tval cycle(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    const ct_loop *loop = (ct_loop *)args[0].object;
    if (count < 2)
        ct_render_fail(r, "loop.cycle() needs something to cycle through");
    return args[1 + loop->index % (count - 1)];
}

static ct_tval changed(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_loop *loop = (ct_loop *)args[0].object;
    bool same = loop->changed && loop->changed->count == count - 1;
    for (uint32_t i = 1; same && i < count; i++)
        same = ct_tval_equal(r, loop->changed->items[i - 1], args[i]);
    if (same)
        return ct_t_bool(false);
    loop->changed = ct_tlist_new(r, count - 1);
    for (uint32_t i = 1; i < count; i++)
        ct_tlist_add(r, loop->changed, args[i]);
    return ct_t_bool(true);
}

static const ct_fn methods[] = {
    { .name = "cycle", .function = cycle, .params = "self, *" },
    { .name = "changed", .function = changed, .params = "self, *" },
    { .name = NULL },
};

static ct_tval recurse(ct_renderer *r, ct_tobject *object, const ct_call *call);

static ct_tval describe(ct_renderer *r, ct_tobject *object)
{
    const ct_loop *loop = (const ct_loop *)object;
    ct_buffer text = ct_text_begin(r);
    if (loop->code->django) { /* a dictionary, in Django */
        CT_BUFFER_LITERAL(&text, "{'parentloop': ");
        ct_render_check_stack(r);
        ct_tval_write_repr(r, &text, get_parent(r, loop));
        ct_buffer_printf(&text,
                         ", 'counter0': %" PRIu32 ", 'counter': %" PRIu32 ", 'revcounter': %" PRIu32
                         ", 'revcounter0': %" PRIu32 ", 'first': %s, 'last': %s}",
                         loop->index, loop->index + 1, loop->count - loop->index, loop->count - loop->index - 1,
                         loop->index ? "False" : "True", loop->index + 1 == loop->count ? "True" : "False");
        return ct_text_end(r, &text);
    }
    ct_buffer_printf(&text, "<LoopContext %" PRIu32 "/%" PRIu32 ">", loop->index + 1, loop->count);
    return ct_text_end(r, &text);
}

/* Django's cannot be called: forloop.parentloop is a lookup, which calls what can be. */
const ct_tclass ct_forloop_class = { .name = "loop", .get = get_attribute, .text = describe, .methods = methods };

const ct_tclass ct_loop_class = {
    .name = "loop", .get = get_attribute, .call = recurse, .text = describe, .methods = methods
};

/* ---- running ---- */

/* The items that the loop's condition lets through. */
static ct_tval filtered(ct_renderer *r, const ct_for *code, ct_tval iterable)
{
    ct_seq seq;
    ct_seq_init(r, &seq, iterable);
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_render_step(r, 1);
        ct_tval item = ct_seq_at(r, &seq, i);
        ct_scope_clear(r, code->scope, 0);
        ct_assign(r, &code->target, item);
        if (ct_tval_truth(r, ct_eval_node(r, code->condition)))
            ct_tlist_add(r, list, item);
    }
    return ct_t_list(list);
}

/* A list may grow while it is walked. */
static inline uint32_t current_count(const ct_seq *seq)
{
    return seq->of.type == CT_T_LIST ? seq->of.list->count : seq->count;
}

/* One variable and nothing that asks for the loop itself. True when an iteration came to its end: as Jinja has it,
 * `else` is for loops in which none did, be it for want of items or for break and continue. */
static bool run_simple(ct_renderer *r, const ct_for *code, const ct_seq *seq)
{
    bool clear =
        code->scope->symbols.count > code->fixed && !code->django; /* Django's variables stay until the loop ends */
    int32_t slot = code->target.slot;
    bool completed = false;
    for (uint32_t i = 0; i < current_count(seq); i++) {
        ct_render_step(r, 1);
        if (clear)
            ct_scope_clear(r, code->scope, code->fixed);
        r->slots[slot] = item_of(r, seq, code->reversed ? seq->count - 1 - i : i);
        ct_flow flow = ct_exec_body(r, &code->body);
        if (CT_UNLIKELY(flow == CT_FLOW_BREAK))
            break;
        completed |= flow == CT_FLOW_NEXT;
    }
    return completed;
}

static bool run_full(ct_renderer *r, const ct_for *code, ct_loop *loop)
{
    bool completed = false;
    for (; loop->index < loop->count; loop->index++, loop->count = current_count(&loop->seq)) {
        ct_render_step(r, 1);
        if (!code->django || !loop->index)
            ct_scope_clear(r, code->scope, code->fixed);
        r->slots[code->loop_slot] = ct_t_object(&loop->object);
        ct_assign(r, &code->target, item_at(r, loop, loop->index));
        ct_flow flow = ct_exec_body(r, &code->body);
        if (flow == CT_FLOW_BREAK)
            break;
        completed |= flow == CT_FLOW_NEXT;
    }
    return completed;
}

static ct_loop *new_loop(ct_renderer *r, const ct_for *code, const ct_seq *seq)
{
    ct_loop *loop = ct_render_take(r, sizeof(*loop));
    *loop = (ct_loop){ .object.class = code->django ? &ct_forloop_class : &ct_loop_class,
                       .seq = *seq,
                       .count = seq->count,
                       .reversed = code->reversed,
                       .frame = r->frame,
                       .code = code };
    if (code->outer)
        loop->parent = ct_eval_node(r, code->outer);
    return loop;
}

/* Walks `iterable`: false when no iteration came to its end. */
static bool run(ct_renderer *r, const ct_for *code, ct_tval iterable, uint32_t depth)
{
    ct_seq seq;
    if (code->condition)
        iterable = filtered(r, code, iterable);
    ct_seq_init(r, &seq, iterable);
    if (!seq.count)
        return false;
    if (code->simple)
        return run_simple(r, code, &seq);
    ct_loop *loop = new_loop(r, code, &seq);
    loop->depth = depth;
    return run_full(r, code, loop);
}

/* What Django walks: None is empty, and a missing value unless that is an error; a method is called. */
static ct_tval iterable_of(ct_renderer *r, const ct_for *code)
{
    ct_tval v = ct_eval_node(r, code->iterable);
    r->at = code->iterable->place;
    if (v.type == CT_T_METHOD)
        return ct_tval_call(r, v, &(ct_call){ 0 });
    if (code->django)
        v = ct_django_present(r, code->iterable, v);
    if (code->django && v.type == CT_T_NONE)
        return ct_t_tuple(ct_tlist_new(r, 0));
    return v;
}

ct_flow ct_exec_for(ct_renderer *r, const ct_stmt *s)
{
    const ct_for *code = s->loop.loop;
    ct_tval iterable = iterable_of(r, code);
    if (run(r, code, iterable, 0))
        return CT_FLOW_NEXT;
    return code->otherwise.count ? ct_exec_body(r, &code->otherwise) : CT_FLOW_NEXT;
}

/* loop(items): the loop again, inside itself. */
static ct_tval recurse(ct_renderer *r, ct_tobject *object, const ct_call *call)
{
    const ct_loop *outer = (const ct_loop *)object;
    const ct_for *code = outer->code;
    if (!code->recursive)
        ct_render_fail(r, "the loop cannot be called: it is not {%% for ... recursive %%}");
    if (call->count != 1 || call->named_count)
        ct_render_fail(r, "loop() takes what it shall walk, and nothing else");
    if (outer->frame != r->frame)
        ct_render_fail(r, "a loop can be called in its own body only, not in a macro, a block or another template");
    ct_render_check_stack(r);
    size_t saved_size = (size_t)(code->end_slot - code->first_slot) * sizeof(ct_tval), start = r->out->length;
    ct_tval *saved = ct_render_take(r, saved_size + 1);
    memcpy(saved, r->slots + code->first_slot, saved_size);
    if (!run(r, code, call->args[0], outer->depth + 1))
        ct_exec_body(r, &code->otherwise);
    memcpy(r->slots + code->first_slot, saved, saved_size);
    return ct_capture_end(r, start);
}
