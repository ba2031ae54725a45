/* Static files as responses: which coding, from memory or disk, with which headers.
 *
 * Each coding is a representation of its own, with an ETag and ranges of its own. The store's hash is an ETag as long
 * as the file is what it was when the hash was made; a file that has changed since (and not the server) has one by its
 * size and time, and no answer with it is kept. Not here: which file it is (static.c, frontend.c). */
#include "web/static_serve.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/accept.h"
#include "proto/mime.h"
#include "web/ct.h"
#include "web/file.h"
#include "web/request.h"
#include "web/response.h"

/* The form to send, and what its coding is called: NULL for none. */
static const ct_static_file *choose(ct *c, const ct_static_file *file, const char **ret_coding)
{
    const char *offers[4];
    size_t count = 0;
    *ret_coding = NULL;
    if (file->br)
        offers[count++] = "br";
    if (file->gz)
        offers[count++] = "gzip";
    if (!count)
        return file;
    offers[count++] = "identity";
    offers[count] = NULL;
    const char *header = ct_request_joined_header(c, CT_STR("Accept-Encoding"));
    const char *best = ct_accept_best(CT_ACCEPT_ENCODING, header, offers);
    if (!best || best == offers[count - 1]) /* one who takes nothing at all gets it as it is */
        return file;
    *ret_coding = best;
    return file->br && best == offers[0] ? file->br : file->gz;
}

static bool is_unchanged(const ct_static_file *file, const struct stat *info)
{
    return file->hash[0] && file->size == info->st_size && file->time.tv_sec == info->st_mtim.tv_sec &&
           file->time.tv_nsec == info->st_mtim.tv_nsec;
}

static ct_response *embedded_response(ct *c, const ct_static_file *file)
{
    ct_response *r = ct_response_new(c);
    r->body = (ct_str){ file->embedded->data, file->embedded->length };
    ct_allow_ranges(r);
    ct_set_etag(r, file->embedded->hash, false);
    return r;
}

/* NULL: the file is gone. *ret_same: it is what the store has seen. */
static ct_response *folder_response(ct *c, const ct_static_file *file, bool *ret_same)
{
    struct stat info;
    int fd = ct_file_open(c, file->place->folder, file->name, &info);
    if (fd < 0)
        return NULL;
    ct_response *r = ct_file_response(c, fd, &info);
    ct_file_set_validators(r, &info);
    *ret_same = is_unchanged(file, &info);
    if (*ret_same)
        ct_set_etag(r, file->hash, false);
    return r;
}

/* A compressed form is of no use once the file it was made of is another, or gone. */
static bool source_is_unchanged(ct *c, const ct_static_file *file)
{
    struct stat info;
    return file->embedded ||
           (ct_file_open(c, file->place->folder, file->name, &info) >= 0 && is_unchanged(file, &info));
}

static ct_response *respond(ct *c, const ct_static_file *file, bool *ret_same)
{
    *ret_same = true;
    return file->embedded ? embedded_response(c, file) : folder_response(c, file, ret_same);
}

ct_response *ct_static_response(ct *c, const ct_static_file *file, const char *cache)
{
    bool same;
    const char *coding;
    const ct_static_file *form = choose(c, file, &coding);
    if (coding && !source_is_unchanged(c, file)) {
        coding = NULL;
        form = file;
    }
    ct_response *r = respond(c, form, &same);
    if (coding && (!r || !same)) { /* whether it is still the same content nobody knows */
        coding = NULL;
        r = respond(c, file, &same);
    }
    if (!r)
        ct_abort(c, 404, "there is no such file");
    r->content_type = ct_str_of(ct_mime_of(file->name));
    ct_set_header(r, "Cache-Control", same ? cache : CT_CACHE_REVALIDATE);
    if (coding)
        ct_set_header(r, "Content-Encoding", coding);
    if (file->br || file->gz)
        ct_vary(r, "Accept-Encoding");
    ct_set_header(r, "X-Content-Type-Options", "nosniff");
    return r;
}
