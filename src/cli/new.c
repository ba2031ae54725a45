/* `canteen new`: a folder with a project that works.
 *
 * The files are those of project/KIND/ in the source tree, which are part of the program `canteen`. Each is a real file
 * that compiles as it stands: the placeholders are the name "myproject", in texts, and my_project, the name as an
 * identifier. A file that begins with a dot is kept without it ("gitignore").
 *
 * Nothing that is there already is touched: the folder must be new, every file is made with O_EXCL. What cannot be
 * finished (a full disk) stays, incomplete, and is named. */
#include "cli/new.h"

#include "base/base64.h"
#include "base/random.h"
#include "canteen/files.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACEHOLDER "myproject"
#define IDENTIFIER "my_project"
#define KEY_BYTES 32

const ct_option ct_new_options[] = {
    { .name = "name", .argument = true, .help = "of the project, its program and its folder" },
    { .name = "api", .type = CT_FLAG, .help = "for programs: JSON alone, no pages" },
    { .name = "minimal", .type = CT_FLAG, .help = "one source file and a Makefile" },
    { .name = NULL },
};

typedef struct making {
    ct_cli *cli;
    const char *name;
    int folder; /* the project's */
    ct_error error;
} making;

/* ---- the name ---- */

static bool is_reserved(const char *name)
{
    static const char *const reserved[] = { "GNUmakefile", "Makefile",  "README", "makefile",     "all",
                                            "app",         "build",     "clean",  "install",      "main",
                                            "make",        "release",   "static", "static_files", "test",
                                            "tests",       "templates", "uploads" };
    for (size_t i = 0; i < CT_COUNT(reserved); i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

bool ct_project_name_valid(const char *name, ct_error *error)
{
    char shown[CT_SHOWN_TEXT];
    bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
    if (!letter || !ct_site_name_valid(name))
        return ct_fail(error, "\"%s\" is no name of a project: write letters, digits, '-' and '_', a letter first",
                       ct_shown(name, shown));
    if (strlen(name) > CT_PROJECT_NAME_BYTES)
        return ct_fail(error, "the name has %zu characters: %d are the most", strlen(name), CT_PROJECT_NAME_BYTES);
    if (is_reserved(name))
        return ct_fail(error, "\"%s\" is what a part of every project is called: choose another name", name);
    return true;
}

/* ---- files ---- */

static bool write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        length -= (size_t)n;
    }
    return true;
}

static bool write_file(making *m, const char *path, ct_str data, mode_t mode)
{
    int fd = openat(m->folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool written = fd >= 0 && write_all(fd, data.data, data.length);
    if (fd >= 0 && close(fd) < 0)
        written = false;
    return written || ct_fail(&m->error, "%s/%s cannot be written: %m: what there is of %s is incomplete, remove it",
                              m->name, path, m->name);
}

/* The name as C has it: "my-polls" is my_polls. */
static const char *identifier(ct_arena *arena, const char *name)
{
    char *copy = ct_arena_copy(arena, name, strlen(name));
    for (char *at = copy; *at; at++)
        if (*at == '-')
            *at = '_';
    return copy;
}

static ct_str filled_in(ct_arena *arena, const ct_embedded *file, const char *name)
{
    ct_buffer out = ct_buffer_in(arena);
    const char *at = file->data, *end = at + file->length;
    while (at < end) {
        const char *found = memmem(at, (size_t)(end - at), PLACEHOLDER, strlen(PLACEHOLDER));
        const char *also = memmem(at, (size_t)(end - at), IDENTIFIER, strlen(IDENTIFIER));
        bool as_identifier = also && (!found || also < found);
        if (as_identifier)
            found = also;
        ct_buffer_append(&out, at, (size_t)((found ? found : end) - at));
        if (!found)
            break;
        ct_buffer_str(&out, ct_str_of(as_identifier ? identifier(arena, name) : name));
        at = found + strlen(as_identifier ? IDENTIFIER : PLACEHOLDER);
    }
    return (ct_str){ out.data, out.length };
}

/* The folders of "tests/unit/test_app.c". */
static bool make_folders(making *m, const char *path)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        const char *folder = ct_arena_copy(&m->cli->arena, path, (size_t)(slash - path));
        if (mkdirat(m->folder, folder, 0777) < 0 && errno != EEXIST)
            return ct_fail(&m->error, "the folder %s/%s cannot be made: %m", m->name, folder);
    }
    return true;
}

static bool write_files(making *m, const char *kind)
{
    const ct_files *files = m->cli->app->embedded;
    size_t prefix = strlen(kind) + 1, made = 0;
    for (size_t i = 0; i < files->count; i++) {
        const ct_embedded *file = &files->items[i];
        if (!ct_str_starts(ct_str_of(file->path), ct_str_of(kind)) || file->path[prefix - 1] != '/')
            continue;
        const char *path = file->path + prefix;
        if (strcmp(path, "gitignore") == 0)
            path = ".gitignore";
        if (!make_folders(m, path) || !write_file(m, path, filled_in(&m->cli->arena, file, m->name), 0666))
            return false;
        made++;
    }
    return made > 0 || ct_fail(&m->error, "this program was built without the files of a project");
}

/* The settings of this machine; the key, as of `canteen key`, is nobody else's to read. */
static bool write_settings(making *m)
{
    unsigned char key[KEY_BYTES];
    ct_random_bytes(key, sizeof key);
    ct_buffer text = ct_buffer_in(&m->cli->arena);
    CT_BUFFER_LITERAL(&text, "# Settings of this machine, not for the repository.\nCANTEEN_SECRET_KEY=");
    ct_base64_encode(ct_buffer_reserve(&text, CT_BASE64_LENGTH(sizeof key)), key, sizeof key);
    text.length += CT_BASE64_LENGTH(sizeof key);
    ct_buffer_char(&text, '\n');
    return write_file(m, ".env", (ct_str){ text.data, text.length }, 0600);
}

/* ---- the command ---- */

static bool make_project(making *m, const char *kind)
{
    if (mkdir(m->name, 0777) < 0)
        return errno == EEXIST ? ct_fail(&m->error, "there is a %s here already: nothing was changed", m->name)
                               : ct_fail(&m->error, "the folder %s cannot be made: %m", m->name);
    m->folder = open(m->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (m->folder < 0)
        return ct_fail(&m->error, "the folder %s cannot be opened: %m", m->name);
    bool made = write_files(m, kind) && (strcmp(kind, "minimal") == 0 || write_settings(m));
    close(m->folder);
    return made;
}

static void tell(ct_buffer *out, const char *name, bool minimal)
{
    ct_buffer_printf(out,
                     "%s is made. Next:\n\n"
                     "  cd %s\n"
                     "  canteen run     serves it on http://127.0.0.1:8000, anew whenever a file changes\n",
                     name, name);
    if (minimal)
        ct_buffer_printf(out, "  make            builds ./%s\n", name);
    else
        ct_buffer_printf(out,
                         "  canteen test    runs the tests\n"
                         "  make release    builds build/release/%s, the one file to deploy\n",
                         name);
}

int ct_new_builtin(ct_cli *cli, const ct_option_values *values)
{
    making m = { .cli = cli, .name = ct_options_get(values, "name")->text };
    bool api = ct_options_get(values, "api")->integer, minimal = ct_options_get(values, "minimal")->integer;
    if (api && minimal)
        ct_fail(&m.error, "--api and --minimal are two kinds of projects: choose one");
    else if (ct_project_name_valid(m.name, &m.error)) {
        if (make_project(&m, minimal ? "minimal" : api ? "api" : "site")) {
            tell(&cli->out, m.name, minimal);
            return 0;
        }
        fprintf(stderr, "%s new: %s\n", cli->program, m.error.message);
        return 1;
    }
    fprintf(stderr, "%s new: %s\n", cli->program, m.error.message);
    return 2;
}
