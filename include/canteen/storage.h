/* Files that a site keeps: uploads, pictures, exports. The same calls whether they are in a local folder or elsewhere
 * (backend/storage.h). Names are relative, with slashes, in UTF-8, at most 1,024 bytes; no part of one is empty, "." or
 * "..", longer than 255 bytes, or begins with ".canteen-". Others abort with 500, as they do from a program's own
 * mistake: a name that a client chose is to be looked up in what the program remembers. */
#ifndef CANTEEN_STORAGE_H
#define CANTEEN_STORAGE_H

#include "canteen/common.h"
#include "canteen/response.h"

typedef struct ct_storage ct_storage; /* backend/storage.h */

/* Files below the folder of the setting `upload_folder` ("uploads"), which is made when the first one comes: files with
 * the mode 0644, folders with 0755, less the umask. A file is there whole or not at all, and when the call has returned
 * it is on the disk. Links are not followed out of the folder. */
CT_API extern const ct_storage ct_folder_storage;

/* Keeps data under a name, or one like it where that is taken ("cat_Kx7f2qA.png"); returns the name. A full disk aborts
 * with 507. */
CT_API const char *ct_storage_save(ct *c, const char *name, ct_bytes data);
/* A descriptor of the file at offset 0, closed when the request ends; -1: there is none. */
CT_API int ct_storage_open(ct *c, const char *name);
/* The whole content with a NUL behind it; aborts with 404 when there is none. */
CT_API ct_bytes ct_storage_bytes(ct *c, const char *name);
CT_API bool ct_storage_exists(ct *c, const char *name);
/* The size in bytes, or -1: there is none. */
CT_API int64_t ct_storage_size(ct *c, const char *name);
/* Whether there was one. */
CT_API bool ct_storage_delete(ct *c, const char *name);
/* Every name that begins with `prefix` ("" all), sorted, ending in NULL. */
CT_API const char *const *ct_storage_list(ct *c, const char *prefix);

/* A response with a kept file: ranges, validators and options as ct_send_file() has them, but no .root; 404 when there
 * is none. Shown by browsers as what its ending says, and as nothing else (X-Content-Type-Options: nosniff): give
 * .download_name for what somebody else has uploaded, so that it is saved and never run on this site's pages. */
#define ct_storage_send(c, name, ...) ct_storage_send_with((c), (name), &(const ct_file_options){ __VA_ARGS__ })
CT_API ct_response *ct_storage_send_with(ct *c, const char *name, const ct_file_options *options);

#endif
