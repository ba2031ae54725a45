/* Django's tags that write addresses: url, static, get_static_prefix, get_media_prefix, querystring; and csrf_token.
 *
 * Addresses are an app's to make: {% url %} calls the global function url_for(name, *args, **kwargs) and {% static %}
 * the function static(path), which the app adds to the engine. A template that is rendered without an app has neither.
 * static then goes by the variables STATIC_URL and MEDIA_URL; url fails, but only when it runs. */
#include "template/engine.h"
#include "template/render.h"
#include "template/tag_args.h"

/* ---- url ---- */

typedef struct {
    const ct_callable *function; /* NULL: there is no app */
    uint32_t count, named_count;
    const ct_node **values; /* the name of the route first; then the named ones */
    ct_str *names;
    ct_result result;
} url;

typedef struct {
    const ct_callable *function;
    ct_call call;
} url_call;

static ct_tval call_url_for(ct_renderer *r, const void *arg)
{
    const url_call *what = arg;
    return ct_callable_call(r, what->function, ct_t_unset(), &what->call);
}

/* With `as` a route that does not exist, or does not take the arguments, gives "". */
static ct_tval address(ct_renderer *r, const url_call *what, bool named)
{
    ct_tval v;
    if (!named)
        return call_url_for(r, what);
    return ct_render_try(r, call_url_for, what, &v) ? v : CT_T_LITERAL("");
}

static ct_flow exec_url(ct_renderer *r, const ct_stmt *s)
{
    const url *data = s->other.data;
    uint32_t count = data->count + data->named_count;
    r->at = s->place;
    if (!data->function)
        ct_render_fail(r, "{%% url %%} needs url_for(), which is there only inside an app");
    ct_tval *values = ct_render_take(r, count * sizeof(*values));
    for (uint32_t i = 0; i < count; i++)
        values[i] = ct_eval_argument(r, data->values[i]);
    const url_call what = { .function = data->function,
                            .call = { .args = values,
                                      .count = data->count,
                                      .names = data->names,
                                      .named = values + data->count,
                                      .named_count = data->named_count } };
    r->at = s->place;
    ct_result_give(r, &data->result, address(r, &what, data->result.named), s->django);
    return CT_FLOW_NEXT;
}

/* Sets the arguments in the order of a call: positional ones, then named ones, as they were written. */
static void take_arguments(ct_parser *p, url *data, const ct_arguments *arguments)
{
    const ct_node **values = ct_engine_take(p->engine, arguments->count * sizeof(*values));
    ct_str *names = ct_engine_take(p->engine, arguments->count * sizeof(*names));
    for (uint32_t i = 0; i < arguments->count; i++) {
        values[i] = arguments->items[i].value;
        if (arguments->items[i].name.data)
            names[data->named_count++] = arguments->items[i].name;
    }
    data->count = arguments->count - data->named_count;
    data->values = values;
    data->names = names;
}

/* {% url 'name' a k=v as x %} */
void ct_tag_url(ct_parser *p, const ct_token *tag)
{
    ct_arguments arguments = { 0 };
    url *data = ct_engine_take(p->engine, sizeof(*data));
    const ct_node *name = ct_parse_argument(p, CT_MISSING_EMPTY);
    ct_arguments_add(p, &arguments, (ct_str){ 0 }, name);
    ct_parse_arguments(p, &arguments, CT_MISSING_EMPTY);
    take_arguments(p, data, &arguments);
    data->result = ct_parse_result(p);
    data->function = ct_engine_global(p->engine, CT_STR("url_for"));
    ct_str text;
    if (ct_is_constant_text(name, &text)) {
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_URL, .name = text, .optional = data->result.named },
                         name->place);
        ct_note_filename(p, text, data->names, data->values + data->count, data->named_count);
    }
    ct_stmt_new(p, exec_url, tag->text.data)->other.data = data;
}

/* ---- static ---- */

typedef struct {
    const ct_callable *function; /* NULL: there is no app */
    const ct_node *path;         /* NULL: the prefix alone */
    const ct_node *prefix;       /* the variable instead of the function */
    ct_str variable;             /* its name */
    ct_result result;
} static_file;

/* Appends text with everything but letters, digits, "_.-~" and `also` as %XX: urllib.parse.quote(). */
static void write_quoted(ct_buffer *out, ct_str text, char also, bool plus)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        char ch = text.data[i], lower = ct_ascii_lower(ch);
        if ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '.' || ch == '-' ||
            ch == '~' || ch == also) {
            ct_buffer_char(out, ch);
        } else if (plus && ch == ' ') {
            ct_buffer_char(out, '+');
        } else {
            const unsigned char byte = (unsigned char)ch;
            ct_buffer_append(out, (char[]){ '%', hex[byte >> 4], hex[byte & 15] }, 3);
        }
    }
}

/* The path below the prefix; one that begins with '/' stands for itself, as for urljoin(). */
static ct_tval join(ct_renderer *r, ct_str prefix, ct_str path)
{
    ct_buffer text = ct_text_begin(r);
    if (!path.length || path.data[0] != '/') {
        const char *slash = prefix.length ? memrchr(prefix.data, '/', prefix.length) : NULL;
        if (path.length)
            prefix.length = slash ? (size_t)(slash + 1 - prefix.data) : 0;
        ct_buffer_str(&text, prefix);
    }
    write_quoted(&text, path, '/', false);
    return ct_text_end(r, &text);
}

static ct_tval static_url(ct_renderer *r, const static_file *data)
{
    ct_tval path = data->path ? ct_eval_argument(r, data->path) : CT_T_LITERAL("");
    if (data->function)
        return ct_callable_call(r, data->function, ct_t_unset(), &(ct_call){ .args = &path, .count = 1 });
    ct_tval prefix = ct_eval_node(r, data->prefix);
    if (!ct_t_is_text(prefix))
        ct_render_fail(r,
                       "nothing says where static files are: give the page a variable %.*s, or serve it by an app that "
                       "has static files",
                       CT_STR_ARG(data->variable));
    if (!data->path)
        return prefix;
    return join(r, ct_t_get_str(prefix), ct_t_get_str(ct_tval_text(r, path)));
}

static ct_flow exec_static(ct_renderer *r, const ct_stmt *s)
{
    const static_file *data = s->other.data;
    size_t start = r->out->length;
    r->at = s->place;
    ct_output(r, static_url(r, data), s->django);
    ct_result_written(r, &data->result, start);
    return CT_FLOW_NEXT;
}

static ct_flow exec_prefix(ct_renderer *r, const ct_stmt *s)
{
    const static_file *data = s->other.data;
    r->at = s->place;
    ct_tval v = static_url(r, data);
    if (ct_t_is_text(v) && !data->result.named)
        v.flags = CT_T_SAFE;
    ct_result_give(r, &data->result, v, s->django);
    return CT_FLOW_NEXT;
}

static static_file *new_static(ct_parser *p, const ct_token *tag, ct_str variable, bool function)
{
    static_file *data = ct_engine_take(p->engine, sizeof(*data));
    data->function = function ? ct_engine_global(p->engine, CT_STR("static")) : NULL;
    data->variable = variable;
    data->prefix = ct_name_node(p, ct_engine_symbol(p->engine, variable), tag->text.data);
    return data;
}

/* {% static 'path' as x %} */
void ct_tag_static(ct_parser *p, const ct_token *tag)
{
    static_file *data = new_static(p, tag, CT_STR("STATIC_URL"), true);
    ct_str text;
    data->path = ct_parse_argument(p, CT_MISSING_EMPTY);
    data->result = ct_parse_result(p);
    if (ct_is_constant_text(data->path, &text))
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_STATIC, .name = text }, data->path->place);
    ct_stmt_new(p, exec_static, tag->text.data)->other.data = data;
}

/* {% get_static_prefix as x %}, {% get_media_prefix as x %} */
void ct_tag_get_static_prefix(ct_parser *p, const ct_token *tag)
{
    bool media = ct_str_eq(tag->text, CT_STR("get_media_prefix"));
    static_file *data = new_static(p, tag, media ? CT_STR("MEDIA_URL") : CT_STR("STATIC_URL"), !media);
    data->result = ct_parse_result(p);
    ct_stmt_new(p, exec_prefix, tag->text.data)->other.data = data;
}

/* ---- querystring ---- */

typedef struct {
    const ct_node *request;
    ct_arguments arguments;
    ct_result result;
} querystring;

/* One parameter: None takes it away, anything to iterate over gives it several values. */
static void set_param(ct_renderer *r, ct_tdict *params, ct_tval key, ct_tval value)
{
    if (!ct_t_is_text(key))
        ct_render_fail(r, "the keys of a query string are text, not %s", ct_tval_type_name(key));
    key.flags = 0;
    if (value.type == CT_T_NONE)
        ct_tdict_remove(r, params, key);
    else
        ct_tdict_set(r, params, key, value);
}

static void add_mapping(ct_renderer *r, ct_tdict *params, ct_tval mapping)
{
    if (mapping.type == CT_T_OBJECT && mapping.object->class->seq && mapping.object->class->item) {
        ct_seq keys;
        ct_seq_init(r, &keys, mapping);
        ct_render_step(r, keys.count);
        for (uint32_t i = 0; i < keys.count; i++) {
            ct_tval key = ct_seq_at(r, &keys, i);
            set_param(r, params, key, mapping.object->class->item(r, mapping.object, key));
        }
        return;
    }
    if (mapping.type != CT_T_DICT && mapping.type != CT_T_MAP)
        ct_render_fail(r, "querystring takes mappings and name=value, not %s", ct_tval_type_name(mapping));
    const ct_tdict *dict = mapping.type == CT_T_DICT ? mapping.dict : ct_tdict_of(r, mapping);
    uint32_t at = 0;
    for (const ct_tentry *entry; (entry = ct_tdict_next(dict, &at));)
        set_param(r, params, entry->key, entry->value);
}

static void write_param(ct_renderer *r, ct_buffer *text, ct_str name, ct_tval value)
{
    if (text->length > 1)
        ct_buffer_char(text, '&');
    write_quoted(text, name, '_', true);
    ct_buffer_char(text, '=');
    write_quoted(text, ct_t_get_str(ct_tval_text(r, value)), '_', true);
}

static ct_tval query_text(ct_renderer *r, const ct_tdict *params)
{
    ct_buffer text = ct_text_begin(r);
    uint32_t at = 0;
    ct_buffer_char(&text, '?');
    for (const ct_tentry *entry; (entry = ct_tdict_next(params, &at));) {
        ct_str name = ct_t_get_str(entry->key);
        if (ct_t_is_text(entry->value) || !ct_tval_iterable(entry->value)) {
            write_param(r, &text, name, entry->value);
            continue;
        }
        ct_seq values;
        ct_seq_init(r, &values, entry->value);
        ct_render_step(r, values.count);
        for (uint32_t i = 0; i < values.count; i++)
            write_param(r, &text, name, ct_seq_at(r, &values, i));
    }
    return ct_text_end(r, &text);
}

static ct_flow exec_querystring(ct_renderer *r, const ct_stmt *s)
{
    const querystring *data = s->other.data;
    const ct_arguments *arguments = &data->arguments;
    ct_tdict *params = ct_tdict_new(r);
    r->at = s->place;
    if (data->request) {
        ct_tval request = ct_eval_node(r, data->request), get = ct_t_none();
        if (request.type != CT_T_UNDEFINED && request.type != CT_T_NONE)
            get = ct_tval_lookup(r, request, CT_STR("GET"));
        if (get.type == CT_T_UNDEFINED || get.type == CT_T_NONE)
            ct_render_fail(r, "querystring begins with request.GET, which is not there: give it a mapping");
        add_mapping(r, params, get);
    }
    for (uint32_t i = 0; i < arguments->count; i++) {
        ct_tval v = ct_eval_argument(r, arguments->items[i].value);
        r->at = s->place;
        if (arguments->items[i].name.data)
            set_param(r, params, ct_t_str(arguments->items[i].name), v);
        else
            add_mapping(r, params, v);
    }
    ct_result_give(r, &data->result, query_text(r, params), s->django);
    return CT_FLOW_NEXT;
}

/* {% querystring mapping page=2 sort=None as x %}: without a mapping it begins with request.GET. */
void ct_tag_querystring(ct_parser *p, const ct_token *tag)
{
    querystring *data = ct_engine_take(p->engine, sizeof(*data));
    ct_parse_arguments(p, &data->arguments, CT_MISSING_EMPTY);
    data->result = ct_parse_result(p);
    if (!data->arguments.count || data->arguments.items[0].name.data)
        data->request = ct_name_node(p, ct_engine_symbol(p->engine, CT_STR("request")), tag->text.data);
    ct_stmt_new(p, exec_querystring, tag->text.data)->other.data = data;
}

/* ---- csrf_token ---- */

/* The token goes into an attribute, so it is escaped whatever the template says. */
static ct_flow exec_csrf_token(ct_renderer *r, const ct_stmt *s)
{
    ct_tval token = ct_eval_node(r, s->value);
    r->at = s->place;
    if (!ct_tval_truth(r, token) || (ct_t_is_text(token) && ct_str_eq(ct_t_get_str(token), CT_STR("NOTPROVIDED"))))
        return CT_FLOW_NEXT;
    bool autoescape = r->autoescape;
    CT_BUFFER_LITERAL(r->out, "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"");
    r->autoescape = true;
    ct_output(r, token, s->django);
    r->autoescape = autoescape;
    CT_BUFFER_LITERAL(r->out, "\">");
    return CT_FLOW_NEXT;
}

void ct_tag_csrf_token(ct_parser *p, const ct_token *tag)
{
    ct_expect_tag_end(p);
    const ct_node *token = ct_name_node(p, ct_engine_symbol(p->engine, CT_STR("csrf_token")), tag->text.data);
    ct_stmt_new(p, exec_csrf_token, tag->text.data)->value = token;
}
