/* Conditional and range requests: what the client's fields make of a response that is ready (RFC 9110, 13 and 14).
 *
 * The order is that of 13.2.2: the conditions first, then the range, which If-Range guards. A single range becomes a
 * part of the bytes or of the file; several become a stream of multipart/byteranges. Streams have no ranges: their
 * length is not known.
 *
 * An answer of 412 or 416 made here, after the handler, is a plain line of text: the app's error handlers have no
 * part in it, as in the answers of other servers. */
#include "base/log.h"
#include "base/random.h"
#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/condition.h"
#include "proto/date.h"
#include "proto/range.h"
#include "web/request.h"
#include "web/response.h"
#include "web/templates.h"

#include <errno.h>
#include <unistd.h>

#define MAX_RANGES 16
#define COPY_PIECE ((size_t)16 * 1024) /* of a file, at once */

static bool is_get_or_head(const ct *c)
{
    return c->exchange.head.method == CT_METHOD_GET || c->exchange.head.method == CT_METHOD_HEAD;
}

/* ---- conditions ---- */

static ct_condition_result check(ct *c, const char *etag, ct_time last_modified)
{
    const ct_condition_input input = {
        .method_is_get_or_head = is_get_or_head(c),
        .if_match = ct_request_joined_header(c, CT_STR("If-Match")),
        .if_none_match = ct_request_joined_header(c, CT_STR("If-None-Match")),
        .if_modified_since = ct_request_joined_header(c, CT_STR("If-Modified-Since")),
        .if_unmodified_since = ct_request_joined_header(c, CT_STR("If-Unmodified-Since")),
        .exists = etag || last_modified,
        .etag = etag,
        .last_modified = last_modified,
    };
    if (!input.if_match && !input.if_none_match && !input.if_modified_since && !input.if_unmodified_since)
        return CT_CONDITION_PROCEED;
    return ct_condition_check(&input, ct_now());
}

static ct_response *not_modified(ct *c, const char *etag, ct_time last_modified)
{
    ct_response *r = ct_status(ct_response_new(c), 304);
    if (etag)
        ct_set_header(r, "ETag", etag);
    if (last_modified)
        ct_set_last_modified(r, last_modified);
    return r;
}

void ct_check_conditions(ct *c, const char *etag, ct_time last_modified)
{
    ct_need_request(c, __func__);
    if (etag && !ct_etag_valid(etag))
        ct_mistake(c, "ct_check_conditions: %s is not an entity tag: write it with its quotes, as \"\\\"v7\\\"\"",
                   etag);
    switch (check(c, etag, last_modified)) {
    case CT_CONDITION_PROCEED:
        return;
    case CT_CONDITION_NOT_MODIFIED:
        c->early = not_modified(c, etag, last_modified);
        if (c->page)
            ct_log_line(CT_LOG_INFO, ct_request_id(c), "%s %.*s: 304 %s", ct_method(c),
                        CT_STR_ARG(c->exchange.head.path),
                        ct_templates_placed(c, "ct_check_conditions() ended the request"));
        ct_unwind_to(c, CT_UNWIND_RESPONSE);
    case CT_CONDITION_FAILED:
        ct_abort(c, 412, "a condition that the request makes does not hold");
    }
}

static bool is_one_of(ct_str name, const ct_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ct_str_eq_nocase(name, names[i]))
            return true;
    return false;
}

/* What a 304 carries (15.4.5); cookies are for the browser, not for its cache. */
static bool belongs_to_304(ct_str name)
{
    static const ct_str kept[] = {
        { "ETag", 4 },    { "Last-Modified", 13 }, { "Cache-Control", 13 },    { "Vary", 4 },
        { "Expires", 7 }, { "Date", 4 },           { "Content-Location", 16 }, { "Set-Cookie", 10 },
    };
    return is_one_of(name, kept, CT_COUNT(kept));
}

/* What is not about the representation that is left out. */
static bool belongs_to_error(ct_str name)
{
    static const ct_str dropped[] = {
        { "ETag", 4 }, { "Last-Modified", 13 }, { "Cache-Control", 13 }, { "Expires", 7 }
    };
    static const ct_str content = { "Content-", 8 };
    bool about_content =
        name.length > content.length && ct_str_eq_nocase((ct_str){ name.data, content.length }, content);
    return !about_content && !is_one_of(name, dropped, CT_COUNT(dropped));
}

/* Drops the body and the headers that do not belong. A file is closed by its own clean-up. */
static void strip(ct_response *r, bool (*belongs)(ct_str name))
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->header_count; i++)
        if (belongs(r->headers[i].name))
            r->headers[kept++] = r->headers[i];
    r->header_count = kept;
    r->kind = CT_RESPONSE_BYTES;
    r->body = r->content_type = (ct_str){ "", 0 };
    r->ranges = false;
}

static void make_error(ct_response *r, int status, ct_str line)
{
    strip(r, belongs_to_error);
    r->status = status;
    r->content_type = CT_STR("text/plain; charset=utf-8");
    r->body = line;
}

/* The validators: those that were set as such, or as plain headers. */
static const char *etag_of(const ct_response *r)
{
    const char *etag = ct_response_header(r, "ETag");
    return etag && ct_etag_valid(etag) ? etag : NULL;
}

static ct_time last_modified_of(const ct_response *r)
{
    ct_time time;
    const char *date = ct_response_header(r, "Last-Modified");
    return date && ct_http_date_parse(ct_str_of(date), ct_now(), &time) ? time : 0;
}

void ct_response_apply_conditions(ct *c, ct_response *r)
{
    if (!is_get_or_head(c) || ct_response_status(r) != 200)
        return;
    const char *etag = etag_of(r);
    ct_time last_modified = last_modified_of(r);
    if (!etag && !last_modified)
        return;
    switch (check(c, etag, last_modified)) {
    case CT_CONDITION_PROCEED:
        return;
    case CT_CONDITION_NOT_MODIFIED:
        strip(r, belongs_to_304);
        r->status = 304;
        return;
    case CT_CONDITION_FAILED:
        make_error(r, 412, CT_STR("412 Precondition Failed: a condition that the request makes does not hold\n"));
    }
}

/* ---- ranges ---- */

/* Several ranges, sent one after the other with a small head each. */
typedef struct multipart {
    ct_range ranges[MAX_RANGES];
    unsigned count;
    uint64_t size;   /* of the whole */
    uint64_t offset; /* of the whole within the file */
    int fd;          /* or -1: `body` has it */
    ct_str body;
    ct_str content_type; /* of the whole; may be empty */
    char boundary[33];
} multipart;

static void write_from_file(ct *c, ct_writer *out, int fd, uint64_t offset, uint64_t length)
{
    char *piece = ct_take(c, COPY_PIECE);
    while (length) {
        ssize_t n = pread(fd, piece, (size_t)CT_MIN(length, (uint64_t)COPY_PIECE), (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            ct_abort(c, 500, "a file has become shorter while it was sent, or cannot be read");
        ct_write(out, piece, (size_t)n);
        offset += (uint64_t)n;
        length -= (uint64_t)n;
    }
}

static void write_parts(ct *c, ct_writer *out, void *arg)
{
    const multipart *m = arg;
    for (unsigned i = 0; i < m->count; i++) {
        ct_range range = m->ranges[i];
        ct_writef(out, "%s--%s\r\n", i ? "\r\n" : "", m->boundary);
        if (m->content_type.length)
            ct_writef(out, "Content-Type: %.*s\r\n", CT_STR_ARG(m->content_type));
        ct_writef(out, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n\r\n", range.first,
                  range.first + range.length - 1, m->size);
        if (m->fd < 0)
            ct_write(out, m->body.data + range.first, (size_t)range.length);
        else
            write_from_file(c, out, m->fd, m->offset + range.first, range.length);
    }
    ct_writef(out, "\r\n--%s--\r\n", m->boundary);
}

/* A boundary that the body does not have: nobody can guess it. */
static void make_boundary(char ret[33])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    ct_random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[32] = '\0';
}

static void serve_several(ct *c, ct_response *r, multipart *m)
{
    m->fd = r->kind == CT_RESPONSE_FILE ? r->fd : -1;
    m->offset = r->offset;
    m->body = r->body;
    m->content_type = r->content_type;
    make_boundary(m->boundary);
    const char *type = ct_printf(c, "multipart/byteranges; boundary=%s", m->boundary);
    r->content_type = ct_str_of(type);
    r->status = 206;
    r->kind = CT_RESPONSE_STREAM;
    r->write = write_parts;
    r->arg = m;
}

static void serve_one(ct_response *r, ct_range range, uint64_t size)
{
    ct_set_headerf(r, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range.first,
                   range.first + range.length - 1, size);
    r->status = 206;
    if (r->kind == CT_RESPONSE_FILE) {
        r->offset += range.first;
        r->length = range.length;
    } else {
        r->body = (ct_str){ r->body.data + range.first, (size_t)range.length };
    }
}

/* The Range field, if it counts: only with GET, and where If-Range holds. */
static const char *range_asked_for(ct *c, const ct_response *r)
{
    const char *range = ct_request_joined_header(c, CT_STR("Range"));
    if (!range || c->exchange.head.method != CT_METHOD_GET)
        return NULL;
    const char *if_range = ct_request_joined_header(c, CT_STR("If-Range"));
    return !if_range || ct_condition_if_range(if_range, etag_of(r), last_modified_of(r)) ? range : NULL;
}

void ct_response_apply_range(ct *c, ct_response *r)
{
    if (!is_get_or_head(c) || !r->ranges || r->kind == CT_RESPONSE_STREAM || ct_response_status(r) != 200)
        return;
    ct_set_header(r, "Accept-Ranges", "bytes");
    const char *asked = range_asked_for(c, r);
    if (!asked)
        return;
    multipart *m = ct_take(c, sizeof *m);
    m->size = r->kind == CT_RESPONSE_FILE ? r->length : r->body.length;
    switch (ct_range_parse(asked, m->size, m->ranges, MAX_RANGES, &m->count)) {
    case CT_RANGE_IGNORE:
        return;
    case CT_RANGE_UNSATISFIABLE:
        make_error(r, 416, CT_STR("416 Range Not Satisfiable: it is not that long\n"));
        ct_set_headerf(r, "Content-Range", "bytes */%" PRIu64, m->size);
        return;
    case CT_RANGE_SATISFIABLE:
        if (m->count == 1)
            serve_one(r, m->ranges[0], m->size);
        else
            serve_several(c, r, m);
    }
}
