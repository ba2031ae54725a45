/* Forms with files: parts into fields and files, as they come.
 *
 *   body ──> parser (proto/multipart.h) ──> gathered ─┬─ a field ──────────> arena, a row of c->form
 *                                                     ├─ a small file ─────> arena
 *                                                     └─ what is too much ─> a file without a name, WRITE bytes at once
 *
 * One buffer gathers the content of every part in turn; what is kept in memory is copied out of it in its size. So a
 * form takes no more memory than the limits of fields and files say, whatever its parts are.
 *
 * c->uploads is set when the whole form has been read, and not before: nobody takes a part for all. The files are
 * closed by a deferred call; those who ask for one that a handler's abort has closed are told so. */
#include "web/upload.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/filename.h"
#include "proto/multipart.h"
#include "web/body.h"
#include "web/storage.h"
#include "web/temp_file.h"

#include <errno.h>
#include <unistd.h>

#define PIECE ((size_t)64 * 1024)  /* read at once */
#define WRITE ((size_t)256 * 1024) /* gathered for a file before it is written */

typedef struct upload {
    ct_upload seen;
    struct upload *next;
    bool absent;      /* the field of a form where no file was chosen */
    const char *data; /* in memory, with a NUL behind it; NULL: not (yet) */
    int fd;           /* -1: none */
} upload;

struct ct_uploads {
    upload *first, **last;
};

typedef struct reader {
    ct *c;
    ct_multipart parser;
    struct ct_uploads *uploads;
    ct_params *fields;
    uint32_t field_room;
    ct_str name;        /* of the part */
    upload *file;       /* that the part is; NULL: a field */
    ct_buffer gathered; /* content of the part that is nowhere else yet */
    uint64_t field_bytes, file_bytes /* in memory */;
    int64_t file_count;
    bool counted; /* the part is one of them */
} reader;

/* ---- limits ---- */

#define too_much(c, ...)                                                                                               \
    do {                                                                                                               \
        (c)->exchange.close = true; /* the rest of it is not wanted */                                                 \
        ct_abort((c), 413, __VA_ARGS__);                                                                               \
    } while (0)

static void gather(reader *r, ct_str data)
{
    ct_buffer_append(&r->gathered, data.data, data.length);
    if (r->gathered.failed)
        ct_out_of_memory(r->c);
}

static const char *copy(ct *c, ct_str text)
{
    const char *kept = ct_arena_copy(c->arena, text.data, text.length);
    if (!kept)
        ct_out_of_memory(c);
    return kept;
}

/* ---- fields ---- */

static void field_data(reader *r, ct_str data)
{
    int64_t most = r->c->site->config.max_body_memory;
    if (r->field_bytes + r->gathered.length + data.length > (uint64_t)most)
        too_much(r->c, "the fields of the form are larger than %" PRId64 " bytes", most);
    gather(r, data);
}

static void begin_field(reader *r)
{
    ct *c = r->c;
    ct_params *fields = r->fields;
    if (fields->count >= (uint64_t)c->site->config.max_fields)
        too_much(c, "form fields: more than %" PRId64 " fields", c->site->config.max_fields);
    if (fields->count == r->field_room) {
        size_t old = r->field_room * sizeof *fields->items;
        r->field_room = r->field_room ? 2 * r->field_room : 16;
        fields->items = ct_arena_grow(c->arena, fields->items, old, r->field_room * sizeof *fields->items);
        if (!fields->items)
            ct_out_of_memory(c);
    }
    r->field_bytes += r->name.length;
    field_data(r, CT_STR(""));
}

static void end_field(reader *r)
{
    ct_params *fields = r->fields;
    ct_str value = { r->gathered.data, r->gathered.length };
    if (value.length && (!ct_utf8_valid(value.data, value.length) || memchr(value.data, '\0', value.length)))
        ct_abort(r->c, 400, "form fields: field %" PRIu32 ": %s", fields->count + 1,
                 memchr(value.data, '\0', value.length) ? "it has a NUL" : "it is not UTF-8");
    r->field_bytes += value.length;
    value.data = copy(r->c, value);
    fields->items[fields->count++] = (ct_param){ .name = r->name, .value = value };
}

/* ---- files ---- */

static void close_files(void *arg)
{
    const struct ct_uploads *uploads = arg;
    for (upload *file = uploads->first; file; file = file->next) {
        if (file->fd >= 0)
            close(file->fd);
        file->fd = -1;
    }
}

static void begin_file(reader *r)
{
    ct *c = r->c;
    const ct_multipart_part *part = &r->parser.part;
    char *cleaned = ct_take(c, part->filename.length + CT_FILENAME_ROOM);
    ct_filename_clean(cleaned, part->filename);
    upload *file = ct_take(c, sizeof *file);
    *file = (upload){ .fd = -1 };
    file->seen.field = r->name.data;
    file->seen.filename = cleaned;
    file->seen.sent_filename = copy(c, part->filename);
    file->seen.content_type = part->content_type.length ? copy(c, part->content_type) : "application/octet-stream";
    *r->uploads->last = r->file = file;
    r->uploads->last = &file->next;
    r->counted = false;
}

static void count_file(reader *r)
{
    int64_t most = r->c->site->config.max_files;
    if (!r->counted && ++r->file_count > most)
        too_much(r->c, "more than %" PRId64 " files in the form", most);
    r->counted = true;
}

static void write_gathered(reader *r)
{
    ct_temp_write(r->c, "ct_file", r->file->fd, (ct_bytes){ r->gathered.data, r->gathered.length });
    r->gathered.length = 0;
}

static void file_data(reader *r, ct_str data)
{
    ct *c = r->c;
    upload *file = r->file;
    count_file(r);
    int64_t most = c->site->config.max_file_size;
    if ((uint64_t)file->seen.size + data.length > (uint64_t)most)
        too_much(c, "a file of the form is larger than %" PRId64 " bytes", most);
    file->seen.size += (int64_t)data.length;
    if (file->fd < 0 && r->file_bytes + (uint64_t)file->seen.size > (uint64_t)c->site->config.max_file_memory) {
        file->fd = ct_temp_open(c, "ct_file");
        write_gathered(r);
    }
    gather(r, data);
    if (file->fd >= 0 && r->gathered.length >= WRITE)
        write_gathered(r);
}

static void end_file(reader *r)
{
    upload *file = r->file;
    if (*file->seen.sent_filename)
        count_file(r);
    file->absent = !r->counted;
    if (file->fd >= 0) {
        write_gathered(r);
        return;
    }
    file->data = copy(r->c, (ct_str){ r->gathered.data, r->gathered.length });
    r->file_bytes += r->gathered.length;
}

/* ---- the form ---- */

static void begin_part(reader *r)
{
    ct_str name = r->parser.part.name;
    r->name = (ct_str){ copy(r->c, name), name.length };
    r->gathered.length = 0;
    r->file = NULL;
    if (r->parser.part.is_file)
        begin_file(r);
    else
        begin_field(r);
}

static void feed(reader *r, const char *data, size_t length)
{
    ct_str content;
    for (size_t consumed;; data += consumed, length -= consumed) {
        switch (ct_multipart_next(&r->parser, data, length, &consumed, &content)) {
        case CT_MULTIPART_MORE:
            return;
        case CT_MULTIPART_PART:
            begin_part(r);
            break;
        case CT_MULTIPART_DATA:
            if (r->file)
                file_data(r, content);
            else
                field_data(r, content);
            break;
        case CT_MULTIPART_PART_END:
            if (r->file)
                end_file(r);
            else
                end_field(r);
            break;
        case CT_MULTIPART_ERROR:
            if (r->parser.error_status == 413)
                too_much(r->c, "the form: %s", r->parser.error);
            ct_abort(r->c, r->parser.error_status, "the form: %s", r->parser.error);
        }
    }
}

/* What has been read whole already is taken from there. */
static void feed_body(reader *r)
{
    ct *c = r->c;
    size_t got = c->body_read ? c->body.len : 0;
    bool empty = !got;
    if (c->body_read) {
        feed(r, c->body.data, got);
    } else {
        c->body_streamed = true;
        char *piece = ct_take(c, PIECE);
        for (; ct_body_piece(c, piece, PIECE, &got); empty = false)
            feed(r, piece, got);
    }
    if (!empty && !ct_multipart_finish(&r->parser))
        ct_abort(c, 400, "the form: %s", r->parser.error);
}

static void begin_reading(reader *r)
{
    ct *c = r->c;
    const ct_config *config = &c->site->config;
    ct_str boundary;
    const char *reason;
    if (!ct_multipart_boundary(ct_str_of(ct_header(c, "Content-Type")), &boundary, &reason))
        ct_abort(c, 400, "the form: %s", reason);
    const ct_multipart_limits limits = { .parts = (uint32_t)config->max_parts,
                                         .head = (uint32_t)config->max_part_head };
    ct_multipart_init(&r->parser, boundary, &limits, ct_take(c, limits.head));
    r->gathered = ct_buffer_in(c->arena);
    r->fields = ct_alloc(c, sizeof *r->fields);
    r->uploads = ct_alloc(c, sizeof *r->uploads);
    r->uploads->last = &r->uploads->first;
    ct_defer(c, close_files, r->uploads);
}

bool ct_uploads_sent(ct *c)
{
    return strcmp(ct_content_type(c), "multipart/form-data") == 0;
}

void ct_uploads_read(ct *c, const char *function)
{
    if (c->uploads)
        return;
    if (c->body_fd)
        ct_mistake(c, "%s: the body is in a file already, by ct_body_file()", function);
    if (c->body_streamed)
        ct_mistake(c, "%s: the body has been read already, by ct_body_read() or as a form that was refused", function);
    reader *r = ct_alloc(c, sizeof *r); /* not of the stack: a handler's may be small */
    r->c = c;
    begin_reading(r);
    feed_body(r);
    if (!ct_params_index(c->arena, r->fields))
        ct_out_of_memory(c);
    c->form = r->fields;
    c->uploads = r->uploads;
}

/* ---- what handlers ask ---- */

static upload *first_file(ct *c, const char *function)
{
    ct_need_request(c, function);
    if (!ct_uploads_sent(c))
        return NULL;
    ct_uploads_read(c, function);
    return c->uploads->first;
}

static bool matches(const upload *file, const char *name)
{
    return !file->absent && (!name || strcmp(file->seen.field, name) == 0);
}

const ct_upload *ct_file(ct *c, const char *name)
{
    const upload *file = first_file(c, __func__);
    ct_needed(c, __func__, name);
    while (file && !matches(file, name))
        file = file->next;
    return file ? &file->seen : NULL;
}

const ct_upload *const *ct_file_all(ct *c, const char *name)
{
    const upload *first = first_file(c, __func__);
    size_t count = 0;
    for (const upload *file = first; file; file = file->next)
        count += matches(file, name);
    const ct_upload **all = ct_take(c, (count + 1) * sizeof *all);
    count = 0;
    for (const upload *file = first; file; file = file->next)
        if (matches(file, name))
            all[count++] = &file->seen;
    all[count] = NULL;
    return all;
}

/* The file that a handler has from ct_file(), with its content. */
static upload *known(ct *c, const char *function, const ct_upload *seen)
{
    ct_need_request(c, function);
    if (!seen)
        ct_mistake(c, "%s() was given NULL instead of a file: ct_file() returns it where none was sent", function);
    upload *file = c->uploads ? c->uploads->first : NULL;
    while (file && &file->seen != seen)
        file = file->next;
    if (!file)
        ct_mistake(c, "%s() was given a file that is not of this request", function);
    if (!file->data && file->fd < 0)
        ct_mistake(c, "%s: the file went when the handler aborted that had it read", function);
    return file;
}

ct_bytes ct_file_bytes(ct *c, const ct_upload *seen)
{
    upload *file = known(c, __func__, seen);
    if (!file->data) {
        size_t size = (size_t)seen->size;
        char *data = ct_take(c, size + 1);
        if (!ct_temp_read(c, file->fd, data, size))
            ct_temp_failed(c, __func__, errno);
        data[size] = '\0';
        file->data = data;
    }
    return (ct_bytes){ .data = file->data, .len = (size_t)seen->size };
}

int ct_file_fd(ct *c, const ct_upload *seen)
{
    upload *file = known(c, __func__, seen);
    if (file->fd < 0) {
        file->fd = ct_temp_open(c, __func__);
        ct_temp_write(c, __func__, file->fd, (ct_bytes){ file->data, (size_t)seen->size });
    }
    if (lseek(file->fd, 0, SEEK_SET) < 0)
        ct_temp_failed(c, __func__, errno);
    return file->fd;
}

const char *ct_file_save(ct *c, const ct_upload *seen, const char *name)
{
    const upload *file = known(c, __func__, seen);
    return ct_storage_keep(c, __func__, name, file->fd, (ct_bytes){ file->data, (size_t)seen->size });
}

void ct_uploads_each(const struct ct_uploads *uploads, void (*each)(void *arg, const ct_upload *file), void *arg)
{
    for (const upload *file = uploads->first; file; file = file->next)
        if (!file->absent)
            each(arg, &file->seen);
}
