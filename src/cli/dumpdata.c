/* `dumpdata`: rows of models as a fixture. */
#include "db/fixture.h"

#include "base/nearest.h"
#include "canteen/work.h"
#include "cli/database.h"
#include "db/dependency.h"
#include "net/work.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

const ct_option ct_dumpdata_options[] = {
    { .name = "model",
      .argument = true,
      .optional = true,
      .repeat = true,
      .help = "an app, or APP.MODEL; everything unless named" },
    { .name = "exclude", .repeat = true, .help = "leave out an app, or APP.MODEL" },
    { .name = "indent", .type = CT_INTEGER, .value = "0", .max = 16, .help = "spaces for each level; 0: a line a row" },
    { .name = "output", .letter = 'o', .help = "write to this file, which is there when all is in it" },
    { .name = "natural-foreign", .type = CT_FLAG, .help = "refer by natural keys" },
    { .name = "natural-primary", .type = CT_FLAG, .help = "leave out the keys of models with natural ones" },
    { .name = "database", .help = "the alias of the database; \"default\"" },
    { .name = NULL },
};

/* ---- which models ---- */

/* "polls", "polls.Question", "polls.question" */
static bool is_meant(const ct_table *table, const char *name)
{
    if (!strchr(name, '.'))
        return strcmp(table->app, name) == 0;
    return ct_str_eq_nocase(ct_str_of(table->label), ct_str_of(name));
}

static void check_name(ct *c, const ct_graph *graph, const char *name)
{
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < graph->table_count; i++) {
        const ct_table *table = graph->tables[i];
        if (!table->model)
            continue;
        if (is_meant(table, name))
            return;
        ct_nearest_try(&nearest, strchr(name, '.') ? table->label : table->app);
    }
    ct_abort(c, 400, "there is no %s \"%s\"%s%s%s", strchr(name, '.') ? "model" : "app with models", name,
             nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

static bool is_in(const ct_table *table, const char *const *names)
{
    for (; *names; names++)
        if (is_meant(table, *names))
            return true;
    return false;
}

static const ct_table **choose(ct *c, const ct_db_entry *entry, size_t *ret_count)
{
    const ct_graph *graph = &ct_work_databases(c)->graph;
    const char *const *wanted = ct_option_all(c, "model"), *const *excluded = ct_option_all(c, "exclude");
    const ct_table **tables = ct_alloc(c, (graph->table_count + 1) * sizeof(*tables));
    const char *home = entry->replica_of ? entry->replica_of : entry->alias;
    size_t count = 0;
    for (const char *const *name = wanted; *name; name++)
        check_name(c, graph, *name);
    for (const char *const *name = excluded; *name; name++)
        check_name(c, graph, *name);
    for (size_t i = 0; i < graph->table_count; i++) {
        const ct_table *table = graph->tables[i];
        bool here = table->model && !table->model->read_only && strcmp(table->database, home) == 0;
        if (here && (!*wanted || is_in(table, wanted)) && !is_in(table, excluded))
            tables[count++] = table;
    }
    *ret_count = count;
    return ct_tables_by_dependency(c, tables, count);
}

/* ---- the file ---- */

typedef struct output {
    const char *path, *part; /* NULL: standard output */
    int fd;
} output;

static void drop_part(void *arg)
{
    output *out = arg;
    if (out->fd < 0 || !out->part)
        return;
    close(out->fd);
    unlink(out->part);
}

static output *open_output(ct *c)
{
    output *out = ct_alloc(c, sizeof(*out));
    out->path = ct_option_text(c, "output");
    out->fd = STDOUT_FILENO;
    if (!out->path)
        return out;
    out->part = ct_printf(c, "%s.part", out->path);
    out->fd = open(out->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out->fd < 0)
        ct_abort(c, 500, "the file %s cannot be written: %m", out->part);
    ct_defer(c, drop_part, out);
    return out;
}

static void close_output(ct *c, output *out, int64_t rows)
{
    if (!out->path)
        return;
    bool good = fsync(out->fd) == 0 || errno == EINVAL;
    good &= close(out->fd) == 0;
    out->fd = -1;
    if (!good || rename(out->part, out->path) != 0)
        ct_abort(c, 500, "the file %s cannot be written: %m", out->path);
    printf("%" PRId64 " row%s written to %s.\n", rows, rows == 1 ? "" : "s", out->path);
}

int ct_dumpdata_command(ct *c)
{
    ct_fixture_dump dump = {
        .entry = ct_command_database(c),
        .indent = (int)ct_option_int(c, "indent"),
        .natural_foreign = ct_option_flag(c, "natural-foreign"),
        .natural_primary = ct_option_flag(c, "natural-primary"),
    };
    dump.tables = choose(c, dump.entry, &dump.count);
    output *out = open_output(c);
    dump.fd = out->fd;
    close_output(c, out, ct_fixture_dump_all(c, &dump));
    return 0;
}
