/* Bodies: forms and uploads as browsers send them (WHATWG URL and RFC 7578), JSON, and any bytes. */
#include "test/client.h"

#include "base/random.h"
#include "proto/url.h"
#include "shape/json_write.h"
#include "shape/value.h"

ct_client_body ct_client_pairs(ct_client_kind kind, const ct_kv *pairs, size_t count)
{
    return (ct_client_body){ .kind = kind, .pairs = pairs, .count = count };
}

ct_client_body ct_client_raw(const char *content_type, const char *text)
{
    return (ct_client_body){ .kind = CT_CLIENT_RAW, .content_type = content_type, .data = { text, strlen(text) } };
}

ct_client_body ct_client_upload(const ct_client_file *files, const ct_kv *pairs, size_t count)
{
    return (ct_client_body){ .kind = CT_CLIENT_UPLOAD, .files = files, .pairs = pairs, .count = count };
}

/* ---- fields ---- */

typedef void put_field(ct_buffer *out, const char *name, ct_str value, const char *boundary);

/* A value as a form has it. NULL is no field; an array is a field for each of its items. */
static void put_value(ct *c, ct_buffer *out, const char *name, ct_value value, const char *boundary, put_field *put)
{
    ct_buffer text = ct_buffer_in(c->arena);
    switch (value.type) {
    case CT_VALUE_NULL:
        return;
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        put(out, name, ct_str_of(value.text), boundary);
        return;
    case CT_VALUE_ARRAY:
        for (size_t i = 0; i < value.array->count; i++)
            put_value(c, out, name, value.array->items[i], boundary, put);
        return;
    case CT_VALUE_BOOL:
    case CT_VALUE_INT:
    case CT_VALUE_UINT:
    case CT_VALUE_REAL:
        if (!ct_json_write(&text, value, 0))
            ct_out_of_memory(c);
        put(out, name, (ct_str){ text.data, text.length }, boundary);
        return;
    default:
        ct_test_fail(c, "the form's field \"%s\" is neither text nor a number nor a list of them", name);
    }
}

static void put_encoded(ct_buffer *out, const char *name, ct_str value, const char *boundary)
{
    (void)boundary;
    if (out->length)
        ct_buffer_char(out, '&');
    ct_url_encode(out, ct_str_of(name), CT_URL_QUERY);
    ct_buffer_char(out, '=');
    ct_url_encode(out, value, CT_URL_QUERY);
}

/* ---- uploads ---- */

/* A name between quotes, as browsers escape it. */
static void put_quoted(ct_buffer *out, const char *text)
{
    ct_buffer_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\r' || *text == '\n')
            ct_buffer_printf(out, "%%%02X", (unsigned char)*text);
        else
            ct_buffer_char(out, *text);
    }
    ct_buffer_char(out, '"');
}

static void begin_part(ct_buffer *out, const char *name, const char *boundary)
{
    ct_buffer_printf(out, "--%s\r\nContent-Disposition: form-data; name=", boundary);
    put_quoted(out, name);
}

static void put_part(ct_buffer *out, const char *name, ct_str value, const char *boundary)
{
    begin_part(out, name, boundary);
    ct_buffer_str(out, CT_STR("\r\n\r\n"));
    ct_buffer_str(out, value);
    ct_buffer_str(out, CT_STR("\r\n"));
}

static void put_file(ct_buffer *out, const ct_client_file *file, const char *boundary)
{
    begin_part(out, file->field, boundary);
    ct_buffer_str(out, CT_STR("; filename="));
    put_quoted(out, file->filename ? file->filename : "");
    ct_buffer_printf(out, "\r\nContent-Type: %s\r\n\r\n",
                     file->content_type ? file->content_type : "application/octet-stream");
    ct_buffer_append(out, file->data.data, file->data.len);
    ct_buffer_str(out, CT_STR("\r\n"));
}

static const char *make_boundary(ct *c)
{
    uint64_t numbers[2];
    ct_random_bytes(numbers, sizeof(numbers));
    return ct_printf(c, "canteen-%016" PRIx64 "%016" PRIx64, numbers[0], numbers[1]);
}

/* ---- all of it ---- */

void ct_client_encode(ct_client *client, const ct_client_body *body, ct_client_request *ret_request)
{
    ct *c = client->c;
    ct_buffer out = ct_buffer_in(c->arena);
    const char *boundary = body->kind == CT_CLIENT_UPLOAD ? make_boundary(c) : NULL;
    switch (body->kind) {
    case CT_CLIENT_FORM:
        for (size_t i = 0; i < body->count; i++)
            put_value(c, &out, body->pairs[i].key, body->pairs[i].value, NULL, put_encoded);
        ret_request->content_type = "application/x-www-form-urlencoded";
        break;
    case CT_CLIENT_JSON:
        if (!ct_json_write_pairs(&out, body->pairs, body->count, 0))
            ct_test_fail(c, "the JSON of a request nests too deep");
        ret_request->content_type = "application/json";
        break;
    case CT_CLIENT_RAW:
        ct_buffer_append(&out, body->data.data, body->data.len);
        ret_request->content_type = body->content_type;
        break;
    case CT_CLIENT_UPLOAD:
        for (size_t i = 0; i < body->count; i++)
            put_value(c, &out, body->pairs[i].key, body->pairs[i].value, boundary, put_part);
        for (const ct_client_file *file = body->files; file && file->field; file++)
            put_file(&out, file, boundary);
        ct_buffer_printf(&out, "--%s--\r\n", boundary);
        ret_request->content_type = ct_printf(c, "multipart/form-data; boundary=%s", boundary);
    }
    ret_request->body = (ct_bytes){ ct_buffer_text(&out), out.length };
}
