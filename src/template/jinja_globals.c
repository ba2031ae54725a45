/* Jinja's global functions: range, dict, lipsum, cycler, joiner, namespace. */
#include "template/function.h"
#include "template/jinja_filters.h"
#include "template/render.h"

/* ---- range, dict ---- */

/* How many numbers there are from start to stop; more than INT64_MAX count as that. */
static int64_t range_count(int64_t start, int64_t stop, int64_t step)
{
    uint64_t way = 0, stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
    if (step > 0 && start < stop)
        way = (uint64_t)stop - (uint64_t)start;
    else if (step < 0 && start > stop)
        way = (uint64_t)start - (uint64_t)stop;
    return (int64_t)CT_MIN(way / stride + (way % stride != 0), (uint64_t)INT64_MAX);
}

static ct_tval make_range(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool two = args[1].type != CT_T_UNSET;
    ct_trange *range = ct_render_take(r, sizeof(*range));
    *range = (ct_trange){ .start = two ? ct_arg_int(r, args[0], 0, "the start of range") : 0,
                          .stop = ct_arg_int(r, args[two], 0, "the stop of range"),
                          .step = ct_arg_int(r, args[2], 1, "the step of range") };
    if (!range->step)
        ct_render_fail(r, "range: the step must not be 0");
    range->count = range_count(range->start, range->stop, range->step);
    return (ct_tval){ .type = CT_T_RANGE, .range = range };
}

/* dict(mapping or pairs, **more) */
static ct_tdict *dict_of_args(ct_renderer *r, const ct_tval *args, uint32_t count, const char *what)
{
    if (count > 2)
        ct_render_fail(r, "%s takes at most one mapping, %" PRIu32 " values given", what, count - 1);
    ct_tdict *dict = count > 1 ? ct_tdict_of(r, args[1]) : ct_tdict_new(r);
    if (args[0].type != CT_T_DICT)
        return dict;
    const ct_tentry *entry;
    for (uint32_t at = 0; (entry = ct_tdict_next(args[0].dict, &at));)
        ct_tdict_set(r, dict, entry->key, entry->value);
    return dict;
}

static ct_tval make_dict(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    return ct_t_dict(dict_of_args(r, args, count, "dict"));
}

/* ---- namespace ---- */

typedef struct namespace
{
    ct_tobject object;
    ct_tdict *dict;
}
namespace;

static ct_tdict *dict_of(ct_tobject *object)
{
    return CT_CONTAINER(object, namespace, object)->dict;
}

static ct_tval namespace_get(ct_renderer *r, ct_tobject *object, ct_str name)
{
    const ct_tval *value = ct_tdict_find_str(r, dict_of(object), name);
    return value ? *value : ct_t_unset();
}

static void namespace_set(ct_renderer *r, ct_tobject *object, ct_str name, ct_tval value)
{
    ct_tdict_set(r, dict_of(object), ct_t_str(name), value);
}

static ct_tval namespace_text(ct_renderer *r, ct_tobject *object)
{
    ct_render_check_stack(r); /* it may hold itself */
    ct_buffer out = ct_text_begin(r);
    CT_BUFFER_LITERAL(&out, "<Namespace ");
    ct_tval_write_repr(r, &out, ct_t_dict(dict_of(object)));
    ct_buffer_char(&out, '>');
    return ct_text_end(r, &out);
}

static const ct_tclass namespace_class = {
    .name = "namespace", .get = namespace_get, .set = namespace_set, .text = namespace_text
};

static ct_tval make_namespace(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    namespace *made = ct_render_take(r, sizeof(*made));
    *made = (namespace){ { &namespace_class }, dict_of_args(r, args, count, "namespace") };
    return ct_t_object(&made->object);
}

/* ---- cycler ---- */

typedef struct cycler {
    ct_tobject object;
    ct_tlist *items;
    uint32_t at;
} cycler;

static cycler *cycler_of(ct_tobject *object)
{
    return CT_CONTAINER(object, cycler, object);
}

static ct_tval cycler_get(ct_renderer *r, ct_tobject *object, ct_str name)
{
    (void)r;
    const cycler *c = cycler_of(object);
    if (ct_str_eq(name, CT_STR("current")))
        return c->items->items[c->at];
    if (ct_str_eq(name, CT_STR("items")))
        return ct_t_tuple(c->items);
    return ct_str_eq(name, CT_STR("pos")) ? ct_t_int(c->at) : ct_t_unset();
}

static ct_tval cycler_next(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    cycler *c = cycler_of(args[0].object);
    ct_tval current = c->items->items[c->at];
    c->at = (c->at + 1) % c->items->count;
    return current;
}

static ct_tval cycler_reset(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    cycler_of(args[0].object)->at = 0;
    return ct_t_none();
}

static const ct_fn cycler_methods[] = { { "next", cycler_next, "self", 0 },
                                        { "reset", cycler_reset, "self", 0 },
                                        { 0 } };

static const ct_tclass cycler_class = { .name = "cycler", .get = cycler_get, .methods = cycler_methods };

static ct_tval make_cycler(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    if (!count)
        ct_render_fail(r, "cycler needs at least one item");
    cycler *c = ct_render_take(r, sizeof(*c));
    *c = (cycler){ .object = { &cycler_class }, .items = ct_tlist_new(r, count) };
    for (uint32_t i = 0; i < count; i++)
        ct_tlist_add(r, c->items, args[i]);
    return ct_t_object(&c->object);
}

/* ---- joiner ---- */

typedef struct joiner {
    ct_tobject object;
    ct_tval separator;
    bool used;
} joiner;

static ct_tval joiner_call(ct_renderer *r, ct_tobject *object, const ct_call *call)
{
    joiner *j = CT_CONTAINER(object, joiner, object);
    if (call->count || call->named_count)
        ct_render_fail(r, "a joiner is called without arguments");
    if (j->used)
        return j->separator;
    j->used = true;
    return CT_T_LITERAL("");
}

static ct_tval joiner_get(ct_renderer *r, ct_tobject *object, ct_str name)
{
    (void)r;
    const joiner *j = CT_CONTAINER(object, joiner, object);
    if (ct_str_eq(name, CT_STR("sep")))
        return j->separator;
    return ct_str_eq(name, CT_STR("used")) ? ct_t_bool(j->used) : ct_t_unset();
}

static const ct_tclass joiner_class = { .name = "joiner", .get = joiner_get, .call = joiner_call };

static ct_tval make_joiner(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    joiner *j = ct_render_take(r, sizeof(*j));
    *j = (joiner){ .object = { &joiner_class }, .separator = args[0] };
    if (args[0].type == CT_T_UNSET)
        j->separator = CT_T_LITERAL(", ");
    return ct_t_object(&j->object);
}

/* ---- lipsum ---- */

/* clang-format off */
static const char *const latin[] = {
    "a", "ac", "accumsan", "ad", "adipiscing", "aenean", "aliquam", "aliquet", "amet", "ante", "aptent", "arcu", "at",
    "auctor", "augue", "bibendum", "blandit", "class", "commodo", "condimentum", "congue", "consectetuer",
    "consequat", "conubia", "convallis", "cras", "cubilia", "cum", "curabitur", "curae", "cursus", "dapibus", "diam",
    "dictum", "dictumst", "dignissim", "dis", "dolor", "donec", "dui", "duis", "egestas", "eget", "eleifend",
    "elementum", "elit", "enim", "erat", "eros", "est", "et", "etiam", "eu", "euismod", "facilisi", "facilisis",
    "fames", "faucibus", "felis", "fermentum", "feugiat", "fringilla", "fusce", "gravida", "habitant", "habitasse",
    "hac", "hendrerit", "hymenaeos", "iaculis", "id", "imperdiet", "in", "inceptos", "integer", "interdum", "ipsum",
    "justo", "lacinia", "lacus", "laoreet", "lectus", "leo", "libero", "ligula", "litora", "lobortis", "lorem",
    "luctus", "maecenas", "magna", "magnis", "malesuada", "massa", "mattis", "mauris", "metus", "mi", "molestie",
    "mollis", "montes", "morbi", "mus", "nam", "nascetur", "natoque", "nec", "neque", "netus", "nibh", "nisi", "nisl",
    "non", "nonummy", "nostra", "nulla", "nullam", "nunc", "odio", "orci", "ornare", "parturient", "pede",
    "pellentesque", "penatibus", "per", "pharetra", "phasellus", "placerat", "platea", "porta", "porttitor",
    "posuere", "potenti", "praesent", "pretium", "primis", "proin", "pulvinar", "purus", "quam", "quis", "quisque",
    "rhoncus", "ridiculus", "risus", "rutrum", "sagittis", "sapien", "scelerisque", "sed", "sem", "semper",
    "senectus", "sit", "sociis", "sociosqu", "sodales", "sollicitudin", "suscipit", "suspendisse", "taciti", "tellus",
    "tempor", "tempus", "tincidunt", "torquent", "tortor", "tristique", "turpis", "ullamcorper", "ultrices",
    "ultricies", "urna", "ut", "varius", "vehicula", "vel", "velit", "venenatis", "vestibulum", "vitae", "vivamus",
    "viverra", "volutpat", "vulputate",
};
/* clang-format on */

static int64_t random_between(ct_renderer *r, int64_t least, int64_t above)
{
    return least + ct_random_below(r, (uint32_t)(above - least));
}

/* A paragraph: sentences of 10 to 20 words or so, with commas. Commas and full stops are set by how many words ago the
 * last one was; which is less random than it could be, and as Jinja does it. */
static void write_paragraph(ct_renderer *r, ct_buffer *out, int64_t words)
{
    uint32_t last = CT_COUNT(latin), word;
    int64_t last_comma = 0, last_stop = 0;
    bool capital = true;
    char end = 0;
    for (int64_t i = 0; i < words; i++) {
        do
            word = ct_random_below(r, CT_COUNT(latin));
        while (word == last);
        last = word;
        if (i)
            ct_buffer_char(out, ' ');
        const char *text = latin[word];
        ct_buffer_char(out, capital ? (char)(*text & ~0x20) : *text);
        ct_buffer_str(out, ct_str_of(text + 1));
        capital = false;
        end = 0;
        if (i - random_between(r, 3, 8) > last_comma) {
            last_comma = i;
            last_stop += 2;
            end = ',';
            ct_buffer_char(out, end);
        }
        if (i - random_between(r, 10, 20) > last_stop) {
            last_comma = last_stop = i;
            end = '.';
            capital = true;
            ct_buffer_char(out, end);
        }
    }
    if (end == ',' && !out->failed)
        out->length--;
    if (end != '.')
        ct_buffer_char(out, '.');
}

static ct_tval lipsum(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    int64_t paragraphs = ct_arg_int(r, args[0], 5, "the number of paragraphs of lipsum");
    bool html = ct_arg_flag(r, args[1], true);
    int64_t least = ct_arg_int(r, args[2], 20, "the min of lipsum");
    int64_t most = ct_arg_int(r, args[3], 100, "the max of lipsum");
    int64_t spread;
    if (paragraphs > 0 && (__builtin_sub_overflow(most, least, &spread) || spread <= 0 || spread > UINT32_MAX))
        ct_render_fail(r, "lipsum: max must be above min");
    ct_buffer out = ct_text_begin(r);
    for (int64_t i = 0; i < paragraphs; i++) {
        int64_t words = random_between(r, least, most);
        ct_render_step(r, (uint64_t)CT_MAX(words, 0) + 1);
        if (i)
            ct_buffer_append(&out, "\n\n", html ? 1 : 2);
        if (html)
            CT_BUFFER_LITERAL(&out, "<p>");
        write_paragraph(r, &out, words);
        if (html)
            CT_BUFFER_LITERAL(&out, "</p>");
        if (out.failed)
            break;
    }
    ct_tval v = ct_text_end(r, &out);
    v.flags = html ? CT_T_SAFE : 0;
    return v;
}

const ct_fn ct_jinja_globals[] = {
    { "cycler", make_cycler, "*", 0 },
    { "dict", make_dict, "**, *", 0 },
    { "joiner", make_joiner, "sep=", 0 },
    { "lipsum", lipsum, "n=, html=, min=, max=", 0 },
    { "namespace", make_namespace, "**, *", 0 },
    { "range", make_range, "start, stop=, step=", 0 },
    { 0 },
};
