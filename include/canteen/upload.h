/* Files that a form sends (multipart/form-data, RFC 7578), and where they are kept.
 *
 *     const ct_upload *photo = ct_file(c, "photo");
 *     if (!photo || strcmp(photo->content_type, "image/png") != 0)
 *         ct_abort(c, 400, "send a PNG");
 *     const char *name = ct_file_save(c, photo, photo->filename);      -- "photo.png", or "photo_Kx7f2qA.png"
 *
 * The first call of ct_form(), ct_file() and the like reads the whole body and takes it apart as it comes: fields go to
 * memory, files too as long as they are small (setting `max_file_memory`), larger ones to files without a name in
 * `temp_dir`. What is not saved is gone when the request ends, however it ends.
 *
 * A body that ct_body() has read is taken from there; after ct_body_read() and ct_body_file(), and for these after a
 * form, it is a mistake (500): the body comes once.
 *
 * Limits, each a setting, each 413 one past it: `max_body` bytes in all, `max_parts`, `max_files`, `max_fields` and
 * `max_body_memory` for the fields with their names, `max_file_size` a file; and `max_part_head` bytes of headers a
 * part (400). A full disk aborts with 507 and leaves nothing behind. A malformed form is 400: it is read strictly, in
 * UTF-8 (src/proto/multipart.h has the rules).
 *
 * What a client says about a file is its word alone: names are cleaned, content types are not checked. */
#ifndef CANTEEN_UPLOAD_H
#define CANTEEN_UPLOAD_H

#include "canteen/common.h"

typedef struct ct_upload {
    const char *field;    /* the name of the form's field */
    const char *filename; /* without folders, control characters and what file systems refuse: fit to be used; never
                                  empty ("file" where nothing is left), at most 255 bytes */
    const char *sent_filename; /* as the client sent it: for showing it again, escaped */
    const char *content_type;  /* in lower case, without parameters; "application/octet-stream" where it says nothing */
    int64_t size;              /* bytes */
} ct_upload;

/* The first file of a field, or NULL: no such field, a form sent with no file chosen, or another content type. _all:
 * every file of the field in order, ending in NULL (never NULL itself); `name` NULL: of all fields. */
CT_API const ct_upload *ct_file(ct *c, const char *name);
CT_API const ct_upload *const *ct_file_all(ct *c, const char *name);

/* The content: whole, with a NUL behind it (over `request_memory` it aborts with 500); or a descriptor for reading at
 * offset 0, which is closed when the request ends. Where the handler aborts that had the form read first, larger files
 * are closed then: middleware that wants them afterwards asks for the form before. */
CT_API ct_bytes ct_file_bytes(ct *c, const ct_upload *file);
CT_API int ct_file_fd(ct *c, const ct_upload *file);

/* Keeps a file in the app's storage (`.storage` of the root app; else ct_folder_storage, the folder of the setting
 * `upload_folder`) under `name`, which may have folders ("photos/2026/cat.png"; they are made). Where that name is
 * taken it gets '_' and seven letters before its ending, so nothing is ever overwritten. Returns the name it has, to be
 * remembered. The file appears there whole or not at all, also when the machine stops. A name that leads out aborts
 * with 500: it is the program's to choose (ct_upload.filename is safe). */
CT_API const char *ct_file_save(ct *c, const ct_upload *file, const char *name);

#endif
