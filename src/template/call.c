/* Calls of rows of tables: reading what parameters they have, and bringing arguments into their order. */
#include "template/engine.h"
#include "template/render.h"

#include <stdio.h>

#define MAX_PARAMS 16

/* ---- reading the parameters of a row ---- */

static void add_param(ct_engine *engine, ct_callable *callable, ct_str *params, ct_str text)
{
    if (ct_str_eq(text, CT_STR("*"))) {
        callable->takes_rest = true;
        return;
    }
    if (callable->param_count == MAX_PARAMS)
        ct_die("the template function %s has more than %d parameters", callable->fn->name, MAX_PARAMS);
    bool optional = text.data[text.length - 1] == '=';
    if (optional)
        text.length--;
    if (ct_str_eq(text, CT_STR("**"))) {
        callable->takes_named = true;
        callable->named_index = callable->param_count;
    } else if (!optional) {
        callable->required++;
    }
    params[callable->param_count++] = ct_engine_symbol(engine, text)->name;
}

void ct_callable_init(ct_engine *engine, ct_callable *callable, const ct_fn *fn, void *user)
{
    ct_str params[MAX_PARAMS], rest = ct_str_of(fn->params);
    *callable = (ct_callable){ .fn = fn, .user = user };
    while (rest.length) {
        ct_str param = ct_str_next(&rest, ',');
        if (param.length)
            add_param(engine, callable, params, param);
    }
    size_t size = callable->param_count * sizeof(*params);
    ct_str *kept = ct_engine_take(engine, CT_MAX(size, 1));
    memcpy(kept, params, size);
    callable->params = kept;
}

/* ---- checking arguments ---- */

/* Parameters that positional arguments can fill. */
static uint32_t positional_count(const ct_callable *callable)
{
    return callable->param_count - (callable->takes_named ? 1u : 0u);
}

static int find_param(const ct_callable *callable, ct_str name)
{
    for (int i = 0; i < callable->param_count; i++)
        if (ct_str_eq(callable->params[i], name) && !(callable->takes_named && i == callable->named_index))
            return i;
    return -1;
}

static bool is_named(const ct_str *names, uint32_t count, ct_str name)
{
    for (uint32_t i = 0; i < count; i++)
        if (ct_str_eq(names[i], name))
            return true;
    return false;
}

typedef enum { FITS, TOO_MANY, UNKNOWN_NAME, TWICE, MISSING } refusal;

/* Whether the arguments fit, and the name that is to blame if not. */
static refusal check(const ct_callable *callable, uint32_t count, const ct_str *names, uint32_t named_count,
                     ct_str *ret_name)
{
    if (count > positional_count(callable) && !callable->takes_rest)
        return TOO_MANY;
    for (uint32_t i = 0; i < named_count; i++) {
        int at = find_param(callable, names[i]);
        *ret_name = names[i];
        if (at < 0 && !callable->takes_named)
            return UNKNOWN_NAME;
        if (at >= 0 && (uint32_t)at < count)
            return TWICE;
    }
    for (uint32_t i = count; i < callable->required; i++) {
        *ret_name = callable->params[i];
        if (!is_named(names, named_count, *ret_name))
            return MISSING;
    }
    return FITS;
}

static void describe(char *text, size_t size, const ct_callable *callable, refusal why, uint32_t count, ct_str name)
{
    uint32_t most = positional_count(callable);
    switch (why) {
    case FITS:
        break;
    case TOO_MANY:
        snprintf(text, size, "takes at most %" PRIu32 " argument%s, %" PRIu32 " given", most, most == 1 ? "" : "s",
                 count);
        break;
    case UNKNOWN_NAME:
        snprintf(text, size, "takes no argument named '%.*s'", CT_STR_ARG(name));
        break;
    case TWICE:
        snprintf(text, size, "got the argument '%.*s' twice", CT_STR_ARG(name));
        break;
    case MISSING:
        snprintf(text, size, "needs the argument '%.*s'", CT_STR_ARG(name));
        break;
    }
}

const char *ct_callable_refuses(ct_engine *engine, const ct_callable *callable, uint32_t count, const ct_str *names,
                                uint32_t named_count)
{
    char text[200];
    ct_str name = { 0 };
    refusal why = check(callable, count, names, named_count, &name);
    if (why == FITS)
        return NULL;
    describe(text, sizeof(text), callable, why, count, name);
    return ct_engine_printf(engine, "%s", text);
}

/* ---- calling ---- */

/* The positional arguments in their places, `self` before them. Those of "*" follow the parameters. */
static void bind_positional(const ct_callable *callable, ct_tval self, const ct_call *call, ct_tval *values)
{
    uint32_t given = 0, total = call->count + (self.type != CT_T_UNSET), at = 0;
    uint32_t places = positional_count(callable);
    for (; given < total; given++) {
        ct_tval v = self.type != CT_T_UNSET ? given ? call->args[given - 1] : self : call->args[given];
        if (given >= places) {
            values[callable->param_count + given - places] = v;
            continue;
        }
        if (callable->takes_named && at == callable->named_index)
            at++;
        values[at++] = v;
    }
}

static void bind_named(ct_renderer *r, const ct_callable *callable, const ct_call *call, ct_tval *values)
{
    ct_tdict *more = NULL;
    for (uint32_t i = 0; i < call->named_count; i++) {
        int at = find_param(callable, call->names[i]);
        if (at >= 0) {
            values[at] = call->named[i];
            continue;
        }
        if (!more)
            more = ct_tdict_new(r);
        ct_tdict_set(r, more, ct_t_str(call->names[i]), call->named[i]);
    }
    if (more)
        values[callable->named_index] = ct_t_dict(more);
}

ct_tval ct_callable_call(ct_renderer *r, const ct_callable *callable, ct_tval self, const ct_call *call)
{
    ct_str name = { 0 };
    uint32_t given = call->count + (self.type != CT_T_UNSET);
    refusal why = check(callable, given, call->names, call->named_count, &name);
    if (CT_UNLIKELY(why != FITS)) {
        char text[200];
        describe(text, sizeof(text), callable, why, given, name);
        ct_render_fail(r, "%s() %s", callable->fn->name, text);
    }
    uint32_t places = positional_count(callable), extra = given > places ? given - places : 0;
    ct_tval room[MAX_PARAMS + 4], *values = room;
    if (callable->param_count + extra > CT_COUNT(room))
        values = ct_render_take(r, (callable->param_count + (size_t)extra) * sizeof(*values));
    for (uint32_t i = 0; i < callable->param_count; i++)
        values[i] = ct_t_unset();
    bind_positional(callable, self, call, values);
    if (call->named_count)
        bind_named(r, callable, call, values);
    if (callable->django && callable->param_count && (callable->fn->flags & CT_FN_TEXT))
        values[0] = ct_tval_text(r, values[0]);
    r->callee = callable;
    if (callable->param_count)
        ct_render_step_call(r, values[0], callable->fn);
    return callable->fn->function(r, values, callable->param_count + extra);
}

bool ct_tval_callable(ct_tval v)
{
    return v.type == CT_T_FUNCTION || v.type == CT_T_METHOD || (v.type == CT_T_OBJECT && v.object->class->call);
}

ct_tval ct_tval_call(ct_renderer *r, ct_tval callee, const ct_call *call)
{
    switch ((ct_ttype)callee.type) {
    case CT_T_FUNCTION:
        return ct_callable_call(r, callee.function, ct_t_unset(), call);
    case CT_T_METHOD:
        return ct_callable_call(r, callee.method->callable, callee.method->self, call);
    case CT_T_OBJECT:
        if (callee.object->class->call)
            return callee.object->class->call(r, callee.object, call);
        break;
    case CT_T_UNDEFINED:
        ct_tval_fail_undefined(r, callee);
    default:
        break;
    }
    ct_render_fail(r, "'%s' object is not callable", ct_tval_type_name(callee));
}

/* ---- arguments for the functions ---- */

CT_NORETURN static void wrong_type(ct_renderer *r, ct_tval arg, const char *what, const char *wanted)
{
    if (arg.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, arg);
    ct_render_fail(r, "%s must be %s, not '%s'", what, wanted, ct_tval_type_name(arg));
}

int64_t ct_arg_int(ct_renderer *r, ct_tval arg, int64_t fallback, const char *what)
{
    if (arg.type == CT_T_UNSET)
        return fallback;
    if (arg.type != CT_T_INT && arg.type != CT_T_BOOL)
        wrong_type(r, arg, what, "a whole number");
    return arg.integer;
}

bool ct_arg_flag(ct_renderer *r, ct_tval arg, bool fallback)
{
    return arg.type == CT_T_UNSET ? fallback : ct_tval_truth(r, arg);
}

ct_str ct_arg_str(ct_renderer *r, ct_tval arg, const char *fallback)
{
    if (arg.type == CT_T_UNSET)
        return fallback ? ct_str_of(fallback) : (ct_str){ 0 };
    return ct_t_get_str(ct_tval_text(r, arg));
}
