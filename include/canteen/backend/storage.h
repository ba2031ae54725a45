/* For those who implement a storage of files: an object store, a database. The functions run on the request's fiber and
 * may wait and abort as handlers do (507: no room). Names were checked before: relative, no "..", no empty part. */
#ifndef CANTEEN_BACKEND_STORAGE_H
#define CANTEEN_BACKEND_STORAGE_H

#include "canteen/storage.h"

struct ct_storage {
    const char *name;
    /* Keeps what `fd` has from its beginning to its end, or `data` where fd is -1, under `name`: true, or false where
     * the name is taken. Never in part: whoever opens it meanwhile sees nothing or all. */
    bool (*create)(ct *c, const char *name, int fd, ct_bytes data);
    int (*open)(ct *c, const char *name);     /* a descriptor that is the caller's to close, or -1 */
    int64_t (*size)(ct *c, const char *name); /* -1: there is none */
    bool (*remove)(ct *c, const char *name);
    /* Calls `each` with every name, in any order. */
    void (*list)(ct *c, void (*each)(void *arg, const char *name), void *arg);
};

#endif
