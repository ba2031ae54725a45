/* Macros: {% macro %}, {% call %}, and the values they make.
 *
 * A macro is a value that knows where it was made: its unit looks names up in the surroundings of that place, whoever
 * calls it. {% call %} makes one of its body and hands it to the called macro as `caller`. */
#include "template/engine.h"
#include "template/eval.h"
#include "template/exec.h"
#include "template/page.h"
#include "template/parser.h"
#include "template/render.h"

#define MAX_PARAMETERS 64

typedef struct ct_macro {
    ct_tobject object;
    const ct_macro_code *code;
    const ct_env *env; /* of the place where it was made */
    ct_page *page;
    bool autoescape;
} ct_macro;

static ct_tval call_macro(ct_renderer *r, ct_tobject *object, const ct_call *call);

/* ---- what a macro has to say ---- */

static ct_tval get_attribute(ct_renderer *r, ct_tobject *object, ct_str name)
{
    const ct_macro_code *code = ((ct_macro *)object)->code;
    if (ct_str_eq(name, CT_STR("name")))
        return code->anonymous ? ct_t_none() : ct_t_str(code->unit->name);
    if (ct_str_eq(name, CT_STR("catch_kwargs")))
        return ct_t_bool(code->kwargs_slot >= 0);
    if (ct_str_eq(name, CT_STR("catch_varargs")))
        return ct_t_bool(code->varargs_slot >= 0);
    if (ct_str_eq(name, CT_STR("caller")))
        return ct_t_bool(code->caller_slot >= 0);
    if (!ct_str_eq(name, CT_STR("arguments")))
        return ct_t_unset();
    ct_tlist *names = ct_tlist_new(r, code->count);
    for (uint32_t i = 0; i < code->count; i++)
        ct_tlist_add(r, names, ct_t_str(code->parameters[i].name));
    return ct_t_tuple(names);
}

static ct_tval describe(ct_renderer *r, ct_tobject *object)
{
    const ct_macro_code *code = ((ct_macro *)object)->code;
    ct_buffer text = ct_text_begin(r);
    if (!code->anonymous)
        ct_buffer_printf(&text, "<Macro '%.*s'>", CT_STR_ARG(code->unit->name));
    else
        CT_BUFFER_LITERAL(&text, "<Macro anonymous>");
    return ct_text_end(r, &text);
}

static const ct_tclass macro_class = { .name = "macro", .get = get_attribute, .call = call_macro, .text = describe };

/* ---- calling ---- */

static int find_parameter(const ct_macro_code *code, ct_str name)
{
    for (uint32_t i = 0; i < code->count; i++)
        if (ct_str_eq(code->parameters[i].name, name))
            return (int)i;
    return -1;
}

/* Positional arguments past the parameters. */
static void bind_extra(ct_renderer *r, const ct_macro_code *code, const ct_call *call)
{
    ct_str name = code->unit->name;
    if (code->varargs_slot < 0) {
        if (call->count > code->count)
            ct_render_fail(r, "macro '%.*s' takes not more than %" PRIu32 " argument%s", CT_STR_ARG(name), code->count,
                           code->count == 1 ? "" : "s");
        return;
    }
    ct_tlist *extra = ct_tlist_new(r, call->count > code->count ? call->count - code->count : 0);
    for (uint32_t i = code->count; i < call->count; i++)
        ct_tlist_add(r, extra, call->args[i]);
    r->slots[code->varargs_slot] = ct_t_tuple(extra);
}

static void bind_named(ct_renderer *r, const ct_macro_code *code, const ct_call *call)
{
    ct_str name = code->unit->name;
    ct_tdict *more = code->kwargs_slot >= 0 ? ct_tdict_new(r) : NULL;
    for (uint32_t i = 0; i < call->named_count; i++) {
        int at = find_parameter(code, call->names[i]);
        if (at >= 0) {
            if ((uint32_t)at < call->count)
                ct_render_fail(r, "macro '%.*s' got the argument '%.*s' twice", CT_STR_ARG(name),
                               CT_STR_ARG(call->names[i]));
            r->slots[code->parameters[at].slot] = call->named[i];
        } else if (ct_str_eq(call->names[i], CT_STR("caller")) && code->caller_slot >= 0) {
            r->slots[code->caller_slot] = call->named[i];
        } else if (more) {
            ct_tdict_set(r, more, ct_t_str(call->names[i]), call->named[i]);
        } else if (ct_str_eq(call->names[i], CT_STR("caller"))) {
            ct_render_fail(r,
                           "macro '%.*s' was invoked with two values for the special caller argument, or by "
                           "{%% call %%} though it does not use `caller`",
                           CT_STR_ARG(name));
        } else {
            ct_render_fail(r, "macro '%.*s' takes no keyword argument '%.*s'", CT_STR_ARG(name),
                           CT_STR_ARG(call->names[i]));
        }
    }
    if (more)
        r->slots[code->kwargs_slot] = ct_t_dict(more);
}

/* The defaults of what was not given, in order. One that names its own parameter or a later one finds what the call
 * gave for it, or nothing. */
static void bind_defaults(ct_renderer *r, const ct_macro_code *code)
{
    for (uint32_t i = 0; i < code->count; i++) {
        const ct_parameter *parameter = &code->parameters[i];
        if (r->slots[parameter->slot].type != CT_T_UNSET)
            continue;
        r->slots[parameter->slot] =
            parameter->fallback ? ct_eval_node(r, parameter->fallback) : ct_t_undefined(parameter->name, CT_T_UNSET);
    }
    if (code->caller_slot >= 0 && r->slots[code->caller_slot].type == CT_T_UNSET)
        r->slots[code->caller_slot] = ct_t_undefined(CT_STR("caller"), CT_T_UNSET);
}

/* Runs the macro; what it writes goes to the output. */
static void run_macro(ct_renderer *r, const ct_macro *macro, const ct_call *call)
{
    const ct_macro_code *code = macro->code;
    ct_frame frame;
    ct_frame_enter(r, &frame, code->unit, macro->page, macro->env, "called by");
    const ct_template *own = r->template;
    r->template = frame.template; /* wrong arguments are the caller's mistake */
    r->autoescape = macro->autoescape;
    for (uint32_t i = 0; i < code->count && i < call->count; i++)
        r->slots[code->parameters[i].slot] = call->args[i];
    bind_extra(r, code, call);
    bind_named(r, code, call);
    r->template = own;
    bind_defaults(r, code);
    ct_exec_body(r, &code->unit->body);
    ct_frame_leave(r, &frame);
}

static ct_tval call_macro(ct_renderer *r, ct_tobject *object, const ct_call *call)
{
    const ct_macro *macro = (const ct_macro *)object;
    size_t start = r->out->length;
    run_macro(r, macro, call);
    ct_tval text = ct_capture_end(r, start);
    text.flags = macro->autoescape ? CT_T_SAFE : 0;
    return text;
}

bool ct_macro_write(ct_renderer *r, ct_tval callee, const ct_call *call)
{
    if (callee.type != CT_T_OBJECT || callee.object->class != &macro_class)
        return false;
    const ct_macro *macro = (const ct_macro *)callee.object;
    if (r->autoescape && !macro->autoescape)
        return false; /* what it writes has to be escaped */
    run_macro(r, macro, call);
    return true;
}

static ct_tval make_macro(ct_renderer *r, const ct_macro_code *code)
{
    ct_macro *macro = ct_render_take(r, sizeof(*macro));
    *macro = (ct_macro){ .object.class = &macro_class,
                         .code = code,
                         .env = ct_env_keep(r, code->scope),
                         .page = r->page,
                         .autoescape = r->autoescape };
    return ct_t_object(&macro->object);
}

ct_flow ct_exec_macro(ct_renderer *r, const ct_stmt *s)
{
    ct_assign(r, &s->macro.target, make_macro(r, s->macro.code));
    return CT_FLOW_NEXT;
}

/* The arguments of the call, with the body as one more. */
static void add_caller(ct_renderer *r, ct_call *call, ct_tval caller)
{
    uint32_t count = call->named_count;
    ct_str *names = ct_render_take(r, (count + 1) * sizeof(*names));
    ct_tval *values = ct_render_take(r, (count + 1) * sizeof(*values));
    if (count) {
        memcpy(names, call->names, count * sizeof(*names));
        memcpy(values, call->named, count * sizeof(*values));
    }
    names[count] = CT_STR("caller");
    values[count] = caller;
    call->names = names;
    call->named = values;
    call->named_count = count + 1;
}

ct_flow ct_exec_call_block(ct_renderer *r, const ct_stmt *s)
{
    const ct_node *n = s->macro.call;
    ct_tval room[CT_CALL_ROOM], callee = ct_eval_node(r, n->call.callee);
    ct_call call;
    ct_eval_args(r, n->call.args, room, &call);
    add_caller(r, &call, make_macro(r, s->macro.code));
    r->at = n->place;
    if (!ct_macro_write(r, callee, &call))
        ct_output(r, ct_tval_call(r, callee, &call), false);
    return CT_FLOW_NEXT;
}

/* ---- parsing ---- */

/* The names between the parentheses are variables before any of the defaults is read. */
static void declare_parameters(ct_parser *p)
{
    const ct_token *start = p->at;
    for (int depth = 0; !ct_at_type(p, CT_TOKEN_TAG_END) && !ct_at_type(p, CT_TOKEN_END); p->at++) {
        depth += ct_at_op(p, '(') || ct_at_op(p, '[') || ct_at_op(p, '{');
        depth -= ct_at_op(p, ')') || ct_at_op(p, ']') || ct_at_op(p, '}');
        if (!depth)
            break;
        if (depth > 1 || !(ct_at_op(p, '(') || ct_at_op(p, ',')) || p->at[1].type != CT_TOKEN_NAME)
            continue;
        const ct_symbol *name = ct_engine_symbol(p->engine, p->at[1].text);
        if (ct_find_variable(p, name) >= 0)
            ct_parse_fail(p, p->at[1].text.data, "the parameter '%.*s' comes twice", CT_STR_ARG(name->name));
        ct_declare_parameter(p, name);
    }
    p->at = start;
}

static void parse_parameters(ct_parser *p, ct_macro_code *code)
{
    ct_parameter room[MAX_PARAMETERS];
    uint32_t count = 0;
    bool defaults = false;
    declare_parameters(p);
    ct_expect_op(p, '(');
    while (!ct_at_op(p, ')')) {
        if (count)
            ct_expect_op(p, ',');
        if (count == MAX_PARAMETERS)
            ct_parse_fail(p, p->at->text.data, "more than %d parameters", MAX_PARAMETERS);
        const char *place = p->at->text.data;
        ct_parameter *parameter = &room[count++];
        parameter->name = ct_expect_name(p, "the name of a parameter");
        parameter->slot = ct_declare(p, ct_engine_symbol(p->engine, parameter->name));
        parameter->fallback = ct_take_op(p, '=') ? ct_parse_expression(p) : NULL;
        if (defaults && !parameter->fallback)
            ct_parse_fail(p, place, "a parameter without a default follows one with a default");
        defaults |= parameter->fallback != NULL;
        if (ct_str_eq(parameter->name, CT_STR("caller")) && !parameter->fallback)
            ct_parse_fail(p, place, "a parameter named 'caller' needs a default, or must be left out");
    }
    ct_expect_op(p, ')');
    ct_parameter *parameters = ct_engine_take(p->engine, CT_MAX(count, 1u) * sizeof(*parameters));
    memcpy(parameters, room, count * sizeof(*parameters));
    code->parameters = parameters;
    code->count = count;
}

/* Parameters, if any, and body, as a unit of its own. `after` parses what stands between them. */
static void parse_macro_unit(ct_parser *p, const ct_token *tag, ct_macro_code *code, ct_str name, const char *end,
                             ct_stmt *call)
{
    ct_unit_saved saved;
    bool has_parameters = !call || ct_at_op(p, '(');
    const ct_token *start = p->at;
    if (call) { /* the called expression belongs to the surroundings */
        int depth = 0;
        if (has_parameters)
            do {
                depth += ct_at_op(p, '(');
                depth -= ct_at_op(p, ')');
                if (ct_at_type(p, CT_TOKEN_TAG_END) || ct_at_type(p, CT_TOKEN_END))
                    ct_unexpected(p, "')'");
                p->at++;
            } while (depth);
        const ct_node *n = ct_parse_expression(p);
        if (n->kind != CT_NODE_CALL)
            ct_parse_fail(p, n->place, "{%% call %%} needs a call: name(...)");
        call->macro.call = n;
    }
    const ct_token *after = p->at;
    code->scope = p->scope;
    ct_unit_capture(p);
    ct_unit *unit = ct_unit_open(p, &saved, "macro", name);
    code->unit = unit;
    unit->autoescape = -1;
    ct_unit_allow_implicit(p);
    p->at = start;
    if (has_parameters)
        parse_parameters(p, code);
    if (call)
        p->at = after;
    ct_expect_tag_end(p);
    unit->body = ct_parse_body_to(p, tag, end);
    ct_unit_implicit(p, &code->varargs_slot, &code->kwargs_slot, &code->caller_slot);
    ct_unit_close(p, &saved);
}

void ct_tag_macro(ct_parser *p, const ct_token *tag)
{
    ct_macro_code *code = ct_engine_take(p->engine, sizeof(*code));
    ct_stmt *s = ct_stmt_new(p, ct_exec_macro, tag->text.data);
    const ct_token *token = p->at;
    ct_str name = ct_expect_name(p, "the name of the macro");
    s->macro.code = code;
    s->macro.target = ct_name_target(p, name, token->text.data);
    parse_macro_unit(p, tag, code, name, "endmacro", NULL);
}

void ct_tag_call(ct_parser *p, const ct_token *tag)
{
    ct_macro_code *code = ct_engine_take(p->engine, sizeof(*code));
    ct_stmt *s = ct_stmt_new(p, ct_exec_call_block, tag->text.data);
    s->macro.code = code;
    code->anonymous = true;
    parse_macro_unit(p, tag, code, CT_STR("caller"), "endcall", s);
}
