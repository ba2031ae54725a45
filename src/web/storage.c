/* The app's storage: names are checked and chosen here; keeping the files is the backend's (storage_folder.c, or the
 * app's own).
 *
 * Not here: what a name means to the program. Whoever can name a file can have it. */
#include "canteen/backend/storage.h"

#include "base/buffer.h"
#include "base/random.h"
#include "canteen/app.h"
#include "canteen/work.h"
#include "proto/filename.h"
#include "web/file.h"
#include "web/storage.h"
#include "web/temp_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LETTERS 7   /* that a name gets where it is taken */
#define ATTEMPTS 20 /* at a name that nobody has */

static const ct_storage *storage_of(const ct *c)
{
    const ct_app *app = c->site->app;
    return app && app->storage ? app->storage : &ct_folder_storage;
}

/* ---- names ---- */

bool ct_storage_holds(const char *name)
{
    size_t length = strlen(name);
    if (!length || length > CT_STORAGE_NAME || !ct_utf8_valid(name, length))
        return false;
    ct_str rest = { name, length };
    while (rest.data) {
        const char *slash = memchr(rest.data, '/', rest.length);
        ct_str part = { rest.data, slash ? (size_t)(slash - rest.data) : rest.length };
        if (!part.length || part.length > CT_FILENAME_MOST || ct_str_eq(part, CT_STR(".")) ||
            ct_str_eq(part, CT_STR("..")) || ct_str_starts(part, CT_STR(".canteen-")))
            return false;
        rest = slash ? (ct_str){ slash + 1, rest.length - part.length - 1 } : (ct_str){ 0 };
    }
    return true;
}

static const char *checked(ct *c, const char *function, const char *name)
{
    ct_needed(c, function, name);
    if (!ct_storage_holds(name))
        ct_mistake(c,
                   "%s: \"%s\" is no name of a kept file: relative, in UTF-8, its parts 1 to %d bytes and none of them "
                   "\".\" or \"..\"",
                   function, name, CT_FILENAME_MOST);
    return name;
}

/* Letters and digits, not to be guessed. 256 is no multiple of their number: what is above one is drawn again. */
static void draw_letters(char *ret)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const unsigned count = sizeof letters - 1;
    for (size_t i = 0; i < LETTERS;) {
        unsigned char byte;
        ct_random_bytes(&byte, 1);
        if (byte < 256 / count * count)
            ret[i++] = letters[byte % count];
    }
    ret[LETTERS] = '\0';
}

/* "cat_Kx7f2qA.png" of "cat.png", with a shorter stem where it would be too long. */
static const char *other_name(ct *c, const char *name)
{
    char letters[LETTERS + 1];
    draw_letters(letters);
    ct_str whole = ct_str_of(name);
    const char *slash = strrchr(name, '/');
    size_t folder = slash ? (size_t)(slash + 1 - name) : 0, stem = ct_filename_stem(whole) - folder;
    size_t ending = whole.length - folder - stem;
    if (ending > CT_FILENAME_MOST - LETTERS - 2) { /* no ending that anybody knows */
        stem += ending;
        ending = 0;
    }
    size_t most = CT_MIN(CT_FILENAME_MOST, CT_STORAGE_NAME - folder) - CT_MIN(ending, CT_STORAGE_NAME - folder);
    size_t kept = most > LETTERS + 1 ? ct_filename_cut((ct_str){ name + folder, stem }, most - LETTERS - 1) : 0;
    return ct_printf(c, "%.*s_%s%.*s", (int)(folder + kept), name, letters, (int)ending, name + whole.length - ending);
}

/* ---- the calls ---- */

const char *ct_storage_keep(ct *c, const char *function, const char *name, int fd, ct_bytes data)
{
    const ct_storage *storage = storage_of(c);
    const char *wanted = checked(c, function, name);
    name = ct_strdup(c, wanted);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++, name = other_name(c, wanted))
        if (storage->create(c, name, fd, data))
            return name;
    ct_mistake(c, "%s: the storage \"%s\" has \"%s\" and every name like it", function, storage->name, wanted);
}

const char *ct_storage_save(ct *c, const char *name, ct_bytes data)
{
    return ct_storage_keep(c, __func__, name, -1, data);
}

/* The same, closed when the request ends. */
static int open_kept(ct *c, const char *function, const char *name)
{
    checked(c, function, name);
    int *fd = ct_file_slot(c);
    return *fd = storage_of(c)->open(c, name);
}

int ct_storage_open(ct *c, const char *name)
{
    return open_kept(c, __func__, name);
}

ct_bytes ct_storage_bytes(ct *c, const char *name)
{
    struct stat info;
    int fd = open_kept(c, __func__, name);
    if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        ct_abort(c, 404, "there is no such file");
    char *data = ct_take(c, (size_t)info.st_size + 1);
    if (!ct_temp_read(c, fd, data, (size_t)info.st_size))
        ct_mistake(c, "ct_storage_bytes: \"%s\": %m", name);
    data[info.st_size] = '\0';
    return (ct_bytes){ .data = data, .len = (size_t)info.st_size };
}

int64_t ct_storage_size(ct *c, const char *name)
{
    return storage_of(c)->size(c, checked(c, __func__, name));
}

bool ct_storage_exists(ct *c, const char *name)
{
    return storage_of(c)->size(c, checked(c, __func__, name)) >= 0;
}

bool ct_storage_delete(ct *c, const char *name)
{
    return storage_of(c)->remove(c, checked(c, __func__, name));
}

ct_response *ct_storage_send_with(ct *c, const char *name, const ct_file_options *options)
{
    if (options->root)
        ct_mistake(c, "ct_storage_send: there is no .root: the name is one of the storage");
    int fd = open_kept(c, "ct_storage_send", name);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        ct_abort(c, 404, "there is no such file");
    ct_response *r = ct_file_send(c, fd, &info, name, options);
    ct_set_header(r, "X-Content-Type-Options", "nosniff");
    return r;
}

/* ---- lists ---- */

typedef struct listing {
    ct *c;
    const char *prefix;
    size_t prefix_length;
    const char **names;
    size_t count, room;
} listing;

static void add_name(void *arg, const char *name)
{
    listing *l = arg;
    if (strncmp(name, l->prefix, l->prefix_length) != 0)
        return;
    if (l->count == l->room) {
        size_t old = l->room;
        l->room = old ? 2 * old : 64;
        l->names = ct_arena_grow(l->c->arena, l->names, old * sizeof *l->names, l->room * sizeof *l->names);
        if (!l->names)
            ct_out_of_memory(l->c);
    }
    l->names[l->count++] = ct_strdup(l->c, name);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *ct_storage_list(ct *c, const char *prefix)
{
    ct_needed(c, __func__, prefix);
    listing l = { .c = c, .prefix = prefix, .prefix_length = strlen(prefix) };
    storage_of(c)->list(c, add_name, &l);
    const char **names = ct_take(c, (l.count + 1) * sizeof *names);
    if (l.count) {
        memcpy(names, l.names, l.count * sizeof *names);
        qsort(names, l.count, sizeof *names, by_bytes);
    }
    names[l.count] = NULL;
    return names;
}
