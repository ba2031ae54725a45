/* Names of static files, as they come decoded from a path: a hash that is taken out goes back to where it was, and what
 * is found is one of the files that there are, whatever the name is like. */
#include "base/common.h"
#include "web/static_store.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ct_embedded items[] = {
    { ".git/config", "", 0, "0000000000000000" }, { "../up", "", 0, "0000000000000000" },
    { "a", "", 0, "0123456789ab0000" },           { "a.css", "", 0, "0123456789ab0000" },
    { "a.css.br", "", 0, "0123456789ab0000" },    { "b/a.css", "", 0, "0123456789ab0000" },
    { "b//a", "", 0, "0000000000000000" }
};
static const ct_files files = { items, CT_COUNT(items) };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void find(ct_arena *arena, const char *name, bool live)
{
    ct_static_store store;
    ct_static_file file;
    ct_problems problems = { 0 };
    ct_static_store_init(&store, arena, live);
    ct_static_store_add(&store, NULL, &files);
    ct_static_store_index(&store, &problems);
    if (!ct_static_store_find(&store, name, &file))
        return;
    require(strcmp(file.name, name) == 0 && strcmp(file.embedded->path, name) == 0);
    require(!strstr(name, "//") && !strstr(name, "/.") && name[0] != '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char hash[CT_STATIC_HASH + 1], *name = ct_xmalloc(size + 1);
    if (size)
        memcpy(name, data, size);
    name[size] = '\0';
    size = strlen(name);
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    char *cut = ct_arena_copy(&arena, name, size);
    if (ct_static_cut_hash(cut, hash))
        require(strcmp(ct_static_hashed_name(&arena, cut, hash), name) == 0);
    else
        require(strcmp(cut, name) == 0);
    for (int live = 0; live < 2; live++) {
        find(&arena, name, live);
        find(&arena, cut, live);
    }
    ct_arena_finish(&arena);
    free(name);
    return 0;
}
