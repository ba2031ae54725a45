/* {% ifchanged %}: shows its body when its arguments, or what the body shows, are not what they were the last time.
 *
 * The last time is that of the same run of the innermost loop around: when an inner loop begins again, everything
 * counts as changed. Outside of loops it is that of the page. The loop may be one of an includer, as in Django. */
#include "template/loop.h"
#include "template/page.h"
#include "template/tag_args.h"

#include "template/engine.h"

typedef struct {
    const ct_node *forloop; /* the loop around, where there is one */
    ct_arguments arguments; /* none: what the body shows is compared */
    ct_body body, otherwise;
} changed;

/* What one tag last saw. */
struct remembered {
    bool seen;
    ct_tval *values; /* of the arguments */
    char *text;      /* or what the body showed */
    size_t length, capacity;
};

static struct remembered *remembered(ct_renderer *r, const changed *data)
{
    ct_loop *loop = ct_loop_of(ct_eval_node(r, data->forloop));
    if (loop && !loop->states) {
        loop->states = ct_render_take(r, sizeof(*loop->states));
        *loop->states = (ct_states){ 0 };
    }
    return ct_state(r, loop ? loop->states : &r->page->states, data, sizeof(struct remembered));
}

/* Whether the arguments are others than before; remembers them. */
static bool arguments_changed(ct_renderer *r, const changed *data, struct remembered *memory)
{
    bool differs = !memory->seen;
    if (!memory->values)
        memory->values = ct_render_take(r, data->arguments.count * sizeof(*memory->values));
    for (uint32_t i = 0; i < data->arguments.count; i++) {
        ct_tval v = ct_eval_argument(r, data->arguments.items[i].value);
        differs = differs || !ct_tval_equal(r, v, memory->values[i]);
        memory->values[i] = v;
    }
    memory->seen = true;
    return differs;
}

/* Whether the text is another than before; remembers it. */
static bool text_changed(ct_renderer *r, struct remembered *memory, const char *text, size_t length)
{
    if (memory->seen && memory->length == length && (!length || memcmp(memory->text, text, length) == 0))
        return false;
    if (memory->capacity < length) {
        memory->capacity = length + length / 2;
        memory->text = ct_render_take(r, memory->capacity);
    }
    if (length)
        memcpy(memory->text, text, length);
    memory->length = length;
    memory->seen = true;
    return true;
}

static ct_flow exec_ifchanged(ct_renderer *r, const ct_stmt *s)
{
    const changed *data = s->other.data;
    struct remembered *memory = remembered(r, data);
    r->at = s->place;
    if (data->arguments.count)
        return ct_exec_body(r, arguments_changed(r, data, memory) ? &data->body : &data->otherwise);
    size_t start = r->out->length;
    ct_flow flow = ct_exec_body(r, &data->body);
    if (text_changed(r, memory, r->out->data + start, r->out->length - start))
        return flow;
    r->out->length = start;
    return flow == CT_FLOW_NEXT ? ct_exec_body(r, &data->otherwise) : flow;
}

/* {% ifchanged a b %}...{% else %}...{% endifchanged %} */
void ct_tag_ifchanged(ct_parser *p, const ct_token *tag)
{
    static const char *const ends[] = { "endifchanged", "else", NULL };
    changed *data = ct_engine_take(p->engine, sizeof(*data));
    uint32_t end;
    data->forloop = ct_name_node(p, ct_engine_symbol(p->engine, CT_STR("forloop")), tag->text.data);
    while (!ct_at_type(p, CT_TOKEN_TAG_END))
        ct_arguments_add(p, &data->arguments, (ct_str){ 0 }, ct_parse_argument(p, CT_MISSING_NONE));
    ct_expect_tag_end(p);
    data->body = ct_parse_body(p, tag, ends, &end);
    if (end == 1) {
        ct_expect_tag_end(p);
        data->otherwise = ct_parse_body_to(p, tag, "endifchanged");
    } else {
        ct_expect_closed(p);
    }
    ct_stmt_new(p, exec_ifchanged, tag->text.data)->other.data = data;
}
