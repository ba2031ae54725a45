/* `request` in templates, under the names of Flask and of Django where these have them.
 *
 *   request ── attributes (a table below), each made when it is asked for
 *     ├─ args form cookies / GET POST COOKIES    names with one or several values: Flask's give the first, Django's the
 *     │                                          last
 *     ├─ files / FILES                           the same with the files of a form: what they are, not what is in them
 *     ├─ headers                                 names without case
 *     └─ META                                    HTTP_... and the few others that templates use
 *
 * Asking for the form reads the body; what is wrong with it ends the request as it does in a handler (400, 413). */
#include "web/template_request.h"

#include "canteen/request.h"
#include "canteen/upload.h"
#include "canteen/work.h"
#include "proto/url.h"
#include "web/client_info.h"
#include "web/ct.h"
#include "web/router.h"
#include "web/template_object.h"
#include "web/template_values.h"

#include <stdio.h>

static ct_tval text(const char *value)
{
    return value ? ct_t_str(ct_str_of(value)) : ct_t_none();
}

static void walk_keys(ct_renderer *r, ct_tlist *keys, ct_seq *ret_seq)
{
    ct_seq_init(r, ret_seq, ct_t_list(keys));
}

/* ---- names with several values ---- */

typedef struct fields {
    ct_tobject head;
    const ct_params *params; /* NULL: of files, with their lists made */
    ct_tdict *lists;         /* of each name its values, in order; made when first needed */
    bool last;               /* the last value counts */
} fields;

static fields *fields_of(ct_tobject *head)
{
    return CT_CONTAINER(head, fields, head);
}

/* Adds a value to those of its name. */
static void add_value(ct_renderer *r, ct_tdict *lists, ct_tval name, ct_tval value)
{
    ct_tval *list = ct_tdict_find(r, lists, name);
    if (!list) {
        ct_tdict_set(r, lists, name, ct_t_list(ct_tlist_new(r, 1)));
        list = ct_tdict_find(r, lists, name);
    }
    ct_tlist_add(r, list->list, value);
}

static const ct_tdict *lists_of(ct_renderer *r, fields *f)
{
    if (f->lists)
        return f->lists;
    ct_tdict *lists = ct_tdict_new(r);
    for (uint32_t i = 0; i < f->params->count; i++)
        add_value(r, lists, ct_t_str(f->params->items[i].name), ct_t_str(f->params->items[i].value));
    return f->lists = lists;
}

static ct_tval value_of(const fields *f, const ct_tlist *list)
{
    return list->items[f->last ? list->count - 1 : 0];
}

static ct_tval fields_item(ct_renderer *r, ct_tobject *head, ct_tval key)
{
    fields *f = fields_of(head);
    if (!ct_t_is_text(key))
        return ct_t_unset();
    const ct_tval *list = ct_tdict_find_str(r, lists_of(r, f), ct_t_get_str(key));
    return list ? value_of(f, list->list) : ct_t_unset();
}

static bool fields_truth(ct_renderer *r, ct_tobject *head)
{
    return lists_of(r, fields_of(head))->count != 0;
}

typedef enum part { KEYS, VALUES, ITEMS, LISTS } part;

static ct_tlist *list_part(ct_renderer *r, fields *f, part wanted)
{
    const ct_tdict *lists = lists_of(r, f);
    ct_tlist *list = ct_tlist_new(r, lists->count);
    uint32_t at = 0;
    for (const ct_tentry *entry; (entry = ct_tdict_next(lists, &at));) {
        ct_tval value = value_of(f, entry->value.list);
        ct_tval item = wanted == KEYS     ? entry->key
                       : wanted == VALUES ? value
                                          : ct_t_pair(r, entry->key, wanted == LISTS ? entry->value : value);
        ct_tlist_add(r, list, item);
    }
    return list;
}

static void fields_seq(ct_renderer *r, ct_tobject *head, ct_seq *ret_seq)
{
    walk_keys(r, list_part(r, fields_of(head), KEYS), ret_seq);
}

static ct_tval fields_get(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_found_or_default(fields_item(r, args[0].object, args[1]), args);
}

static ct_tval fields_getlist(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    const ct_tdict *lists = lists_of(r, fields_of(args[0].object));
    const ct_tval *list = ct_t_is_text(args[1]) ? ct_tdict_find_str(r, lists, ct_t_get_str(args[1])) : NULL;
    return list ? *list : ct_t_list(ct_tlist_new(r, 0));
}

static ct_tval fields_keys(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(list_part(r, fields_of(args[0].object), KEYS));
}

static ct_tval fields_values(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(list_part(r, fields_of(args[0].object), VALUES));
}

static ct_tval fields_items(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(list_part(r, fields_of(args[0].object), ITEMS));
}

static ct_tval fields_lists(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(list_part(r, fields_of(args[0].object), LISTS));
}

/* As Python quotes a form: blanks are '+'. */
static void write_quoted(ct_buffer *out, ct_str value)
{
    while (value.length) {
        const char *blank = memchr(value.data, ' ', value.length);
        size_t length = blank ? (size_t)(blank - value.data) : value.length;
        ct_url_encode(out, (ct_str){ value.data, length }, CT_URL_QUERY);
        if (blank)
            ct_buffer_char(out, '+');
        length += blank != NULL;
        value = (ct_str){ value.data + length, value.length - length };
    }
}

/* Values of a name together, as QueryDict.urlencode() has them. */
static ct_tval fields_urlencode(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    const ct_tdict *lists = lists_of(r, fields_of(args[0].object));
    ct_buffer out = ct_text_begin(r);
    uint32_t at = 0;
    for (const ct_tentry *entry; (entry = ct_tdict_next(lists, &at));) {
        for (uint32_t i = 0; i < entry->value.list->count; i++) {
            if (out.length)
                ct_buffer_char(&out, '&');
            write_quoted(&out, ct_t_get_str(entry->key));
            ct_buffer_char(&out, '=');
            write_quoted(&out, ct_t_get_str(entry->value.list->items[i]));
        }
    }
    return ct_text_end(r, &out);
}

#define FIELDS_METHODS                                                                                                 \
    { .name = "get", .function = fields_get, .params = "self, key, default=" },                                        \
        { .name = "getlist", .function = fields_getlist, .params = "self, key" },                                      \
        { .name = "keys", .function = fields_keys, .params = "self" },                                                 \
        { .name = "values", .function = fields_values, .params = "self" },                                             \
        { .name = "items", .function = fields_items, .params = "self" },                                               \
    {                                                                                                                  \
        .name = "lists", .function = fields_lists, .params = "self"                                                    \
    }

static const ct_fn fields_methods[] = {
    FIELDS_METHODS,
    { .name = "urlencode", .function = fields_urlencode, .params = "self" },
    { .name = NULL },
};

static const ct_fn files_methods[] = { FIELDS_METHODS, { .name = NULL } };

static const ct_tclass fields_class = {
    .name = "MultiDict",
    .item = fields_item,
    .truth = fields_truth,
    .seq = fields_seq,
    .methods = fields_methods,
};

static ct_tval new_fields(ct_renderer *r, const ct_params *params, bool last)
{
    fields *f = ct_render_take(r, sizeof(*f));
    *f = (fields){ .head = { .class = &fields_class }, .params = params, .last = last };
    return ct_t_object(&f->head);
}

/* The functions for handlers have these parsed when they are first asked for anything. */
static ct_tval query_fields(ct_renderer *r, ct *c, bool last)
{
    ct_query(c, "");
    return new_fields(r, c->query, last);
}

static ct_tval form_fields(ct_renderer *r, ct *c, bool last)
{
    ct_form(c, "");
    return new_fields(r, c->form, last);
}

static ct_tval cookie_fields(ct_renderer *r, ct *c, bool last)
{
    ct_cookie(c, "");
    return new_fields(r, c->cookies, last);
}

/* ---- files ---- */

typedef struct file {
    ct_tobject head;
    const ct_upload *upload;
    bool flask; /* whose `name` is the field's */
} file;

static ct_tval file_get(ct_renderer *r, ct_tobject *head, ct_str name)
{
    (void)r;
    const file *f = CT_CONTAINER(head, file, head);
    if (ct_str_eq(name, CT_STR("filename")))
        return text(f->upload->filename);
    if (ct_str_eq(name, CT_STR("name")))
        return text(f->flask ? f->upload->field : f->upload->filename);
    if (ct_str_eq(name, CT_STR("content_type")) || ct_str_eq(name, CT_STR("mimetype")))
        return text(f->upload->content_type);
    if (ct_str_eq(name, CT_STR("size")) || ct_str_eq(name, CT_STR("content_length")))
        return ct_t_int(f->upload->size);
    return ct_t_unset();
}

static ct_tval file_text(ct_renderer *r, ct_tobject *head)
{
    (void)r;
    return text(CT_CONTAINER(head, file, head)->upload->filename);
}

static const ct_tclass file_class = { .name = "UploadedFile", .get = file_get, .text = file_text };

static const ct_tclass files_class = {
    .name = "MultiDict",
    .item = fields_item,
    .truth = fields_truth,
    .seq = fields_seq,
    .methods = files_methods,
};

static ct_tval files_of(ct_renderer *r, ct *c, bool flask)
{
    const ct_upload *const *uploads = ct_file_all(c, NULL);
    fields *all = ct_render_take(r, sizeof(*all));
    *all = (fields){ .head = { .class = &files_class }, .lists = ct_tdict_new(r), .last = !flask };
    for (size_t i = 0; uploads[i]; i++) {
        file *one = ct_render_take(r, sizeof(*one));
        *one = (file){ .head = { .class = &file_class }, .upload = uploads[i], .flask = flask };
        add_value(r, all->lists, ct_t_str(ct_str_of(uploads[i]->field)), ct_t_object(&one->head));
    }
    return ct_t_object(&all->head);
}

/* ---- headers ---- */

static ct_tval header(ct_renderer *r, ct *c, ct_str name)
{
    if (memchr(name.data, '\0', name.length))
        return ct_t_unset();
    const char *value = ct_header(c, ct_template_text(r, name));
    return value ? text(value) : ct_t_unset();
}

static ct_tval headers_item(ct_renderer *r, ct_tobject *head, ct_tval key)
{
    return ct_t_is_text(key) ? header(r, ct_work_object_of(head), ct_t_get_str(key)) : ct_t_unset();
}

static ct_tlist *headers_part(ct_renderer *r, ct *c, part wanted)
{
    const ct_http1_head *head = &c->exchange.head;
    ct_tlist *list = ct_tlist_new(r, head->header_count);
    for (uint32_t i = 0; i < head->header_count; i++) {
        ct_tval name = ct_t_text(head->headers[i].name, head->headers[i].name_length);
        ct_tval value = wanted == KEYS ? ct_t_none() : header(r, c, ct_t_get_str(name));
        ct_tlist_add(r, list, wanted == KEYS ? name : wanted == VALUES ? value : ct_t_pair(r, name, value));
    }
    return list;
}

static void headers_seq(ct_renderer *r, ct_tobject *head, ct_seq *ret_seq)
{
    walk_keys(r, headers_part(r, ct_work_object_of(head), KEYS), ret_seq);
}

static ct_tval headers_get(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_found_or_default(headers_item(r, args[0].object, args[1]), args);
}

static ct_tval headers_keys(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(headers_part(r, ct_work_object_of(args[0].object), KEYS));
}

static ct_tval headers_values(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(headers_part(r, ct_work_object_of(args[0].object), VALUES));
}

static ct_tval headers_items(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(headers_part(r, ct_work_object_of(args[0].object), ITEMS));
}

static const ct_fn headers_methods[] = {
    { .name = "get", .function = headers_get, .params = "self, key, default=" },
    { .name = "keys", .function = headers_keys, .params = "self" },
    { .name = "values", .function = headers_values, .params = "self" },
    { .name = "items", .function = headers_items, .params = "self" },
    { .name = NULL },
};

static const ct_tclass headers_class = {
    .name = "Headers",
    .item = headers_item,
    .seq = headers_seq,
    .methods = headers_methods,
};

/* META: "HTTP_USER_AGENT" is the header User-Agent. */
static ct_tval meta_item(ct_renderer *r, ct_tobject *head, ct_tval key)
{
    static const struct {
        const char *name;
        const char *(*get)(ct *c);
    } others[] = {
        { "REMOTE_ADDR", ct_remote_addr }, { "REQUEST_METHOD", ct_method },      { "QUERY_STRING", ct_query_string },
        { "PATH_INFO", ct_request_path },  { "SCRIPT_NAME", ct_request_prefix },
    };
    ct *c = ct_work_object_of(head);
    ct_str name = ct_t_is_text(key) ? ct_t_get_str(key) : (ct_str){ "", 0 };
    for (size_t i = 0; i < CT_COUNT(others); i++)
        if (ct_str_eq(name, ct_str_of(others[i].name)))
            return text(others[i].get(c));
    bool is_header = ct_str_starts(name, CT_STR("HTTP_"));
    if (is_header)
        name = (ct_str){ name.data + 5, name.length - 5 };
    else if (!ct_str_eq(name, CT_STR("CONTENT_TYPE")) && !ct_str_eq(name, CT_STR("CONTENT_LENGTH")))
        return ct_t_unset();
    char *field = ct_render_take(r, name.length + 1);
    for (size_t i = 0; i < name.length; i++)
        field[i] = name.data[i] == '_' ? '-' : name.data[i];
    return header(r, c, (ct_str){ field, name.length });
}

static ct_tval meta_get(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_found_or_default(meta_item(r, args[0].object, args[1]), args);
}

static const ct_fn meta_methods[] = {
    { .name = "get", .function = meta_get, .params = "self, key, default=" },
    { .name = NULL },
};

static const ct_tclass meta_class = { .name = "META", .item = meta_item, .methods = meta_methods };

/* ---- where it goes ---- */

static ct_tval parameters_of(ct_renderer *r, const ct *c)
{
    const ct_endpoint *endpoint = c->match.endpoint;
    ct_tdict *dict = ct_tdict_new(r);
    for (uint32_t i = 0; endpoint && i < endpoint->parameter_count; i++) {
        int64_t number;
        ct_tval value = ct_t_str(c->match.values[i]);
        if (endpoint->parameter_is_int[i] && ct_str_to_int64(c->match.values[i], &number))
            value = ct_t_int(number);
        ct_tdict_set(r, dict, text(endpoint->parameters[i]), value);
    }
    return ct_t_dict(dict);
}

/* The name with ':' for '.', as Django has it. */
static ct_tval with_colons(ct_renderer *r, const char *name)
{
    size_t length = strlen(name);
    char *copy = ct_render_take(r, length + 1);
    for (size_t i = 0; i < length; i++)
        copy[i] = name[i] == '.' ? ':' : name[i];
    return ct_t_text(copy, length);
}

static ct_tval resolver_match(ct_renderer *r, const ct *c)
{
    const ct_endpoint *endpoint = c->match.endpoint;
    if (!endpoint)
        return ct_t_none();
    const char *dot = strrchr(endpoint->name, '.');
    const ct_mount *mount = endpoint->mount;
    ct_tdict *dict = ct_tdict_new(r);
    ct_tdict_set(r, dict, text("url_name"), text(dot ? dot + 1 : endpoint->name));
    ct_tdict_set(r, dict, text("view_name"), with_colons(r, endpoint->name));
    ct_tdict_set(r, dict, text("namespace"), with_colons(r, mount->namespace_));
    ct_tdict_set(r, dict, text("app_name"), text(mount->parent ? mount->app->name : ""));
    ct_tdict_set(r, dict, text("route"), text(endpoint->pattern));
    ct_tdict_set(r, dict, text("kwargs"), parameters_of(r, c));
    return ct_t_dict(dict);
}

/* scheme://host, the proxy's prefix, then what follows. */
static ct_tval absolute(ct *c, const char *rest)
{
    return text(ct_printf(c, "%s://%s%s%s", ct_scheme(c), ct_host(c), ct_request_prefix(c), rest));
}

static const char *target_path(ct *c)
{
    const char *target = ct_request_target(c);
    return ct_strndup(c, target, strcspn(target, "?"));
}

/* ---- attributes ---- */

typedef enum attribute {
    ATTRIBUTE_METHOD,
    ATTRIBUTE_PATH,
    ATTRIBUTE_FULL_PATH,
    ATTRIBUTE_URL,
    ATTRIBUTE_BASE_URL,
    ATTRIBUTE_HOST_URL,
    ATTRIBUTE_ROOT_URL,
    ATTRIBUTE_HOST,
    ATTRIBUTE_SCHEME,
    ATTRIBUTE_IS_SECURE,
    ATTRIBUTE_QUERY_STRING,
    ATTRIBUTE_REMOTE_ADDR,
    ATTRIBUTE_ARGS,
    ATTRIBUTE_FORM,
    ATTRIBUTE_COOKIES,
    ATTRIBUTE_FILES,
    ATTRIBUTE_DJANGO_FILES,
    ATTRIBUTE_GET,
    ATTRIBUTE_POST,
    ATTRIBUTE_HEADERS,
    ATTRIBUTE_META,
    ATTRIBUTE_ENDPOINT,
    ATTRIBUTE_VIEW_ARGS,
    ATTRIBUTE_BLUEPRINT,
    ATTRIBUTE_RESOLVER_MATCH,
    ATTRIBUTE_CONTENT_TYPE,
    ATTRIBUTE_CONTENT_LENGTH,
    ATTRIBUTE_MIMETYPE,
    ATTRIBUTE_USER_AGENT,
    ATTRIBUTE_REFERRER,
    ATTRIBUTE_SCRIPT_ROOT,
    ATTRIBUTE_ID
} attribute;

static const struct {
    const char *name;
    attribute is;
} attributes[] = {
    { "method", ATTRIBUTE_METHOD },
    { "path", ATTRIBUTE_PATH },
    { "path_info", ATTRIBUTE_PATH },
    { "full_path", ATTRIBUTE_FULL_PATH },
    { "url", ATTRIBUTE_URL },
    { "base_url", ATTRIBUTE_BASE_URL },
    { "host_url", ATTRIBUTE_HOST_URL },
    { "root_url", ATTRIBUTE_ROOT_URL },
    { "url_root", ATTRIBUTE_ROOT_URL },
    { "host", ATTRIBUTE_HOST },
    { "scheme", ATTRIBUTE_SCHEME },
    { "is_secure", ATTRIBUTE_IS_SECURE },
    { "query_string", ATTRIBUTE_QUERY_STRING },
    { "remote_addr", ATTRIBUTE_REMOTE_ADDR },
    { "args", ATTRIBUTE_ARGS },
    { "form", ATTRIBUTE_FORM },
    { "cookies", ATTRIBUTE_COOKIES },
    { "files", ATTRIBUTE_FILES },
    { "FILES", ATTRIBUTE_DJANGO_FILES },
    { "GET", ATTRIBUTE_GET },
    { "POST", ATTRIBUTE_POST },
    { "COOKIES", ATTRIBUTE_COOKIES },
    { "headers", ATTRIBUTE_HEADERS },
    { "META", ATTRIBUTE_META },
    { "endpoint", ATTRIBUTE_ENDPOINT },
    { "view_args", ATTRIBUTE_VIEW_ARGS },
    { "blueprint", ATTRIBUTE_BLUEPRINT },
    { "resolver_match", ATTRIBUTE_RESOLVER_MATCH },
    { "content_type", ATTRIBUTE_CONTENT_TYPE },
    { "content_length", ATTRIBUTE_CONTENT_LENGTH },
    { "mimetype", ATTRIBUTE_MIMETYPE },
    { "user_agent", ATTRIBUTE_USER_AGENT },
    { "referrer", ATTRIBUTE_REFERRER },
    { "script_root", ATTRIBUTE_SCRIPT_ROOT },
    { "root_path", ATTRIBUTE_SCRIPT_ROOT },
    { "id", ATTRIBUTE_ID },
};

/* Those that are text or numbers. */
static ct_tval plain_attribute(ct *c, attribute wanted)
{
    switch (wanted) {
    case ATTRIBUTE_METHOD:
        return text(ct_method(c));
    case ATTRIBUTE_PATH:
        return text(ct_request_path(c));
    case ATTRIBUTE_FULL_PATH:
        return text(ct_printf(c, "%s?%s", ct_request_path(c), ct_query_string(c)));
    case ATTRIBUTE_URL:
        return absolute(c, ct_request_target(c));
    case ATTRIBUTE_BASE_URL:
        return absolute(c, target_path(c));
    case ATTRIBUTE_HOST_URL:
        return text(ct_printf(c, "%s://%s/", ct_scheme(c), ct_host(c)));
    case ATTRIBUTE_ROOT_URL:
        return absolute(c, "/");
    case ATTRIBUTE_HOST:
        return text(ct_host(c));
    case ATTRIBUTE_SCHEME:
        return text(ct_scheme(c));
    case ATTRIBUTE_IS_SECURE:
        return ct_t_bool(ct_is_secure(c));
    case ATTRIBUTE_QUERY_STRING:
        return text(ct_query_string(c));
    case ATTRIBUTE_REMOTE_ADDR:
        return text(ct_remote_addr(c));
    case ATTRIBUTE_CONTENT_TYPE:
        return text(ct_header(c, "Content-Type"));
    case ATTRIBUTE_CONTENT_LENGTH:
        return ct_body_length(c) < 0 ? ct_t_none() : ct_t_int(ct_body_length(c));
    case ATTRIBUTE_MIMETYPE:
        return text(ct_content_type(c));
    case ATTRIBUTE_USER_AGENT:
        return text(ct_header(c, "User-Agent"));
    case ATTRIBUTE_REFERRER:
        return text(ct_header(c, "Referer"));
    case ATTRIBUTE_SCRIPT_ROOT:
        return text(ct_request_prefix(c));
    case ATTRIBUTE_ENDPOINT:
        return text(c->match.endpoint ? c->match.endpoint->name : NULL);
    case ATTRIBUTE_BLUEPRINT:
        return text(c->match.mount->parent ? c->match.mount->namespace_ : NULL);
    case ATTRIBUTE_ID:
        return text(ct_request_id(c));
    default:
        return ct_t_unset();
    }
}

static ct_tval attribute_value(ct_renderer *r, ct *c, attribute wanted)
{
    switch (wanted) {
    case ATTRIBUTE_ARGS:
    case ATTRIBUTE_GET:
        return query_fields(r, c, wanted == ATTRIBUTE_GET);
    case ATTRIBUTE_FORM:
    case ATTRIBUTE_POST:
        return form_fields(r, c, wanted == ATTRIBUTE_POST);
    case ATTRIBUTE_COOKIES:
        return cookie_fields(r, c, false);
    case ATTRIBUTE_FILES:
    case ATTRIBUTE_DJANGO_FILES:
        return files_of(r, c, wanted == ATTRIBUTE_FILES);
    case ATTRIBUTE_HEADERS:
        return ct_work_object_new(r, c, &headers_class);
    case ATTRIBUTE_META:
        return ct_work_object_new(r, c, &meta_class);
    case ATTRIBUTE_VIEW_ARGS:
        return c->match.endpoint ? parameters_of(r, c) : ct_t_none();
    case ATTRIBUTE_RESOLVER_MATCH:
        return resolver_match(r, c);
    default:
        return plain_attribute(c, wanted);
    }
}

static ct_tval request_get(ct_renderer *r, ct_tobject *head, ct_str name)
{
    for (size_t i = 0; i < CT_COUNT(attributes); i++)
        if (attributes[i].name[0] == name.data[0] && ct_str_eq(name, ct_str_of(attributes[i].name)))
            return attribute_value(r, ct_work_object_of(head), attributes[i].is);
    return ct_t_unset();
}

static ct_tval get_full_path(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return text(ct_request_target(ct_work_object_of(args[0].object)));
}

static ct_tval get_host(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return text(ct_host(ct_work_object_of(args[0].object)));
}

/* A location that is absolute stays; "/x" is of this host, "x" beside the path of the request. */
static ct_tval build_absolute_uri(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct *c = ct_work_object_of(args[0].object);
    if (args[1].type == CT_T_UNSET || args[1].type == CT_T_NONE)
        return absolute(c, ct_request_target(c));
    const char *location = ct_template_text(r, ct_arg_str(r, args[1], NULL));
    const char *end = location + strcspn(location, ":/?#");
    if (*end == ':')
        return text(location);
    if (location[0] == '/' && location[1] == '/')
        return text(ct_printf(c, "%s:%s", ct_scheme(c), location));
    if (location[0] == '/')
        return text(ct_printf(c, "%s://%s%s", ct_scheme(c), ct_host(c), location));
    const char *path = target_path(c), *slash = strrchr(path, '/');
    return absolute(c, ct_printf(c, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, location));
}

static const ct_fn request_methods[] = {
    { .name = "get_full_path", .function = get_full_path, .params = "self" },
    { .name = "get_host", .function = get_host, .params = "self" },
    { .name = "build_absolute_uri", .function = build_absolute_uri, .params = "self, location=" },
    { .name = NULL },
};

static ct_tval request_text(ct_renderer *r, ct_tobject *head)
{
    (void)r;
    ct *c = ct_work_object_of(head);
    return text(ct_printf(c, "<Request '%s' [%s]>", ct_request_target(c), ct_method(c)));
}

static const ct_tclass request_class = {
    .name = "Request",
    .get = request_get,
    .text = request_text,
    .methods = request_methods,
};

ct_tval ct_template_request(ct_renderer *r, ct *c)
{
    return ct_work_object_new(r, c, &request_class);
}
