/* `loaddata`: rows of fixtures into a database, all of them or none. */
#include "db/fixture.h"

#include "canteen/work.h"
#include "cli/database.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

const ct_option ct_loaddata_options[] = {
    { .name = "file", .argument = true, .repeat = true, .help = "what dumpdata has written; - is standard input" },
    { .name = "ignore-nonexistent", .type = CT_FLAG, .help = "pass over fields and models that there are not" },
    { .name = "database", .help = "the alias of the database; \"default\"" },
    { .name = NULL },
};

typedef struct source {
    int fd;
    ct_fixture_reader reader;
} source;

static ssize_t read_some(void *arg, char *data, size_t size)
{
    const source *from = arg;
    for (;;) {
        ssize_t got = read(from->fd, data, size);
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

static void close_source(void *arg)
{
    source *from = arg;
    if (from->fd > STDIN_FILENO)
        close(from->fd);
    from->fd = -1;
    ct_fixture_reader_finish(&from->reader);
}

static void load_file(ct_fixture_load *load, const char *path)
{
    ct *c = load->c;
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    source *from = ct_alloc(c, sizeof(*from));
    from->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (from->fd < 0)
        ct_abort(c, 400, "%s: it cannot be opened: %m", path);
    ct_defer(c, close_source, from);
    from->reader = (ct_fixture_reader){ .more = read_some, .source = from };
    int64_t before = load->count;
    ct_fixture_load_file(load, name, &from->reader);
    printf("%s: %" PRId64 " row%s\n", name, load->count - before, load->count - before == 1 ? "" : "s");
}

int ct_loaddata_command(ct *c)
{
    const char *const *paths = ct_option_all(c, "file");
    ct_fixture_load load = { .c = c,
                             .entry = ct_command_written(c),
                             .any_database = ct_option_given(c, "database"),
                             .ignore_nonexistent = ct_option_flag(c, "ignore-nonexistent") };
    ct_fixture_load_begin(&load);
    for (const char *const *path = paths; *path; path++)
        load_file(&load, *path);
    ct_fixture_load_end(&load);
    printf("%" PRId64 " row%s loaded.\n", load.count, load.count == 1 ? "" : "s");
    return 0;
}
