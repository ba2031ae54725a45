/* Fields of the query string and of forms: lists of names and values, parsed when first asked for. */
#include "canteen/request.h"
#include "canteen/work.h"
#include "web/ct.h"
#include "web/upload.h"

/* What messages call the two kinds. */
#define QUERY "query parameter"
#define FORM "form field"

static const ct_params *parse(ct *c, ct_str text, int over_status, const char *kind)
{
    ct_error error;
    ct_params *params = ct_take(c, sizeof *params);
    const ct_params_limits limits = { .count = (uint32_t)c->site->config.max_fields, .over_status = over_status };
    if (!ct_params_parse(c->arena, text, &limits, params, &error))
        ct_abort(c, error.status, "%ss: %s", kind, error.message);
    return params;
}

static const ct_params *query_of(ct *c)
{
    ct_need_request(c, "ct_query");
    if (!c->query)
        c->query = parse(c, c->exchange.head.query, 400, QUERY);
    return c->query;
}

static const ct_params *form_of(ct *c)
{
    ct_need_request(c, "ct_form");
    if (c->form)
        return c->form;
    if (ct_uploads_sent(c)) {
        ct_uploads_read(c, "ct_form");
        return c->form;
    }
    ct_bytes body = { 0 };
    if (strcmp(ct_content_type(c), "application/x-www-form-urlencoded") == 0)
        body = ct_body(c);
    c->form = parse(c, (ct_str){ body.data, body.len }, 413, FORM);
    return c->form;
}

/* 0 when missing or empty; 400 when it is no whole number. */
static int64_t required_int(ct *c, const ct_params *params, const char *kind, const char *name)
{
    const char *text = ct_params_get(params, name);
    int64_t value = 0;
    if (text && *text && !ct_str_to_int64(ct_str_of(text), &value))
        ct_abort(c, 400, "%s \"%s\" is not a whole number", kind, name);
    return value;
}

static int64_t int_or(const ct_params *params, const char *name, int64_t fallback)
{
    const char *text = ct_params_get(params, name);
    int64_t value;
    return text && ct_str_to_int64(ct_str_of(text), &value) ? value : fallback;
}

static const char *const *all(ct *c, const ct_params *params, const char *name)
{
    const char *const *values = ct_params_all(c->arena, params, name);
    if (!values)
        ct_mistake(c, "the values of \"%s\" do not fit into the request's memory", name);
    return values;
}

const char *ct_query(ct *c, const char *name)
{
    return ct_params_get(query_of(c), name);
}

int64_t ct_query_int(ct *c, const char *name)
{
    return required_int(c, query_of(c), QUERY, name);
}

int64_t ct_query_int_or(ct *c, const char *name, int64_t fallback)
{
    return int_or(query_of(c), name, fallback);
}

const char *const *ct_query_all(ct *c, const char *name)
{
    return all(c, query_of(c), name);
}

const char *ct_form(ct *c, const char *name)
{
    return ct_params_get(form_of(c), name);
}

int64_t ct_form_int(ct *c, const char *name)
{
    return required_int(c, form_of(c), FORM, name);
}

int64_t ct_form_int_or(ct *c, const char *name, int64_t fallback)
{
    return int_or(form_of(c), name, fallback);
}

const char *const *ct_form_all(ct *c, const char *name)
{
    return all(c, form_of(c), name);
}
