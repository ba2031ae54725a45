/* The facts of an error for programs: as text, for a terminal, and as a problem document (RFC 9457) with members of
 * our own. */
#include "web/debug_facts.h"

#include "canteen/errors.h"
#include "shape/json_write.h"

#include <stdio.h>

#define MOST_ROUTES 10 /* of the text */

/* ---- text ---- */

static void write_excerpt(ct_buffer *out, const ct_excerpt *excerpt)
{
    for (uint32_t i = 0; i < excerpt->count; i++)
        ct_buffer_printf(out, "%c %4" PRIu32 "  %.*s\n", excerpt->first + i == excerpt->marked ? '>' : ' ',
                         excerpt->first + i, CT_STR_ARG(excerpt->lines[i]));
}

static void write_frame(ct_buffer *out, const ct_debug_frame *frame)
{
    if (frame->file)
        ct_buffer_printf(out, "  #%zu %s at %s:%d\n", frame->number, frame->function, frame->file, frame->line);
    else
        ct_buffer_printf(out, "  #%zu %s (%s)\n", frame->number, frame->function, frame->place);
}

/* The frames of the app; all of them where none is known to be the app's. */
static void write_backtrace(ct_buffer *out, const ct_facts *facts)
{
    const ct_debug_frame *place = ct_facts_place(facts);
    if (!facts->frame_count)
        return;
    if (place) {
        ct_buffer_printf(out, "\nin %s at %s:%d\n", place->function, place->file, place->line);
        if (place->excerpt)
            write_excerpt(out, place->excerpt);
    }
    CT_BUFFER_LITERAL(out, "\nbacktrace:\n");
    for (size_t i = 0; i < facts->frame_count; i++)
        if (!place || facts->frames[i].own)
            write_frame(out, &facts->frames[i]);
}

static void write_template(ct_buffer *out, const ct_facts *facts)
{
    const ct_template_error *error = facts->template;
    if (!error || !error->file[0])
        return;
    ct_buffer_printf(out, "\ntemplate %s:%" PRIu32 ":%" PRIu32 "\n", error->file, error->line, error->column);
    if (facts->template_excerpt)
        write_excerpt(out, facts->template_excerpt);
    else
        ct_buffer_printf(out, "> %s\n", error->source);
    ct_buffer_printf(out, "%s", error->chain);
}

static void write_routes(ct_buffer *out, const ct_facts *facts)
{
    if (facts->allow)
        ct_buffer_printf(out, "\nmethods: %s\n", facts->allow);
    if (!facts->routes)
        return;
    if (facts->nearest)
        ct_buffer_printf(out, "\ndid you mean %s?\n", facts->nearest);
    CT_BUFFER_LITERAL(out, "\nroutes, the nearest first:\n");
    for (size_t i = 0; i < facts->route_count && i < MOST_ROUTES; i++) {
        const ct_endpoint *endpoint = facts->routes[i].endpoint;
        ct_buffer_printf(out, "  %s %s (%s)\n", *endpoint->methods ? endpoint->methods : "every method",
                         endpoint->pattern, endpoint->name);
    }
    if (facts->route_count > MOST_ROUTES)
        ct_buffer_printf(out, "  and %zu more\n", facts->route_count - MOST_ROUTES);
}

void ct_debug_write_text(ct_buffer *out, const ct_facts *facts)
{
    ct_buffer_printf(out, "%d %s: %s\n%s %s, request %s\n", facts->status, facts->title, facts->message, facts->method,
                     facts->path, facts->request_id);
    write_template(out, facts);
    write_routes(out, facts);
    write_backtrace(out, facts);
}

/* ---- JSON ---- */

/* What is written are texts and numbers, which nest in nothing: it cannot fail. */
static void value(ct_buffer *out, const char *before, ct_value what)
{
    ct_buffer_append(out, before, strlen(before));
    if (!ct_json_write(out, what, 0))
        ct_die("a text is too deep for JSON");
}

/* As in the answer without debug (web/errors.h). */
static void json_errors(ct_buffer *out, const ct_errors *errors)
{
    for (size_t i = 0; i < ct_errors_count(errors); i++) {
        ct_field_error error = ct_errors_at(errors, i);
        value(out, i ? ",{\"detail\":" : ",\"errors\":[{\"detail\":", CT_VALUE(error.message));
        if (error.field) {
            char pointer[128];
            snprintf(pointer, sizeof pointer, "#/%s", error.field);
            value(out, ",\"pointer\":", CT_VALUE((const char *)pointer));
        }
        value(out, ",\"code\":", CT_VALUE(error.code));
        CT_BUFFER_LITERAL(out, "}");
    }
    if (ct_errors_count(errors))
        CT_BUFFER_LITERAL(out, "]");
}

static void json_excerpt(ct_buffer *out, const ct_excerpt *excerpt)
{
    if (!excerpt)
        return;
    ct_buffer_printf(out, ",\"source\":{\"first\":%" PRIu32 ",\"lines\":[", excerpt->first);
    for (uint32_t i = 0; i < excerpt->count; i++) {
        char line[512];
        snprintf(line, sizeof line, "%.*s", CT_STR_ARG(excerpt->lines[i]));
        value(out, i ? "," : "", CT_VALUE((const char *)line));
    }
    CT_BUFFER_LITERAL(out, "]}");
}

static void json_backtrace(ct_buffer *out, const ct_facts *facts)
{
    CT_BUFFER_LITERAL(out, ",\"backtrace\":[");
    for (size_t i = 0; i < facts->frame_count; i++) {
        const ct_debug_frame *frame = &facts->frames[i];
        value(out, i ? ",{\"function\":" : "{\"function\":", CT_VALUE(frame->function));
        value(out, ",\"place\":", CT_VALUE(frame->place));
        value(out, ",\"own\":", CT_VALUE(frame->own));
        if (frame->file) {
            value(out, ",\"file\":", CT_VALUE(frame->file));
            value(out, ",\"line\":", CT_VALUE(frame->line));
        }
        json_excerpt(out, frame->excerpt);
        CT_BUFFER_LITERAL(out, "}");
    }
    CT_BUFFER_LITERAL(out, "]");
}

static void json_template(ct_buffer *out, const ct_facts *facts)
{
    const ct_template_error *error = facts->template;
    if (!error)
        return;
    value(out, ",\"template\":{\"file\":", CT_VALUE((const char *)error->file));
    value(out, ",\"line\":", CT_VALUE(error->line));
    value(out, ",\"column\":", CT_VALUE(error->column));
    value(out, ",\"chain\":", CT_VALUE((const char *)error->chain));
    json_excerpt(out, facts->template_excerpt);
    CT_BUFFER_LITERAL(out, "}");
}

static void json_routes(ct_buffer *out, const ct_facts *facts)
{
    if (facts->allow)
        value(out, ",\"allow\":", CT_VALUE(facts->allow));
    if (!facts->routes)
        return;
    if (facts->nearest)
        value(out, ",\"nearest\":", CT_VALUE(facts->nearest));
    CT_BUFFER_LITERAL(out, ",\"routes\":[");
    for (size_t i = 0; i < facts->route_count; i++) {
        const ct_endpoint *endpoint = facts->routes[i].endpoint;
        value(out, i ? ",{\"pattern\":" : "{\"pattern\":", CT_VALUE(endpoint->pattern));
        value(out, ",\"methods\":", CT_VALUE(endpoint->methods));
        value(out, ",\"name\":", CT_VALUE(endpoint->name));
        CT_BUFFER_LITERAL(out, "}");
    }
    CT_BUFFER_LITERAL(out, "]");
}

void ct_debug_write_json(ct_buffer *out, const ct_facts *facts)
{
    value(out, "{\"title\":", CT_VALUE(facts->title));
    value(out, ",\"status\":", CT_VALUE(facts->status));
    value(out, ",\"detail\":", CT_VALUE(facts->message));
    value(out, ",\"instance\":", CT_VALUE(facts->request_id));
    json_errors(out, facts->errors);
    json_template(out, facts);
    json_routes(out, facts);
    if (facts->frame_count)
        json_backtrace(out, facts);
    CT_BUFFER_LITERAL(out, "}");
}
