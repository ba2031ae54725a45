/* Templates from compiling to the page: hostile ones end with a message or a page within the limits, and the same page
 * each time. The first byte chooses language and options; a line "---" starts the text of "other.html". */
#include "check.h"

#include "shape/value.h"
#include "template/template.h"

#include <stdio.h>
#include <string.h>

#define MAX_OUTPUT 65536

typedef struct {
    ct_str main, other;
} sources;

static bool load(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    const sources *s = user;
    (void)arena, (void)error;
    bool is_other = ct_str_eq(name, CT_STR("other.html"));
    if (!is_other && !ct_str_eq(name, CT_STR("page.html")))
        return false;
    *ret_source = (ct_source){ .text = is_other ? s->other : s->main, .file = is_other ? "other.html" : "page.html" };
    return true;
}

static void list(void *user, void (*each)(void *arg, const char *name), void *arg)
{
    (void)user;
    each(arg, "page.html");
    each(arg, "other.html");
}

/* A little of every kind of value. */
static ct_map *make_context(ct_arena *arena)
{
    ct_map *map = ct_map_in(arena, 8), *inner = ct_map_in(arena, 4);
    ct_array *items = ct_array_in(arena, 4), *people = ct_array_in(arena, 4);
    FUZZ_CHECK(map && inner && items && people);
    ct_map_put(inner, "name", CT_VALUE("Ada \"<Lovelace>\""));
    ct_map_put(inner, "age", CT_VALUE(36));
    ct_map_put(inner, "tags", CT_VALUE(items));
    for (int i = 0; i < 5; i++)
        ct_array_put(items, i % 2 ? CT_VALUE(i) : CT_VALUE("x\xC3\xA9"));
    ct_array_put(people, CT_VALUE(inner));
    ct_array_put(people, CT_VALUE(inner));
    ct_map_put(map, "n", CT_VALUE(3));
    ct_map_put(map, "x", CT_VALUE(-1.5));
    ct_map_put(map, "s", CT_VALUE("<b>some text & more</b>\nhttp://example.com a@b.org"));
    ct_map_put(map, "h", ct_safe("<p>safe <i>html</i></p>"));
    ct_map_put(map, "d", ct_datetime(INT64_C(1700000000123456)));
    ct_map_put(map, "t", CT_VALUE(true));
    ct_map_put(map, "none", ct_value_null());
    ct_map_put(map, "items", CT_VALUE(items));
    ct_map_put(map, "people", CT_VALUE(people));
    ct_map_put(map, "m", CT_VALUE(inner));
    return map;
}

static bool render(ct_engine *engine, const ct_template *template, ct_buffer *out)
{
    ct_arena arena;
    ct_template_error error;
    ct_arena_init(&arena, NULL, 8 << 20);
    ct_map *context = make_context(&arena);
    ct_render_input input = { .pairs = context->pairs,
                              .pair_count = context->count,
                              .arena = &arena,
                              .max_output = MAX_OUTPUT,
                              .max_iterations = 5000,
                              .max_depth = 20 };
    bool done = ct_template_render(engine, template, &input, out, &error);
    FUZZ_CHECK(done || error.message[0]);
    FUZZ_CHECK(!done || out->length <= MAX_OUTPUT);
    FUZZ_CHECK(!done || ct_utf8_valid(out->data, out->length));
    ct_arena_finish(&arena);
    return done;
}

/* What differs from one render to the next by intention. */
static bool is_random(ct_str text)
{
    static const char *const words[] = { "random", "lipsum", "lorem", "now", "since", "until", "natural" };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (memmem(text.data, text.length, words[i], strlen(words[i])))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    ct_str all = { (const char *)data + 1, size - 1 };
    sources s = { .main = all };
    const char *cut = memmem(all.data, all.length, "\n---\n", 5);
    if (cut) {
        s.main.length = (size_t)(cut - all.data);
        s.other = (ct_str){ cut + 5, all.length - s.main.length - 5 };
    }
    ct_engine_options options = { .loader = { .user = &s, .load = load, .list = list },
                                  .language = (ct_language)(data[0] % 3),
                                  .trim_blocks = data[0] & 4,
                                  .lstrip_blocks = data[0] & 8,
                                  .strict = data[0] & 16,
                                  .line_statement_prefix = data[0] & 32 ? "#" : NULL,
                                  .line_comment_prefix = data[0] & 32 ? "##" : NULL,
                                  .if_invalid = data[0] & 64 ? "<%s>" : NULL };
    ct_engine *engine = ct_engine_create(&options);
    ct_template_error error;
    const ct_template *template = ct_engine_get(engine, CT_STR("page.html"), &error);
    if (template) {
        ct_buffer first = { 0 }, second = { 0 };
        bool done = render(engine, template, &first), again = render(engine, template, &second);
        if (!is_random(all)) {
            FUZZ_CHECK(done == again);
            FUZZ_CHECK(!done || first.length == 0 ||
                       (first.length == second.length && !memcmp(first.data, second.data, first.length)));
        }
        ct_buffer_finish(&first);
        ct_buffer_finish(&second);
    } else {
        FUZZ_CHECK(error.message[0]);
    }
    ct_engine_destroy(engine);
    return 0;
}
