/* The places of static files and the index of their names.
 *
 *   "style.css"     ─> file ── place, hash 3f2a9c01d4b7
 *                       ├ br ─> file of "style.css.br"       compressed ones are files like others, which also
 *   "style.css.br"  ────────────┘                            belong to what they were made of
 *
 * A name that several places have is that of the first. The compressed forms must come from the same place: those of
 * another would be of another content. The hash is the start of the content's SHA-256, so it is the same on every
 * machine and changes with any byte; a file over 16 MiB counts by its first MiB, its size and its time instead, for a
 * start must not read gigabytes. Embedded files have their hash with them.
 *
 * Not here: what is answered (static_serve.c). */
#include "web/static_store.h"

#include "base/nearest.h"
#include "base/str.h"
#include "web/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

#define WHOLE_BYTES ((off_t)16 << 20) /* larger ones are not read in full */
#define START_BYTES ((off_t)1 << 20)
#define PIECE_BYTES ((size_t)64 << 10)
#define NAME_BYTES 1024

/* ---- places ---- */

void ct_static_store_init(ct_static_store *store, ct_arena *arena, bool live)
{
    *store = (ct_static_store){ .arena = arena, .live = live };
    ct_strmap_init(&store->files, arena);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The folder of the setting may be an app's too: what is wrong in it is told once. */
static bool is_place(const ct_static_store *store, const char *folder)
{
    struct stat info, other;
    if (stat(folder, &info) < 0)
        return false;
    for (size_t i = 0; i < store->count; i++) {
        const ct_static_place *place = &store->places[i];
        if (!place->embedded && stat(place->folder, &other) == 0 && other.st_dev == info.st_dev &&
            other.st_ino == info.st_ino)
            return true;
    }
    return false;
}

bool ct_static_store_add(ct_static_store *store, const char *folder, const ct_files *embedded)
{
    bool read = folder && (store->live || !embedded) && is_folder(folder);
    if (!read && !embedded)
        return false;
    if (read && is_place(store, folder))
        return true;
    if (store->count == store->capacity) {
        size_t old = store->capacity;
        store->capacity = old ? 2 * old : 4;
        store->places = ct_arena_grow(store->arena, store->places, old * sizeof(*store->places),
                                      store->capacity * sizeof(*store->places));
    }
    store->places[store->count++] =
        (ct_static_place){ .folder = folder ? folder : "", .embedded = read ? NULL : embedded };
    return true;
}

static int open_place(const ct_static_place *place)
{
    return open(place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* ---- hashes ---- */

static void write_hash(const unsigned char *digest, char ret_hash[CT_STATIC_HASH + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < CT_STATIC_HASH; i++)
        ret_hash[i] = digits[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
    ret_hash[CT_STATIC_HASH] = '\0';
}

typedef struct indexer {
    ct_static_store *store;
    ct_problems *problems;
    const ct_static_place *place;
    int directory;
    EVP_MD_CTX *digest;
    char *piece;
} indexer;

static void must(int good)
{
    if (good != 1)
        ct_die("SHA-256 does not work here");
}

/* Reads `length` bytes, or all there is, into the digest. */
static bool read_into(indexer *x, int fd, off_t length)
{
    while (length > 0) {
        ssize_t n = read(fd, x->piece, (size_t)CT_MIN(length, (off_t)PIECE_BYTES));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        must(EVP_DigestUpdate(x->digest, x->piece, (size_t)n));
        length -= n;
    }
    return true;
}

static bool hash_file(indexer *x, int fd, ct_static_file *file)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    bool whole = file->size <= WHOLE_BYTES;
    must(EVP_DigestInit_ex2(x->digest, NULL, NULL));
    if (!read_into(x, fd, whole ? file->size : START_BYTES))
        return false;
    const int64_t facts[] = { file->size, file->time.tv_sec, file->time.tv_nsec };
    if (!whole)
        must(EVP_DigestUpdate(x->digest, facts, sizeof(facts)));
    must(EVP_DigestFinal_ex(x->digest, digest, NULL));
    write_hash(digest, file->hash);
    return true;
}

/* ---- the index ---- */

static ct_static_file *new_file(indexer *x, const char *name)
{
    ct_static_file *file = ct_arena_zalloc(x->store->arena, sizeof(*file));
    file->name = ct_arena_copy(x->store->arena, name, strlen(name));
    file->place = x->place;
    return file;
}

static void keep(indexer *x, ct_static_file *file)
{
    ct_strmap_set(&x->store->files, ct_str_of(file->name), file);
}

static bool read_file(indexer *x, int fd, ct_static_file *file)
{
    struct stat info;
    if (fd < 0 || fstat(fd, &info) < 0)
        return false;
    file->size = info.st_size;
    file->time = info.st_mtim;
    return hash_file(x, fd, file);
}

static void add_file(void *arg, const char *name, const struct stat *info)
{
    indexer *x = arg;
    if (!S_ISREG(info->st_mode) || strlen(name) >= NAME_BYTES || ct_strmap_get(&x->store->files, ct_str_of(name)))
        return;
    ct_static_file *file = new_file(x, name);
    int fd = ct_folder_open(x->directory, name);
    if (read_file(x, fd, file))
        keep(x, file);
    else if (errno == EXDEV || errno == ELOOP)
        ct_problems_add(x->problems, CT_PROBLEM_WARNING,
                        "%s/%s is a link that leads out of its folder: it is not served", x->place->folder, name);
    else
        ct_problems_add(x->problems, CT_PROBLEM_WARNING, "%s/%s cannot be read, so it is not served: %m",
                        x->place->folder, name);
    if (fd >= 0)
        close(fd);
}

static bool is_good_name(const char *name);

static void add_embedded(indexer *x)
{
    const ct_files *files = x->place->embedded;
    for (size_t i = 0; i < files->count; i++) {
        const ct_embedded *item = &files->items[i];
        if (!is_good_name(item->path) || ct_strmap_get(&x->store->files, ct_str_of(item->path)))
            continue;
        ct_static_file *file = new_file(x, item->path);
        file->embedded = item;
        snprintf(file->hash, sizeof(file->hash), "%s", item->hash);
        keep(x, file);
    }
}

static void add_place(indexer *x)
{
    ct_error error;
    if (x->place->embedded) {
        add_embedded(x);
        return;
    }
    x->directory = open_place(x->place);
    if (x->directory < 0)
        ct_problems_add(x->problems, CT_PROBLEM_WARNING, "the folder %s cannot be read: %m", x->place->folder);
    else if (!ct_folder_walk(x->place->folder, add_file, x, &error))
        ct_problems_add(x->problems, CT_PROBLEM_WARNING, "%s", error.message);
    if (x->directory >= 0)
        close(x->directory);
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* "style.css.br" for "style.css"; NULL when there is none that can stand for it. */
static const ct_static_file *compressed(indexer *x, const ct_static_file *file, const char *ending)
{
    char name[NAME_BYTES + 4];
    int length = snprintf(name, sizeof(name), "%s%s", file->name, ending);
    const ct_static_file *found = ct_strmap_get(&x->store->files, (ct_str){ name, (size_t)length });
    if (!found || found->place != file->place)
        return NULL;
    if (found->embedded || !is_older(&found->time, &file->time))
        return found;
    ct_problems_add(x->problems, CT_PROBLEM_WARNING,
                    "%s/%s is older than the file it was made of, so it is not sent for it: compress that again",
                    file->place->folder, name);
    return NULL;
}

void ct_static_store_index(ct_static_store *store, ct_problems *problems)
{
    if (store->live)
        return;
    indexer x = { .store = store, .problems = problems, .piece = ct_xmalloc(PIECE_BYTES) };
    x.digest = EVP_MD_CTX_new();
    must(x.digest && EVP_DigestInit_ex2(x.digest, EVP_sha256(), NULL));
    for (size_t i = 0; i < store->count; i++) {
        x.place = &store->places[i];
        add_place(&x);
    }
    for (size_t i = 0; i < store->files.count; i++) {
        ct_static_file *file = store->files.entries[i].value;
        file->br = compressed(&x, file, ".br");
        file->gz = compressed(&x, file, ".gz");
    }
    EVP_MD_CTX_free(x.digest);
    free(x.piece);
}

/* ---- looking up ---- */

static bool is_good_name(const char *name)
{
    ct_str rest = ct_str_of(name);
    if (rest.length >= NAME_BYTES)
        return false;
    do {
        const char *slash = memchr(rest.data, '/', rest.length);
        size_t length = slash ? (size_t)(slash - rest.data) : rest.length;
        if (!length || rest.data[0] == '.' || rest.data[length - 1] == '~')
            return false;
        rest = slash ? (ct_str){ slash + 1, rest.length - length - 1 } : (ct_str){ NULL, 0 };
    } while (rest.data);
    return true;
}

static bool is_in_folder(const ct_static_place *place, const char *name)
{
    struct stat info;
    int directory = open_place(place);
    if (directory < 0)
        return false;
    int fd = ct_folder_is_plain(directory, name) ? ct_folder_open(directory, name) : -1;
    bool is = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    if (fd >= 0)
        close(fd);
    close(directory);
    return is;
}

static bool find_live(const ct_static_store *store, const char *name, ct_static_file *ret_file)
{
    for (size_t i = 0; i < store->count; i++) {
        const ct_static_place *place = &store->places[i];
        const ct_embedded *embedded = place->embedded ? ct_files_find(place->embedded, name) : NULL;
        if (place->embedded ? !embedded : !is_in_folder(place, name))
            continue;
        *ret_file = (ct_static_file){ .name = name, .place = place, .embedded = embedded };
        return true;
    }
    return false;
}

bool ct_static_store_find(const ct_static_store *store, const char *name, ct_static_file *ret_file)
{
    if (!is_good_name(name))
        return false;
    if (store->live)
        return find_live(store, name, ret_file);
    const ct_static_file *file = ct_strmap_get(&store->files, ct_str_of(name));
    if (file)
        *ret_file = *file;
    return file != NULL;
}

/* ---- did you mean ---- */

typedef struct nearest {
    ct_nearest nearest;
    ct_arena *arena;
} nearest;

static void try_name(void *arg, const char *name, const struct stat *info)
{
    nearest *n = arg;
    const char *before = n->nearest.best;
    if (info && !S_ISREG(info->st_mode))
        return;
    ct_nearest_try(&n->nearest, name);
    if (n->nearest.best != before) /* the name is the walk's */
        n->nearest.best = ct_arena_copy(n->arena, name, strlen(name));
}

const char *ct_static_store_nearest(const ct_static_store *store, const char *name, ct_arena *arena)
{
    nearest n = { .nearest = ct_nearest_to(name), .arena = arena };
    ct_error ignored;
    for (size_t i = 0; i < store->files.count; i++)
        try_name(&n, store->files.entries[i].key.data, NULL);
    for (size_t i = 0; store->live && i < store->count; i++) {
        const ct_static_place *place = &store->places[i];
        for (size_t j = 0; place->embedded && j < place->embedded->count; j++)
            try_name(&n, place->embedded->items[j].path, NULL);
        if (!place->embedded)
            ct_folder_walk(place->folder, try_name, &n, &ignored);
    }
    return n.nearest.best;
}

/* ---- names with a hash ---- */

/* Where the ending of a name begins, its dot; the end when it has none. */
static const char *ending_of(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name, *dot = strrchr(last, '.');
    return dot && dot > last ? dot : last + strlen(last);
}

const char *ct_static_hashed_name(ct_arena *arena, const char *name, const char *hash)
{
    const char *ending = ending_of(name);
    return ct_arena_printf(arena, "%.*s.%s%s", (int)(ending - name), name, hash, ending);
}

/* Whether a hash and its dot end at `end`, with something before them in the segment. */
static bool ends_in_hash(const char *name, const char *end)
{
    if (end - name < CT_STATIC_HASH + 2)
        return false;
    const char *dot = end - CT_STATIC_HASH - 1;
    return *dot == '.' && dot[-1] != '/' && strspn(dot + 1, "0123456789abcdef") >= CT_STATIC_HASH;
}

/* Whether the name up to `end` has an ending, before which its hash would stand. */
static bool has_ending(const char *name, const char *end)
{
    for (const char *at = end - 1; at > name && *at != '/' && at[-1] != '/'; at--)
        if (*at == '.')
            return true;
    return false;
}

bool ct_static_cut_hash(char *name, char ret_hash[CT_STATIC_HASH + 1])
{
    size_t length = strlen(name);
    char *end = name + (ending_of(name) - name);
    bool is_ending = !ends_in_hash(name, end); /* "LICENSE.3f2a9c01d4b7" */
    if (is_ending)
        end = name + length;
    if (!ends_in_hash(name, end))
        return false;
    char *dot = end - CT_STATIC_HASH - 1;
    if (is_ending && has_ending(name, dot))
        return false;
    memcpy(ret_hash, dot + 1, CT_STATIC_HASH);
    ret_hash[CT_STATIC_HASH] = '\0';
    memmove(dot, end, length + 1 - (size_t)(end - name));
    return true;
}
