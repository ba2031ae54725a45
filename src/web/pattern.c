/* Patterns: a parser by hand and a few comparisons.
 *
 * Parsing happens at start only, so it favours messages over speed. What a pattern can never match is refused here
 * (an empty segment, "." and "..", a query), so that a route that nobody can reach is found by `check`.
 * Not here: the trie that patterns are put into (trie.c) and the matching of whole paths (match.c). */
#include "web/pattern.h"

#include <stdio.h>

static const struct {
    const char *name;
    ct_segment_kind kind;
} builtin_converters[] = {
    { "string", CT_SEGMENT_STRING }, { "int", CT_SEGMENT_INT },   { "slug", CT_SEGMENT_SLUG },
    { "uuid", CT_SEGMENT_UUID },     { "path", CT_SEGMENT_PATH },
};

/* What is being parsed, for the helpers below. */
typedef struct parser {
    ct_arena *arena;
    const ct_mount *mount;
    ct_error *error;
    ct_segment segments[CT_MAX_SEGMENTS];
    uint32_t count, parameter_count;
    bool is_host;
} parser;

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_identifier(ct_str text)
{
    if (!text.length || is_digit(text.data[0]))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_letter(text.data[i]) && !is_digit(text.data[i]) && text.data[i] != '_')
            return false;
    }
    return true;
}

/* The site's arena has no limit, so its allocations cannot fail. */
static const char *keep(parser *p, ct_str text)
{
    return ct_arena_copy(p->arena, text.data, text.length);
}

static const char *nearest_converter(parser *p, const char *name)
{
    const char *best = NULL;
    size_t best_distance = 3;
    for (size_t i = 0; i < CT_COUNT(builtin_converters); i++) {
        size_t distance = ct_str_distance(name, builtin_converters[i].name);
        if (distance < best_distance) {
            best = builtin_converters[i].name;
            best_distance = distance;
        }
    }
    for (const ct_mount *mount = p->mount; mount; mount = mount->parent) {
        for (const ct_converter *own = mount->app->converters; own && own->name; own++) {
            size_t distance = ct_str_distance(name, own->name);
            if (distance < best_distance) {
                best = own->name;
                best_distance = distance;
            }
        }
    }
    return best;
}

bool ct_pattern_builtin(ct_str name, ct_segment_kind *ret_kind)
{
    for (size_t i = 0; i < CT_COUNT(builtin_converters); i++) {
        if (ct_str_eq(name, ct_str_of(builtin_converters[i].name))) {
            *ret_kind = builtin_converters[i].kind;
            return true;
        }
    }
    return false;
}

static bool find_converter(parser *p, ct_str name, ct_segment *segment)
{
    segment->converter = keep(p, name);
    if (ct_pattern_builtin(name, &segment->kind))
        return true;
    for (const ct_mount *mount = p->mount; mount; mount = mount->parent) {
        for (const ct_converter *own = mount->app->converters; own && own->name; own++) {
            if (own->accepts && ct_str_eq(name, ct_str_of(own->name))) {
                segment->kind = CT_SEGMENT_CUSTOM;
                segment->accepts = own->accepts;
                return true;
            }
        }
    }
    const char *nearest = nearest_converter(p, segment->converter);
    if (nearest)
        return ct_fail(p->error, "there is no converter \"%s\"; did you mean \"%s\"?", segment->converter, nearest);
    return ct_fail(p->error,
                   "there is no converter \"%s\"; there are string, int, slug, uuid, path and those of the "
                   "app's .converters",
                   segment->converter);
}

/* Fixed text: what can stand in a path (or host) after decoding. */
static bool check_fixed(parser *p, ct_str text)
{
    if (!ct_utf8_valid(text.data, text.length))
        return ct_fail(p->error, "it is not valid UTF-8");
    for (size_t i = 0; i < text.length; i++) {
        char ch = text.data[i];
        if ((unsigned char)ch < 0x20 || ch == 0x7f)
            return ct_fail(p->error, "it has a control character");
        if (p->is_host && !is_letter(ch) && !is_digit(ch) && ch != '-' && ch != '_')
            return ct_fail(p->error, "'%c' cannot stand in a host's name (which is without scheme and port)", ch);
        if (ch == '>')
            return ct_fail(p->error, "a '>' has no '<'");
        if (ch == '?' || ch == '#')
            return ct_fail(p->error, "a pattern ends before the '%c': queries are read with ct_query()", ch);
        if (ch == '%')
            return ct_fail(p->error, "a pattern is written decoded: \"a b\", not \"a%%20b\"");
    }
    return true;
}

/* "int:id" of "<int:id>". */
static bool parse_parameter(parser *p, ct_str inside, ct_segment *segment)
{
    const char *colon = memchr(inside.data, ':', inside.length);
    ct_str name = inside, converter = CT_STR("string");
    if (colon) {
        converter.data = inside.data;
        converter.length = (size_t)(colon - inside.data);
        name = (ct_str){ colon + 1, inside.length - converter.length - 1 };
    }
    if (!is_identifier(name))
        return ct_fail(p->error, "\"<%.*s>\" has no name of letters, digits and '_'", CT_STR_ARG(inside));
    if (!find_converter(p, converter, segment))
        return false;
    segment->parameter = keep(p, name);
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->segments[i].parameter && strcmp(p->segments[i].parameter, segment->parameter) == 0)
            return ct_fail(p->error, "it has the parameter \"%s\" twice", segment->parameter);
    }
    if (p->parameter_count == CT_MAX_PARAMETERS)
        return ct_fail(p->error, "it has more than %d parameters", CT_MAX_PARAMETERS);
    p->parameter_count++;
    return true;
}

static bool parse_around(parser *p, ct_str text, const char *open, ct_segment *segment)
{
    const char *close = memchr(open, '>', text.length - (size_t)(open - text.data));
    if (!close)
        return ct_fail(p->error, "a '<' has no '>'");
    segment->before = (ct_str){ text.data, (size_t)(open - text.data) };
    segment->after = (ct_str){ close + 1, text.length - (size_t)(close - text.data) - 1 };
    if (memchr(segment->after.data, '<', segment->after.length))
        return ct_fail(p->error, "\"%.*s\" has two parameters; a segment can have one", CT_STR_ARG(text));
    if (!parse_parameter(p, (ct_str){ open + 1, (size_t)(close - open) - 1 }, segment) ||
        !check_fixed(p, segment->before) || !check_fixed(p, segment->after))
        return false;
    if (segment->kind == CT_SEGMENT_PATH && p->is_host)
        return ct_fail(p->error, "a host's parameter takes one label, so it cannot be a path");
    if (segment->kind == CT_SEGMENT_PATH && segment->after.length)
        return ct_fail(p->error, "\"%.*s\": a path parameter must be last in its segment", CT_STR_ARG(text));
    return true;
}

static bool parse_segment(parser *p, ct_str text)
{
    ct_segment segment = { .kind = CT_SEGMENT_FIXED };
    const char *open = memchr(text.data, '<', text.length);
    if (p->count == CT_MAX_SEGMENTS)
        return ct_fail(p->error, "it has more than %d segments", CT_MAX_SEGMENTS);
    if (!text.length)
        return ct_fail(p->error, p->is_host ? "it has an empty label" : "it has an empty segment (\"//\")");
    if (open) {
        if (!parse_around(p, text, open, &segment))
            return false;
    } else {
        if (!check_fixed(p, text))
            return false;
        if (ct_str_eq(text, CT_STR(".")) || ct_str_eq(text, CT_STR("..")))
            return ct_fail(p->error, "browsers never send the segment \"%.*s\"", CT_STR_ARG(text));
        segment.before = text;
    }
    p->segments[p->count++] = segment;
    return true;
}

/* The length of the segment at the start of `text`: up to the separator, which may stand inside of "<...>". */
static size_t segment_length(ct_str text, char separator)
{
    bool inside = false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '<')
            inside = true;
        else if (text.data[i] == '>')
            inside = false;
        else if (text.data[i] == separator && !inside)
            return i;
    }
    return text.length;
}

static bool parse_segments(parser *p, ct_str text, char separator)
{
    while (text.data) {
        size_t length = segment_length(text, separator);
        if (!parse_segment(p, (ct_str){ text.data, length }))
            return false;
        if (length == text.length)
            break;
        text = (ct_str){ text.data + length + 1, text.length - length - 1 };
    }
    return true;
}

static void finish(parser *p, bool slash, ct_pattern *ret)
{
    ct_segment *segments = ct_arena_alloc(p->arena, p->count * sizeof *segments);
    memcpy(segments, p->segments, p->count * sizeof *segments);
    *ret = (ct_pattern){ segments, p->count, p->parameter_count, slash };
}

bool ct_pattern_parse_path(ct_arena *arena, const ct_pattern *prefix, const char *text, const ct_mount *mount,
                           ct_pattern *ret, ct_error *error)
{
    parser p = { .arena = arena, .mount = mount, .error = error };
    ct_str rest = ct_str_of(keep(&p, ct_str_of(text)));
    bool slash = ct_str_ends(rest, CT_STR("/"));
    if (prefix && prefix->count) {
        memcpy(p.segments, prefix->segments, prefix->count * sizeof *p.segments);
        p.count = prefix->count;
        p.parameter_count = prefix->parameter_count;
    }
    if (rest.length && rest.data[0] != '/')
        return ct_fail(error, "it must begin with '/'");
    if (rest.length > 1) {
        rest = (ct_str){ rest.data + 1, rest.length - 1 - slash };
        if (!parse_segments(&p, rest, '/'))
            return false;
    }
    finish(&p, slash, ret);
    return true;
}

bool ct_pattern_parse_host(ct_arena *arena, const char *text, const ct_mount *mount, ct_pattern *ret, ct_error *error)
{
    parser p = { .arena = arena, .mount = mount, .error = error, .is_host = true };
    char *lower = ct_arena_copy(arena, text, strlen(text));
    bool inside = false; /* names of parameters and converters keep their case */
    for (char *at = lower; *at; at++) {
        inside = (inside || *at == '<') && *at != '>';
        if (!inside)
            *at = ct_ascii_lower(*at);
    }
    if (!parse_segments(&p, ct_str_of(lower), '.'))
        return false;
    finish(&p, false, ret);
    return true;
}

static bool is_int(ct_str value)
{
    uint64_t number;
    return ct_str_to_uint64(value, &number) && number <= INT64_MAX;
}

static bool is_slug(ct_str value)
{
    for (size_t i = 0; i < value.length; i++) {
        char ch = value.data[i];
        if (!is_letter(ch) && !is_digit(ch) && ch != '-' && ch != '_')
            return false;
    }
    return true;
}

static bool is_uuid(ct_str value)
{
    if (value.length != 36)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        char ch = value.data[i];
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        bool hexadecimal = is_digit(ch) || (ct_ascii_lower(ch) >= 'a' && ct_ascii_lower(ch) <= 'f');
        if (hyphen ? ch != '-' : !hexadecimal)
            return false;
    }
    return true;
}

static bool is_custom(const ct_segment *segment, ct_str value, ct_arena *arena, bool *ret_failed)
{
    const char *text = ct_arena_copy(arena, value.data, value.length);
    if (!text)
        *ret_failed = true;
    return text && segment->accepts(text);
}

bool ct_segment_accepts(const ct_segment *segment, ct_str value, ct_arena *arena, bool *ret_failed)
{
    if (!value.length)
        return false;
    switch (segment->kind) {
    case CT_SEGMENT_FIXED:
        return false;
    case CT_SEGMENT_UUID:
        return is_uuid(value);
    case CT_SEGMENT_INT:
        return is_int(value);
    case CT_SEGMENT_CUSTOM:
        return is_custom(segment, value, arena, ret_failed);
    case CT_SEGMENT_SLUG:
        return is_slug(value);
    case CT_SEGMENT_STRING:
    case CT_SEGMENT_PATH:
        return true;
    }
    return false;
}

bool ct_segment_cut(const ct_segment *segment, ct_str text, ct_str *ret_value)
{
    size_t around = segment->before.length + segment->after.length;
    if (text.length <= around || !ct_str_starts(text, segment->before) || !ct_str_ends(text, segment->after))
        return false;
    *ret_value = (ct_str){ text.data + segment->before.length, text.length - around };
    return true;
}

bool ct_segment_same(const ct_segment *a, const ct_segment *b)
{
    return a->kind == b->kind && a->accepts == b->accepts && ct_str_eq(a->before, b->before) &&
           ct_str_eq(a->after, b->after);
}

static int order_of_sizes(size_t a, size_t b)
{
    return a > b ? -1 : a < b;
}

static int order_of_texts(ct_str a, ct_str b)
{
    if (a.length != b.length)
        return order_of_sizes(a.length, b.length);
    return a.length ? memcmp(a.data, b.data, a.length) : 0;
}

/* Two segments with text of equal lengths but not the same text fit no common request, so comparing the text itself
 * only makes the order complete. */
int ct_segment_order(const ct_segment *a, const ct_segment *b)
{
    bool a_fixed = a->kind == CT_SEGMENT_FIXED, b_fixed = b->kind == CT_SEGMENT_FIXED;
    if (a_fixed != b_fixed)
        return a_fixed ? -1 : 1;
    int order = order_of_sizes(a->before.length + a->after.length, b->before.length + b->after.length);
    if (!order)
        order = order_of_texts(a->before, b->before);
    if (!order)
        order = order_of_texts(a->after, b->after);
    return order ? order : (int)a->kind - (int)b->kind;
}

bool ct_pattern_same(const ct_pattern *a, const ct_pattern *b)
{
    if (a->count != b->count || a->slash != b->slash)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!ct_segment_same(&a->segments[i], &b->segments[i]))
            return false;
    }
    return true;
}

int ct_pattern_order(const ct_pattern *a, const ct_pattern *b)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        if (!ct_segment_same(&a->segments[i], &b->segments[i]))
            return ct_segment_order(&a->segments[i], &b->segments[i]);
    }
    if (a->count != b->count)
        return order_of_sizes(a->count, b->count);
    return (int)b->slash - (int)a->slash;
}

static bool starts_alike(ct_str a, ct_str b)
{
    return ct_str_starts(a, b) || ct_str_starts(b, a);
}

static bool ends_alike(ct_str a, ct_str b)
{
    return ct_str_ends(a, b) || ct_str_ends(b, a);
}

/* Errs on the side of true: two segments overlap unless their fixed texts exclude each other. */
static bool segments_overlap(const ct_segment *a, const ct_segment *b)
{
    bool failed = false;
    ct_str value;
    if (b->kind == CT_SEGMENT_FIXED && a->kind != CT_SEGMENT_FIXED)
        return segments_overlap(b, a);
    if (a->kind != CT_SEGMENT_FIXED)
        return starts_alike(a->before, b->before) && ends_alike(a->after, b->after);
    if (b->kind == CT_SEGMENT_FIXED)
        return ct_str_eq(a->before, b->before);
    if (!ct_segment_cut(b, a->before, &value))
        return false;
    return b->kind == CT_SEGMENT_CUSTOM || ct_segment_accepts(b, value, NULL, &failed);
}

/* reach[i][j]: the rest of `a` from segment i on and that of `b` from j on can fit the same segments. Filled from the
 * back: both go on by one, or one of them, a path, stays and takes another segment. */
bool ct_patterns_overlap(const ct_pattern *a, const ct_pattern *b)
{
    bool reach[CT_MAX_SEGMENTS + 1][CT_MAX_SEGMENTS + 1] = { { false } };
    bool open_a = a->count && a->segments[a->count - 1].kind == CT_SEGMENT_PATH;
    bool open_b = b->count && b->segments[b->count - 1].kind == CT_SEGMENT_PATH;
    if (a->slash != b->slash && !(open_a && !a->slash) && !(open_b && !b->slash))
        return false;
    for (uint32_t i = a->count + 1; i-- > 0;) {
        for (uint32_t j = b->count + 1; j-- > 0;) {
            if (i == a->count || j == b->count) {
                reach[i][j] = i == a->count && j == b->count;
                continue;
            }
            bool a_path = a->segments[i].kind == CT_SEGMENT_PATH, b_path = b->segments[j].kind == CT_SEGMENT_PATH;
            bool on = reach[i + 1][j + 1] || (a_path && reach[i][j + 1]) || (b_path && reach[i + 1][j]);
            /* Behind its first segment a path takes anything, so the text in front of it excludes nothing. */
            reach[i][j] = on && (segments_overlap(&a->segments[i], &b->segments[j]) || a_path || b_path);
        }
    }
    return reach[0][0];
}
