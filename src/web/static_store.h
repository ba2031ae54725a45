/* Files that are sent as they are: the places they come from, and an index of their names.
 *
 * Outside of development the index is made once, at the start: each name with its size, its time and a hash of its
 * content. In development (`live`) there is none, and each name is looked for in the places when it is asked for. */
#ifndef CANTEEN_WEB_STATIC_STORE_H
#define CANTEEN_WEB_STATIC_STORE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/problems.h"
#include "canteen/files.h"

#include <sys/stat.h>

#define CT_STATIC_HASH 12 /* digits of a hash in a name */

typedef struct ct_static_place {
    const char *folder;       /* for messages where it is embedded; "" for names as they are */
    const ct_files *embedded; /* NULL: the folder is read */
} ct_static_place;

typedef struct ct_static_file {
    const char *name;
    const ct_static_place *place;
    const ct_embedded *embedded;   /* NULL: a file of place->folder */
    char hash[CT_STATIC_HASH + 1]; /* of the content; "" when it is live */
    off_t size;                    /* these two of a file of a folder, when its hash was made */
    struct timespec time;
    const struct ct_static_file *br, *gz; /* the same, compressed: "x.br" and "x.gz" of the same place; or NULL */
} ct_static_file;

typedef struct ct_static_store {
    ct_arena *arena; /* without a limit */
    ct_static_place *places;
    size_t count, capacity;
    bool live;
    ct_strmap files; /* name to ct_static_file, unless it is live */
} ct_static_store;

/* The arena must live as long as the store. */
void ct_static_store_init(ct_static_store *store, ct_arena *arena, bool live);
/* Adds the folder if it is there (and not embedded, unless the store is live), else the table; in this order names are
 * looked for. False: there is neither. `folder` is borrowed; it and `embedded` may be NULL. */
bool ct_static_store_add(ct_static_store *store, const char *folder, const ct_files *embedded);
/* Makes the index, once all places are there; does nothing for a live one. What cannot be read, or is compressed but
 * older than the file it is made of, is a warning and left out. */
void ct_static_store_index(ct_static_store *store, ct_problems *problems);

/* The file of a plain name. Names that no file has: empty ones, those with a segment that is empty, begins with '.' or
 * ends in '~', those over 1023 bytes. */
bool ct_static_store_find(const ct_static_store *store, const char *name, ct_static_file *ret_file);
/* The name nearest to a wrong one, or NULL; in the memory of the arena. */
const char *ct_static_store_nearest(const ct_static_store *store, const char *name, ct_arena *arena);

/* "a/style.css" as "a/style.3f2a9c01d4b7.css", "LICENSE" as "LICENSE.3f2a9c01d4b7". */
const char *ct_static_hashed_name(ct_arena *arena, const char *name, const char *hash);
/* The other way: takes the hash out of the name. False, with the name as it was: there is none in it. */
bool ct_static_cut_hash(char *name, char ret_hash[CT_STATIC_HASH + 1]);

#endif
