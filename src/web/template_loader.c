/* Reading templates from folders and from the executable.
 *
 * A name is looked for in each place; the first that has it counts. What is there but cannot be read (permissions, a
 * link that leads out of the folder) is an error and not passed over: another template would be shown in its stead.
 *
 * Not here: when templates are read again (templates.c), and what is in them. */
#include "web/template_loader.h"

#include "base/str.h"
#include "web/apps.h"
#include "web/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MOST_BYTES ((off_t)64 << 20) /* of one template: more is a mistake */

/* ---- embedded files ---- */

const ct_embedded *ct_files_find(const ct_files *files, const char *path)
{
    size_t low = 0, high = files->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, files->items[middle].path);
        if (order == 0)
            return &files->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* ---- the list ---- */

void ct_template_places_add(ct_template_places *places, const char *folder, const ct_files *embedded)
{
    if (places->count == places->capacity) {
        size_t old = places->capacity;
        places->capacity = old ? 2 * old : 4;
        places->items = ct_arena_grow(places->arena, places->items, old * sizeof(*places->items),
                                      places->capacity * sizeof(*places->items));
    }
    places->items[places->count++] = (ct_template_place){ .folder = folder, .embedded = embedded };
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void add_app(ct_template_places *places, const ct_app *app, bool reload, ct_problems *problems)
{
    const char *folder = app->templates ? app->templates : "";
    if (app->templates && (reload || !app->embedded) && is_folder(app->templates))
        ct_template_places_add(places, app->templates, NULL);
    else if (app->embedded)
        ct_template_places_add(places, folder, app->embedded);
    else if (app->templates)
        ct_problems_add(
            problems, CT_PROBLEM_ERROR,
            "the app %s has its templates in \"%s\", which is no folder here: start the program where it is "
            "one, or embed them",
            app->name ? app->name : "", app->templates);
}

void ct_template_places_find(ct_template_places *places, const char *folders, const ct_app *root, bool reload,
                             ct_problems *problems)
{
    ct_str rest = ct_str_of(folders);
    while (rest.data) {
        ct_str folder = ct_str_next(&rest, ',');
        const char *name = ct_arena_copy(places->arena, folder.data, folder.length);
        if (folder.length && (reload || is_folder(name)))
            ct_template_places_add(places, name, NULL);
    }
    ct_apps apps = { 0 };
    ct_apps_collect(places->arena, root, &apps);
    for (size_t i = 0; i < apps.count; i++)
        add_app(places, apps.items[i], reload, problems);
}

/* ---- loading ---- */

/* The name as messages have it: with its folder. */
#define SHOWN_BYTES 2048
static void show_name(const ct_template_place *place, const char *name, char shown[SHOWN_BYTES])
{
    snprintf(shown, SHOWN_BYTES, "%s%s%s", place->folder, *place->folder ? "/" : "", name);
}

static bool read_all(int fd, char *data, size_t length, size_t *ret_length)
{
    size_t got = 0;
    while (got < length) {
        ssize_t n = read(fd, data + got, length - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *ret_length = got;
    return true;
}

/* The content of an open file. False without a message: it is no file. */
static bool read_file(int fd, const char *shown, ct_arena *arena, ct_str *ret_text, ct_error *error)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return ct_fail(error, "%s cannot be read: %m", shown);
    if (!S_ISREG(info.st_mode))
        return false;
    if (info.st_size > MOST_BYTES)
        return ct_fail(error, "%s is larger than a template can be (64 MiB)", shown);
    char *data = ct_arena_alloc(arena, (size_t)info.st_size + 1);
    if (!data || !read_all(fd, data, (size_t)info.st_size, &ret_text->length))
        return ct_fail(error, "%s cannot be read: %m", shown);
    ret_text->data = data;
    return true;
}

/* Whether an error of opening says that there is no such file. */
static bool means_missing(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EISDIR || error == ENAMETOOLONG || error == EINVAL ||
           error == EILSEQ || error == ENXIO;
}

static int open_in(const char *folder, const char *name)
{
    int directory = open(*folder ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -1;
    int fd = ct_folder_open(directory, name);
    int error = errno;
    close(directory);
    errno = error;
    return fd;
}

/* False with a message, or without one: the folder does not have it. */
static bool load_file(const ct_template_place *place, const char *name, ct_arena *arena, ct_str *ret_text,
                      ct_error *error)
{
    char shown[SHOWN_BYTES];
    show_name(place, name, shown);
    int fd = open_in(place->folder, name);
    if (fd < 0 && errno == EXDEV)
        return ct_fail(error, "%s is a link that leads out of its folder", shown);
    if (fd < 0)
        return !means_missing(errno) && ct_fail(error, "%s cannot be read: %m", shown);
    bool good = read_file(fd, shown, arena, ret_text, error);
    close(fd);
    return good;
}

static bool load_from(const ct_template_place *place, const char *name, ct_arena *arena, ct_str *ret_text,
                      ct_error *error)
{
    if (!place->embedded)
        return load_file(place, name, arena, ret_text, error);
    const ct_embedded *file = ct_files_find(place->embedded, name);
    if (file)
        *ret_text = (ct_str){ file->data, file->length };
    return file != NULL;
}

/* What does not exist takes no memory of the engine: a page may ask for it again and again. */
static bool load(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    const ct_template_places *places = user;
    char text[1024], shown[SHOWN_BYTES];
    if (name.length >= sizeof(text))
        return false;
    memcpy(text, name.data, name.length);
    text[name.length] = '\0';
    error->message[0] = '\0';
    for (size_t i = 0; ct_folder_holds(text) && i < places->count && !error->message[0]; i++) {
        if (!load_from(&places->items[i], text, arena, &ret_source->text, error))
            continue;
        show_name(&places->items[i], text, shown);
        ret_source->file = ct_arena_copy(arena, shown, strlen(shown));
        return ret_source->file != NULL;
    }
    return false;
}

/* ---- listing ---- */

typedef struct listing {
    void (*each)(void *arg, const char *name);
    void *arg;
} listing;

static void list_file(void *arg, const char *path, const struct stat *info)
{
    const listing *l = arg;
    if (S_ISREG(info->st_mode))
        l->each(l->arg, path);
}

static void list(void *user, void (*each)(void *arg, const char *name), void *arg)
{
    const ct_template_places *places = user;
    listing l = { .each = each, .arg = arg };
    ct_error ignored; /* what cannot be read has no names */
    for (size_t i = 0; i < places->count; i++) {
        const ct_template_place *place = &places->items[i];
        for (size_t j = 0; place->embedded && j < place->embedded->count; j++)
            each(arg, place->embedded->items[j].path);
        if (!place->embedded)
            ct_folder_walk(*place->folder ? place->folder : ".", list_file, &l, &ignored);
    }
}

ct_loader ct_template_places_loader(const ct_template_places *places)
{
    return (ct_loader){ .user = (void *)(uintptr_t)places, .load = load, .list = list };
}

/* ---- changes ---- */

/* An editor may replace a file within one tick, or keep its time; the inode and the time of change tell then. */
static void stamp_entry(void *arg, const char *path, const struct stat *info)
{
    uint64_t *stamp = arg;
    const int64_t parts[] = { info->st_mtim.tv_sec,  info->st_mtim.tv_nsec, info->st_ctim.tv_sec,
                              info->st_ctim.tv_nsec, info->st_size,         (int64_t)info->st_ino };
    const uint64_t both[] = { *stamp, ct_hash(path, strlen(path)), ct_hash(parts, sizeof(parts)) };
    *stamp = ct_hash(both, sizeof(both));
}

uint64_t ct_template_places_stamp(const ct_template_places *places)
{
    uint64_t stamp = 0;
    ct_error ignored;
    for (size_t i = 0; i < places->count; i++)
        if (!places->items[i].embedded && ct_folder_walk(places->items[i].folder, stamp_entry, &stamp, &ignored))
            stamp++;
    return stamp;
}
