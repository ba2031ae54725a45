/* Renders the cases that reference.py has rendered, and compares bytes.
 *
 *     differential RESULTS [TITLE]     only cases whose name has TITLE in it
 *
 * RESULTS is a file of JSON objects, one a line, a case each (reference.py describes them); "-" is standard input.
 * Each case has an engine of its own. Where the reference fails ours has to fail too, when compiling or rendering;
 * messages are not compared. A case of `auto` is rendered once more with the language left to be found out, and both
 * count. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/time.h"
#include "shape/json_read.h"
#include "shape/json_write.h"
#include "shape/value.h"
#include "template/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITERATIONS 1000000
#define MAX_MEMORY ((size_t)256 << 20)

typedef struct sample {
    const ct_map *fields;
    const char *name, *main;
    const ct_map *templates, *options;
    const ct_map *context; /* values with a '$' are made what they stand for */
    const char *text;      /* what the reference gives; NULL: it fails with ... */
    const char *error;     /* ... this */
} sample;

typedef struct outcome {
    bool ok;
    ct_buffer out;
    ct_template_error error;
} outcome;

static int number, failures;

/* ---- reading ---- */

static void die(const char *what, const char *of)
{
    fprintf(stderr, "differential: %s: %s\n", what, of);
    exit(1);
}

static ct_value field(const ct_map *map, const char *name)
{
    const ct_kv *pair = ct_map_find(map, ct_str_of(name));
    return pair ? pair->value : ct_value_null();
}

static const char *text_field(const ct_map *map, const char *name)
{
    ct_value value = field(map, name);
    return value.type == CT_VALUE_TEXT ? value.text : NULL;
}

static const ct_map *map_field(const ct_map *map, const char *name)
{
    ct_value value = field(map, name);
    if (value.type != CT_VALUE_MAP)
        die("a case lacks an object", name);
    return value.map;
}

static bool flag_field(const ct_map *map, const char *name)
{
    ct_value value = field(map, name);
    return value.type == CT_VALUE_BOOL && value.boolean;
}

/* "2026-11-21T09:30:00.000123Z" */
static ct_value read_moment(const char *text)
{
    ct_civil at = { .year = 0 };
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ", &at.year, &at.month, &at.day, &at.hour, &at.minute, &at.second,
               &at.microsecond) != 7)
        die("no moment", text);
    return ct_datetime(ct_civil_time(at));
}

/* The value with {"$safe": text} and {"$datetime": text} made what they stand for. */
static ct_value revive(ct_arena *arena, ct_value value)
{
    if (value.type == CT_VALUE_ARRAY) {
        ct_array *array = ct_array_in(arena, value.array->count + 1);
        for (size_t i = 0; i < value.array->count; i++)
            if (!ct_array_put(array, revive(arena, value.array->items[i])))
                die("no memory for", "an array");
        return ct_value_of_array(array);
    }
    if (value.type != CT_VALUE_MAP)
        return value;
    if (text_field(value.map, "$safe"))
        return ct_safe(text_field(value.map, "$safe"));
    if (text_field(value.map, "$datetime"))
        return read_moment(text_field(value.map, "$datetime"));
    ct_map *map = ct_map_in(arena, value.map->count + 1);
    for (uint32_t i = 0; i < value.map->count; i++)
        if (!ct_map_put(map, value.map->pairs[i].key, revive(arena, value.map->pairs[i].value)))
            die("no memory for", "a map");
    return ct_value_of_map(map);
}

static sample read_sample(ct_arena *arena, const char *line, size_t length)
{
    ct_value value;
    ct_error error;
    if (!ct_json_read((ct_str){ line, length }, arena, &value, &error))
        die("a case that is no JSON", error.message);
    if (value.type != CT_VALUE_MAP)
        die("no case", line);
    sample s = { .fields = value.map };
    s.name = text_field(s.fields, "name");
    s.main = text_field(s.fields, "main");
    s.templates = map_field(s.fields, "templates");
    s.options = map_field(s.fields, "options");
    s.context = revive(arena, ct_value_of_map(map_field(s.fields, "context"))).map;
    s.text = text_field(s.fields, "text");
    s.error = text_field(s.fields, "error");
    if (!s.name || !s.main)
        die("a case without a name", line);
    return s;
}

/* ---- rendering ---- */

static bool load(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    const sample *s = user;
    const ct_kv *pair = ct_map_find(s->templates, name);
    (void)arena, (void)error;
    if (!pair || pair->value.type != CT_VALUE_TEXT)
        return false;
    *ret_source = (ct_source){ .text = ct_str_of(pair->value.text), .file = pair->key };
    return true;
}

static ct_engine_options options_of(sample *s, ct_language language)
{
    return (ct_engine_options){
        .loader = { .user = s, .load = load },
        .language = language,
        .trim_blocks = flag_field(s->options, "trim_blocks"),
        .lstrip_blocks = flag_field(s->options, "lstrip_blocks"),
        .keep_trailing_newline = flag_field(s->options, "keep_trailing_newline"),
        .line_statement_prefix = text_field(s->options, "line_statement_prefix"),
        .line_comment_prefix = text_field(s->options, "line_comment_prefix"),
        .strict = flag_field(s->options, "strict"),
        .if_invalid = text_field(s->options, "string_if_invalid"),
    };
}

static void render(sample *s, ct_language language, ct_arena *arena, outcome *ret)
{
    ct_engine_options options = options_of(s, language);
    ct_engine *engine = ct_engine_create(&options);
    *ret = (outcome){ .ok = false };
    const ct_template *template = ct_engine_get(engine, ct_str_of(s->main), &ret->error);
    if (template) {
        ct_render_input input = {
            .pairs = s->context->pairs,
            .pair_count = s->context->count,
            .arena = arena,
            .max_iterations = MAX_ITERATIONS,
        };
        ret->ok = ct_template_render(engine, template, &input, &ret->out, &ret->error);
    }
    ct_engine_destroy(engine);
}

/* ---- reporting ---- */

static void show(const char *what, const char *data, size_t length)
{
    printf("    %s: \"", what);
    for (size_t i = 0; i < length; i++) {
        unsigned char ch = (unsigned char)data[i];
        if (ch == '\n')
            printf("\\n");
        else if (ch < 0x20 || ch == 0x7F)
            printf("\\x%02x", ch);
        else
            putchar(ch);
    }
    printf("\"\n");
}

static void show_case(const sample *s)
{
    ct_buffer json = { 0 };
    for (uint32_t i = 0; i < s->templates->count; i++)
        show(s->templates->pairs[i].key, s->templates->pairs[i].value.text, strlen(s->templates->pairs[i].value.text));
    if (ct_json_write(&json, field(s->fields, "context"), 0))
        show("context", json.data, json.length);
    json.length = 0;
    if (s->options->count && ct_json_write(&json, ct_value_of_map(s->options), 0))
        show("options", json.data, json.length);
    ct_buffer_finish(&json);
}

static void report(const sample *s, const char *how, const outcome *o, const char *problem)
{
    number++;
    bool same = !problem && o->ok == (s->text != NULL) &&
                (!o->ok || ct_str_eq((ct_str){ o->out.data, o->out.length }, ct_str_of(s->text)));
    printf("%s %d - %s%s\n", same ? "ok" : "not ok", number, s->name, how);
    if (same)
        return;
    failures++;
    if (problem) {
        printf("    %s\n", problem);
        return;
    }
    show_case(s);
    if (s->text)
        show("expected", s->text, strlen(s->text));
    else
        show("expected to fail", s->error, strlen(s->error));
    if (o->ok)
        show("got", o->out.data, o->out.length);
    else
        printf("    failed: %s (line %" PRIu32 ", column %" PRIu32 ")\n", o->error.message, o->error.line,
               o->error.column);
}

static void run(sample *s, ct_language language, const char *how, ct_arena *arena)
{
    const char *problem = text_field(s->fields, "problem");
    outcome o = { .ok = false };
    if (!problem)
        render(s, language, arena, &o);
    report(s, how, &o, problem);
    ct_buffer_finish(&o.out);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        die("usage", "differential RESULTS [TITLE]");
    FILE *file = strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "r");
    if (!file)
        die("cannot read", argv[1]);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    ct_arena arena;
    ct_arena_init(&arena, NULL, MAX_MEMORY);
    while ((length = getline(&line, &capacity, file)) > 0) {
        sample s = read_sample(&arena, line, (size_t)length);
        if (argc < 3 || strstr(s.name, argv[2])) {
            bool django = strcmp(text_field(s.fields, "language"), "django") == 0;
            run(&s, django ? CT_LANGUAGE_DJANGO : CT_LANGUAGE_JINJA, "", &arena);
            if (flag_field(s.fields, "auto"))
                run(&s, CT_LANGUAGE_AUTO, " (language found out)", &arena);
        }
        ct_arena_reset(&arena);
    }
    ct_arena_finish(&arena);
    free(line);
    if (file != stdin)
        fclose(file);
    printf("1..%d\n", number);
    return failures || !number;
}
