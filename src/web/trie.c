/* Putting patterns into the trie. Runs at start only; matching is in match.c.
 *
 * Two patterns that differ only in the names of parameters end in the same leaf, which is how duplicates are found. */
#include "web/trie.h"

const ct_mount *ct_mount_common(const ct_mount *a, const ct_mount *b)
{
    while (a != b) {
        if (a->depth >= b->depth)
            a = a->parent;
        else
            b = b->parent;
    }
    return a;
}

void ct_methods_write(const ct_router *router, uint64_t methods, ct_buffer *out)
{
    const char *separator = "";
    for (uint32_t i = 0; i < router->method_count; i++) {
        if (!(methods >> i & 1))
            continue;
        ct_buffer_str(out, ct_str_of(separator));
        ct_buffer_str(out, router->methods[i].name);
        separator = ", ";
    }
}

static ct_node *new_node(ct_arena *arena, ct_host_set *set, const ct_node *parent, bool is_path)
{
    ct_node *node = ct_site_zalloc(arena, sizeof *node);
    ct_strmap_init(&node->fixed, arena);
    node->is_path = is_path;
    if (is_path || (parent && parent->number))
        node->number = ++set->numbers;
    return node;
}

static ct_node *fixed_child(ct_arena *arena, ct_host_set *set, ct_node *node, ct_str text)
{
    ct_node *child = ct_strmap_get(&node->fixed, text);
    if (!child) {
        child = new_node(arena, set, node, false);
        ct_strmap_set(&node->fixed, text, child);
    }
    return child;
}

/* Whether a new edge for `a` goes in front of `b`. Converters of apps that nothing else decides go by name, so that the
 * trie does not depend on the order of the tables. */
static bool goes_before(const ct_segment *a, const ct_segment *b)
{
    int order = ct_segment_order(a, b);
    return order ? order < 0 : strcmp(a->converter, b->converter) < 0;
}

static ct_node *parameter_child(ct_arena *arena, ct_host_set *set, ct_node *node, const ct_segment *segment)
{
    uint32_t at = node->edge_count, count = node->edge_count;
    for (uint32_t i = 0; i < count; i++) {
        if (ct_segment_same(node->edges[i].segment, segment))
            return node->edges[i].child;
    }
    while (at > 0 && goes_before(segment, node->edges[at - 1].segment))
        at--;
    node->edges = ct_arena_grow(arena, node->edges, count * sizeof *node->edges, (count + 1) * sizeof *node->edges);
    memmove(&node->edges[at + 1], &node->edges[at], (count - at) * sizeof *node->edges);
    node->edges[at] = (ct_edge){ segment, new_node(arena, set, node, segment->kind == CT_SEGMENT_PATH) };
    node->edge_count++;
    return node->edges[at].child;
}

static ct_node *node_of(ct_arena *arena, ct_host_set *set, const ct_pattern *path)
{
    if (!set->root)
        set->root = new_node(arena, set, NULL, false);
    ct_node *node = set->root;
    for (uint32_t i = 0; i < path->count; i++) {
        const ct_segment *segment = &path->segments[i];
        if (segment->kind == CT_SEGMENT_FIXED)
            node = fixed_child(arena, set, node, segment->before);
        else
            node = parameter_child(arena, set, node, segment);
    }
    return node;
}

/* The method of `added` that another plan of the leaf takes already, with that plan; -1: none. Methods that come by
 * themselves (HEAD of GET, OPTIONS) give way to a route of their own. */
static int taken_method(const ct_router *router, const ct_leaf *leaf, const ct_plan *added, const ct_plan **ret_other)
{
    for (uint32_t i = 0; i < router->method_count; i++) {
        const ct_plan *other = leaf->by_method[i];
        if (other && (added->own & other->own) >> i & 1) {
            *ret_other = other;
            return (int)i;
        }
    }
    return -1;
}

/* One row of an app that is mounted twice at one place: the mistake is in the rows that mount it. */
static bool refuse_second_mount(const ct_plan *added, const ct_plan *other, ct_error *error)
{
    const ct_mount *second = added->endpoint.mount, *first = other->endpoint.mount;
    while (second->row == first->row && second->parent && first->parent) {
        second = second->parent;
        first = first->parent;
    }
    return ct_fail(error, "%s:%d: the app %s is mounted where %s:%d mounts it already: both would answer \"%s\" (%s)",
                   second->row->file, second->row->line, second->app->name, first->row->file, first->row->line,
                   added->endpoint.pattern, added->label);
}

static bool refuse_duplicate(const ct_router *router, int method, const ct_plan *added, const ct_plan *other,
                             ct_error *error)
{
    const char *name = added->any && other->any ? "every method" : router->methods[method].name.data;
    return ct_fail(error, "%s: \"%s\" (%s) answers %s where \"%s\" (%s, at %s) does", added->label,
                   added->endpoint.pattern, added->endpoint.name, name, other->endpoint.pattern, other->endpoint.name,
                   other->label);
}

bool ct_trie_add(ct_arena *arena, const ct_router *router, ct_host_set *set, ct_plan *plan, ct_error *error)
{
    ct_node *node = node_of(arena, set, &plan->path);
    ct_leaf **place = plan->path.slash ? &node->slash : &node->plain, *leaf = *place;
    const ct_plan *other;
    if (!leaf) {
        leaf = *place = ct_site_zalloc(arena, sizeof *leaf + router->method_count * sizeof leaf->by_method[0]);
        leaf->mount = plan->endpoint.mount;
    }
    int taken = taken_method(router, leaf, plan, &other);
    if (taken >= 0 && other->endpoint.route == plan->endpoint.route)
        return refuse_second_mount(plan, other, error);
    if (taken >= 0)
        return refuse_duplicate(router, taken, plan, other, error);
    for (uint32_t i = 0; i < router->method_count; i++) {
        bool own = plan->own >> i & 1,
             by_itself = router->methods[i].method == CT_METHOD_HEAD && plan->methods >> i & 1;
        if (own || (by_itself && !leaf->by_method[i]))
            leaf->by_method[i] = plan;
    }
    if (plan->any)
        leaf->any = plan;
    leaf->methods |= plan->methods;
    leaf->mount = ct_mount_common(leaf->mount, plan->endpoint.mount);
    if (!plan->path.parameter_count)
        ct_strmap_set(&set->paths, ct_str_of(plan->endpoint.pattern), leaf);
    return true;
}

void ct_trie_add_mount(ct_arena *arena, ct_host_set *set, const ct_pattern *prefix, const ct_mount *mount)
{
    ct_node *node = node_of(arena, set, prefix);
    node->mount = node->mount ? ct_mount_common(node->mount, mount) : mount;
}
