/* JSON as apps ask for it: text, and answers. The writer is shape/json_write.c. */
#include "shape/json_write.h"

#include "web/ct.h"
#include "web/response.h"

/* The text once it is written; `written` is what the writer returned. */
static ct_str finish(ct *c, ct_buffer *out, bool written)
{
    if (!written)
        ct_mistake(c, "JSON: objects and arrays nest deeper than %d", CT_JSON_DEPTH);
    if (out->failed)
        ct_mistake(c, "JSON: the request's memory is used up (setting request_memory)");
    const char *text = ct_buffer_text(out);
    return (ct_str){ text, out->length };
}

const char *ct_to_json(ct *c, ct_value value)
{
    ct_buffer out = ct_buffer_in(c->arena);
    bool written = ct_json_write(&out, value, 0);
    return finish(c, &out, written).data;
}

static ct_response *respond(ct *c, ct_buffer *out, bool written)
{
    ct_str body = finish(c, out, written);
    ct_response *r = ct_response_new(c);
    r->content_type = CT_STR("application/json");
    r->body = body;
    return r;
}

ct_response *ct_json_of(ct *c, const ct_kv *pairs, size_t count)
{
    ct_buffer out = ct_buffer_in(c->arena);
    bool written = ct_json_write_pairs(&out, pairs, count, 0);
    return respond(c, &out, written);
}

ct_response *ct_json_value(ct *c, ct_value value)
{
    ct_buffer out = ct_buffer_in(c->arena);
    bool written = ct_json_write(&out, value, 0);
    return respond(c, &out, written);
}
