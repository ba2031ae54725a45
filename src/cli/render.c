/* `canteen render`: one template, its folder to include from, values of JSON, the page on standard output. For people
 * who template outside a server. There is no app here: no request, no routes, no settings. */
#include "cli/cli.h"

#include "shape/json_read.h"
#include "shape/value.h"
#include "template/template.h"
#include "template/tval.h"
#include "web/template_loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_INPUT ((size_t)1 << 30)

const ct_option ct_render_options[] = {
    { .name = "template",
      .argument = true,
      .help = "a file, a partial of one (page.html#part), or - for standard input" },
    { .name = "json", .help = "a file with the values, a JSON object; - for standard input" },
    { .name = "set", .help = "NAME=VALUE: a value more, as text", .repeat = true },
    { .name = "language",
      .type = CT_CHOICE,
      .value = "auto",
      .choices = "auto, jinja, django",
      .help = "the template's language; auto: as it is written" },
    { .name = "trim-blocks", .type = CT_FLAG, .help = "drop the newline behind a tag" },
    { .name = "lstrip-blocks", .type = CT_FLAG, .help = "drop the blanks before a tag on its line" },
    { .name = "keep-trailing-newline", .type = CT_FLAG, .help = "keep the newline at the end of a template" },
    { .name = "line-statement-prefix", .help = "what begins a line that is a tag" },
    { .name = "line-comment-prefix", .help = "what begins a comment to the end of its line" },
    { .name = "undefined",
      .type = CT_CHOICE,
      .value = "empty",
      .choices = "empty, error",
      .help = "what a name without a value is" },
    { .name = "max-output",
      .type = CT_SIZE,
      .value = "16M",
      .min = 1024,
      .max = INT64_C(1) << 40,
      .help = "longest page" },
    { .name = "max-iterations",
      .type = CT_INTEGER,
      .value = "1000000",
      .min = 1,
      .max = INT64_MAX,
      .help = "most turns of all loops" },
    { .name = "request-memory",
      .type = CT_SIZE,
      .value = "64M",
      .min = 64 * 1024,
      .max = INT64_C(1) << 40,
      .help = "most memory for the values and the page" },
    { .name = NULL },
};

typedef struct job {
    ct_cli *cli;
    const ct_option_values *values;
    ct_arena arena; /* of the values and the page; has a limit */
    ct_error error;
} job;

/* ---- values ---- */

static bool read_input(job *j, const char *path, ct_buffer *text)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    text->limit = LONGEST_INPUT;
    while (n > 0) {
        char *room = ct_buffer_reserve(text, 64 * 1024);
        if (!room) {
            errno = EFBIG;
            n = -1;
            break;
        }
        do
            n = read(fd, room, text->capacity - text->length);
        while (n < 0 && errno == EINTR);
        text->length += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        ct_fail(&j->error, "%s cannot be read: %m", standard ? "standard input" : path);
    if (fd > STDIN_FILENO)
        close(fd);
    return n == 0;
}

/* The object of --json, or an empty one; NULL with a message. */
static ct_map *read_json(job *j)
{
    const char *path = ct_options_get(j->values, "json")->text;
    if (!path)
        return ct_map_in(&j->arena, 1);
    ct_buffer text = { 0 };
    ct_value value = ct_value_null();
    ct_error error;
    const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
    bool good = read_input(j, path, &text);
    if (good && !ct_json_read((ct_str){ text.data, text.length }, &j->arena, &value, &error))
        good = ct_fail(&j->error, "%s: %s", shown, error.message);
    else if (good && value.type != CT_VALUE_MAP)
        good = ct_fail(&j->error, "%s: the values must be a JSON object, as {\"name\": \"value\"}", shown);
    ct_buffer_finish(&text);
    return good ? (ct_map *)(uintptr_t)value.map : NULL; /* made just now, so it may change */
}

static bool add_settings(job *j, ct_map *map)
{
    for (const char *const *at = ct_options_all(j->values, "set"); *at; at++) {
        const char *equals = strchr(*at, '=');
        const char *name = ct_arena_copy(&j->arena, *at, (size_t)(equals - *at));
        if (!name || !ct_map_put(map, name, ct_value_of_text(equals + 1)))
            return ct_fail(&j->error, "the values take too much memory");
    }
    return true;
}

/* ---- the template ---- */

static ct_engine_options engine_options(const job *j, const ct_template_places *places)
{
    const ct_option_values *values = j->values;
    return (ct_engine_options){
        .loader = ct_template_places_loader(places),
        .language = (ct_language)ct_options_get(values, "language")->integer,
        .trim_blocks = ct_options_get(values, "trim-blocks")->integer,
        .lstrip_blocks = ct_options_get(values, "lstrip-blocks")->integer,
        .keep_trailing_newline = ct_options_get(values, "keep-trailing-newline")->integer,
        .line_statement_prefix = ct_options_get(values, "line-statement-prefix")->text,
        .line_comment_prefix = ct_options_get(values, "line-comment-prefix")->text,
        .strict = ct_options_get(values, "undefined")->integer != 0,
        .debug = true,
    };
}

/* The folder of a path, "" for none, and the name in it, with its "#part". */
static ct_str split_path(ct_arena *arena, const char *path, const char **ret_folder)
{
    const char *slash = memrchr(path, '/', strcspn(path, "#"));
    *ret_folder = slash ? ct_arena_copy(arena, path, CT_MAX((size_t)(slash - path), (size_t)1)) : "";
    return ct_str_of(slash ? slash + 1 : path);
}

/* A file that the folder's loader reads as well; a link, a pipe or a device is read by its path, for it is the user
 * who names it. What is not there is the loader's to tell. */
static bool is_ordinary(const char *path)
{
    struct stat info;
    return lstat(path, &info) < 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
}

static const ct_template *compile(job *j, ct_engine *engine, const char *path, ct_str name, ct_template_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    if (!standard && (strchr(path, '#') || is_ordinary(path)))
        return ct_engine_get(engine, name, error);
    ct_buffer text = { 0 };
    const ct_template *template = NULL;
    *error = (ct_template_error){ 0 };
    if (read_input(j, path, &text))
        template = ct_engine_compile(engine, standard ? CT_STR("<stdin>") : name,
                                     ct_file_text((ct_str){ text.data, text.length }, &j->cli->arena), error);
    else
        snprintf(error->message, sizeof(error->message), "%s", j->error.message);
    ct_buffer_finish(&text);
    return template;
}

/* A name that is no file here is told by the path that was given, without suggestions: the shell completes those. */
static void tell(const char *program, const char *path, ct_template_error *error)
{
    ct_buffer text = { 0 };
    if (error->missing && !error->file[0] && !strchr(path, '#'))
        ct_buffer_printf(&text, "%s render: there is no file %s\n", program, path);
    else if (!error->file[0])
        ct_buffer_printf(&text, "%s render: %s\n", program, error->message);
    else
        ct_template_error_write(&text, error);
    fwrite(text.data, 1, text.length, stderr);
    ct_buffer_finish(&text);
}

/* What an app would tell: where its static files are. */
static bool provide(void *user, ct_renderer *r, ct_str name, ct_tval *ret_value)
{
    (void)user, (void)r;
    *ret_value = CT_T_LITERAL("/static/");
    return ct_str_eq(name, CT_STR("STATIC_URL"));
}

static bool render(job *j, const ct_map *values)
{
    const char *path = ct_options_get(j->values, "template")->text, *folder;
    ct_template_places places = { .arena = &j->cli->arena };
    ct_str name = split_path(&j->cli->arena, path, &folder);
    ct_template_places_add(&places, folder, NULL);
    const ct_engine_options options = engine_options(j, &places);
    ct_engine *engine = ct_engine_create(&options);
    ct_template_error error;
    const ct_render_input input = { .pairs = values->pairs,
                                    .pair_count = values->count,
                                    .provide = provide,
                                    .arena = &j->arena,
                                    .max_output = (size_t)ct_options_get(j->values, "max-output")->integer,
                                    .max_iterations = (uint64_t)ct_options_get(j->values, "max-iterations")->integer };
    const ct_template *template = compile(j, engine, path, name, &error);
    bool good = template && ct_template_render(engine, template, &input, &j->cli->out, &error);
    if (!good) {
        j->cli->out.length = 0; /* a part of a page is none */
        tell(j->cli->program, path, &error);
    }
    ct_engine_destroy(engine);
    return good;
}

/* ---- the command ---- */

/* What the tables of options cannot say; returns the exit code of a refusal, or 0. */
static int check_options(const job *j)
{
    const char *json = ct_options_get(j->values, "json")->text;
    const char *const *set = ct_options_all(j->values, "set");
    const char *program = j->cli->program;
    if (json && strcmp(json, "-") == 0 && strcmp(ct_options_get(j->values, "template")->text, "-") == 0) {
        fprintf(stderr, "%s render: standard input can be the template or the JSON, not both\n", program);
        return 2;
    }
    for (; *set; set++) {
        if (strchr(*set, '=') && **set != '=')
            continue;
        char shown[CT_SHOWN_TEXT];
        fprintf(stderr, "%s render: --set takes NAME=VALUE, not \"%s\"\n", program, ct_shown(*set, shown));
        return 2;
    }
    return 0;
}

int ct_render_builtin(ct_cli *cli, const ct_option_values *values)
{
    job j = { .cli = cli, .values = values };
    int refused = check_options(&j);
    if (refused)
        return refused;
    ct_arena_init(&j.arena, NULL, (size_t)ct_options_get(values, "request-memory")->integer);
    ct_map *map = read_json(&j);
    bool good = map && add_settings(&j, map);
    if (!good)
        fprintf(stderr, "%s render: %s\n", cli->program, j.error.message);
    else
        good = render(&j, map);
    ct_arena_finish(&j.arena);
    return good ? 0 : 1;
}
