/* Loading libpq (postgres_library.h). It stays loaded: libraries that it brings cannot be unloaded safely. */
#include "db/postgres_library.h"

#include <dlfcn.h>
#include <string.h>

ct_pq_library ct_pq;

#define MISSING "libpq.so.5 cannot be loaded, which PostgreSQL needs: apt-get install libpq5"

/* The address is copied, for C has no conversion between pointers to data and to functions. */
static bool find(void *library, const char *name, void *ret_function)
{
    void *address = dlsym(library, name);
    memcpy(ret_function, &address, sizeof address);
    return address != NULL;
}

const char *ct_pq_load(void)
{
    static bool loaded;
    if (loaded)
        return NULL;
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return MISSING;
    ct_pq_library found;
#define CT_PQ_FIND(name, function)                                                                                     \
    if (!find(library, #function, &found.name))                                                                        \
        return "this libpq has no " #function "(): Canteen needs that of PostgreSQL 14 or later";
    CT_PQ_FUNCTIONS(CT_PQ_FIND)
#undef CT_PQ_FIND
    ct_pq = found;
    loaded = true;
    return NULL;
}
