/* What goes out. A handler makes one response and returns it; it lives in the request's arena.
 *
 * Text given to a response is borrowed, not copied: literals and anything of the arena are fine. The server adds Date,
 * Server, Content-Length or chunked coding, Connection; answers HEAD without the body, and conditional requests with
 * 304 or 412 where the response has an ETag or Last-Modified. */
#ifndef CANTEEN_RESPONSE_H
#define CANTEEN_RESPONSE_H

#include "canteen/common.h"
#include "canteen/cookie.h"
#include "canteen/value.h"

/* Bodies. Each is a new response with status 200 and the content type of its name, UTF-8. */
CT_API ct_response *ct_text(ct *c, const char *text);
CT_API ct_response *ct_textf(ct *c, const char *format, ...) CT_PRINTF(2, 3);
CT_API ct_response *ct_html(ct *c, const char *html); /* as it is: escaping is the templates' or ct_escape()'s work */
CT_API ct_response *ct_data(ct *c, const char *content_type, ct_bytes data);
CT_API ct_response *ct_no_content(ct *c); /* 204 */

/* Text made safe for HTML content and attribute values: & < > " ' escaped. */
CT_API const char *ct_escape(ct *c, const char *text);

/* JSON: ct_json(c, KV("ok", true), V(count)) is an object of the pairs; ct_json_value() sends any value. */
#define ct_json(c, ...) ct_json_of((c), CT_KVS(__VA_ARGS__))
CT_API ct_response *ct_json_of(ct *c, const ct_kv *pairs, size_t count);
CT_API ct_response *ct_json_value(ct *c, ct_value value);
/* A row of a shape or model, or a list of rows: ct_json_row(c, item), ct_json_rows(c, items). */
#define ct_json_row(c, of_row) ct_json_value((c), CT_VALUE(of_row))
#define ct_json_rows(c, list) ct_json_value((c), CT_VALUE(list))

/* 302 to a URL of this site or an absolute one; ct_status(r, 303) and so on for the others. Characters that may not
 * stand in a URL are percent-encoded. */
CT_API ct_response *ct_redirect(ct *c, const char *url);

/* Sets the status, 200 to 599, and returns the same response: return ct_status(ct_text(c, "made"), 201). */
CT_API ct_response *ct_status(ct_response *r, int status);
CT_API int ct_response_status(const ct_response *r);

/* Headers. set replaces all of that name, add adds one more. The name is a token and the value has no control
 * characters: anything else aborts with 500, so that input can never forge a header. Content-Length, Transfer-Encoding,
 * Connection, Date and Server are the server's: setting them aborts, except Connection: close. get: the first, or NULL.
 * A NULL value removes. Name and value are borrowed (set, add). */
CT_API void ct_set_header(ct_response *r, const char *name, const char *value);
CT_API void ct_add_header(ct_response *r, const char *name, const char *value);
CT_API void ct_set_headerf(ct_response *r, const char *name, const char *format, ...) CT_PRINTF(3, 4);
CT_API const char *ct_response_header(const ct_response *r, const char *name);
/* Adds a field name to Vary unless it is there. */
CT_API void ct_vary(ct_response *r, const char *name);

/* Cookies (RFC 6265bis): ct_set_cookie(r, "theme", "dark", .max_age = 30 * CT_DAY). HttpOnly, SameSite=Lax and Path=/
 * unless the options say otherwise; Secure is added by itself on https. What browsers would refuse (a __Host- cookie
 * with a domain, SameSite=None without secure, over 4 KiB) aborts with 500 and the reason in the log. */
#define ct_set_cookie(r, name, value, ...)                                                                             \
    ct_set_cookie_with((r), (name), (value), &(const ct_cookie_options){ __VA_ARGS__ })
CT_API void ct_set_cookie_with(ct_response *r, const char *name, const char *value, const ct_cookie_options *options);
/* Tells the browser to forget it; path and domain must be those it was set with. */
#define ct_delete_cookie(r, name, ...)                                                                                 \
    ct_set_cookie_with((r), (name), "", &(const ct_cookie_options){ .expired = true, __VA_ARGS__ })

/* Validators for conditional requests. `etag` without quotes is put into quotes: "v7" or W/"v7" with `weak`. */
CT_API void ct_set_etag(ct_response *r, const char *etag, bool weak);
CT_API void ct_set_last_modified(ct_response *r, ct_time time);
/* Lets the client ask for parts of the body (RFC 9110, 14): 206, 416. Files have it by themselves. */
CT_API void ct_allow_ranges(ct_response *r);

/* A file of the server's own choosing, sent by the kernel (sendfile): content type by its ending, ETag and
 * Last-Modified from the file, ranges allowed. Missing, or no regular file: 404.
 *     ct_send_file(c, "reports/july.pdf", .download_name = "July.pdf")
 * For a name that comes from the client give `.root`: the name is then looked up below that directory, and nothing
 * outside of it can be reached (no "..", no absolute name, no symbolic link that leads out), which gives 404 as well.
 *     ct_send_file(c, ct_path(c, "name"), .root = "files") */
typedef struct ct_file_options {
    const char *root;          /* NULL: the path is taken as it is */
    const char *content_type;  /* NULL: by the ending */
    const char *download_name; /* NULL: shown in the browser; else saved under this name (RFC 6266) */
    ct_time max_age;           /* Cache-Control: max-age; 0: none set */
} ct_file_options;
#define ct_send_file(c, path, ...) ct_send_file_with((c), (path), &(const ct_file_options){ __VA_ARGS__ })
CT_API ct_response *ct_send_file_with(ct *c, const char *path, const ct_file_options *options);

/* A body made while it is sent: `write` is called after the headers are settled, on the same fiber, and gives its bytes
 * with ct_write(). A client that reads slowly parks it (back-pressure); one that leaves ends it. HTTP/1.1 gets chunked
 * coding, HTTP/1.0 a connection closed at the end. An abort inside cuts the connection, so that the client can tell.
 * ct_write buffers up to 16 KiB; ct_flush sends what there is now. The request's deadline does not run meanwhile. */
typedef struct ct_writer ct_writer;
typedef void ct_stream_fn(ct *c, ct_writer *out, void *arg);
CT_API ct_response *ct_stream(ct *c, const char *content_type, ct_stream_fn *write, void *arg);
CT_API void ct_write(ct_writer *out, const void *data, size_t length);
CT_API void ct_write_text(ct_writer *out, const char *text);
CT_API void ct_writef(ct_writer *out, const char *format, ...) CT_PRINTF(2, 3);
CT_API void ct_flush(ct_writer *out);

#endif
