/* The inside of the router: what router.c builds, match.c walks and url.c reads.
 *
 *   router ── sets: one per host pattern, the one for any host last
 *     set ── paths: "/polls/list/" ─> leaf           whole static paths
 *         └─ root ─ fixed: "polls" ─> node ─ fixed: "list" ─> node: slash ─> leaf
 *                 └ edges: <int:id> ─> node
 *
 * The trie is a tree: a node has one way in, so it has one depth, except below `path` edges, where it may be reached
 * at several segments; those nodes have a number, by which the matcher remembers where it has been. */
#ifndef CANTEEN_WEB_TRIE_H
#define CANTEEN_WEB_TRIE_H

#include "base/map.h"
#include "web/pattern.h"
#include "web/router.h"

#define CT_MAX_METHODS 64 /* different ones in a site: they are bits of a word */

/* An endpoint with what only the router needs. */
typedef struct ct_plan {
    ct_endpoint endpoint;  /* first: an endpoint's plan is found by its address */
    ct_pattern path, host; /* host.count 0: any host */
    uint64_t methods;      /* bits by router->methods, those it answers by itself (HEAD, OPTIONS) included */
    uint64_t own;          /* without them */
    bool any;              /* every method; the bits are then all set */
    bool frontend;         /* of a FRONTEND row: in router->frontends */
    struct ct_plan *next_of_name, *next_of_handler;
    const char *label; /* "main.c:12", for messages */
} ct_plan;

/* What ends at a node: at most one endpoint a method. */
typedef struct ct_leaf {
    const ct_plan *any;         /* for methods that the site does not name */
    uint64_t methods;           /* for Allow */
    const ct_mount *mount;      /* the innermost that holds all of its endpoints */
    const ct_plan *by_method[]; /* router->method_count of them */
} ct_leaf;

typedef struct ct_node ct_node;

typedef struct ct_edge {
    const ct_segment *segment;
    ct_node *child;
} ct_edge;

struct ct_node {
    ct_strmap fixed; /* segment's text to ct_node */
    ct_edge *edges;  /* in ct_segment_order */
    uint32_t edge_count;
    uint32_t number; /* from 1, below a path edge (the node at its end included); 0 elsewhere */
    bool is_path;    /* the way in is a path edge */
    ct_leaf *plain, *slash;
    const ct_mount *mount; /* whose prefix ends here, or NULL */
};

/* The routes of one host pattern. */
typedef struct ct_host_set {
    ct_pattern host;
    ct_node *root;
    ct_strmap paths;  /* whole static path to ct_leaf */
    uint32_t numbers; /* nodes with a number */
} ct_host_set;

typedef struct ct_method {
    ct_str name;
    ct_http_method method; /* OTHER: one of the app's own */
} ct_method;

struct ct_router {
    ct_plan **plans;
    size_t plan_count;
    ct_method methods[CT_MAX_METHODS]; /* in alphabetical order */
    uint32_t method_count;
    int8_t method_index[CT_METHOD_CONNECT + 1]; /* -1: not among them */
    ct_host_set **sets;                         /* pattern hosts in order of specificity */
    size_t set_count;
    ct_strmap exact_hosts; /* to ct_host_set */
    ct_host_set *any_host; /* never NULL */
    ct_strmap by_name;     /* whole name to the first ct_plan */
    ct_strmap by_handler;  /* the bytes of the function pointer to the first ct_plan */
    ct_router *frontends;  /* what is asked where no route fits: methods and hosts alone; NULL: no FRONTEND */
};

/* The plan of an endpoint of this router. */
static inline const ct_plan *ct_plan_of(const ct_endpoint *endpoint)
{
    return CT_CONTAINER(endpoint, ct_plan, endpoint);
}

/* The key of by_handler: the bytes of the pointer at `handler`, borrowed. */
static inline ct_str ct_handler_key(ct_handler *const *handler)
{
    return (ct_str){ (const char *)handler, sizeof *handler };
}

/* Appends the methods of the bits as Allow shows them: "GET, HEAD". */
void ct_methods_write(const ct_router *router, uint64_t methods, ct_buffer *out);

/* Adds the plan to its set. False with a message when another one answers the same requests. */
bool ct_trie_add(ct_arena *arena, const ct_router *router, ct_host_set *set, ct_plan *plan, ct_error *error);
/* Makes `mount` answer for what is not found below its prefix. */
void ct_trie_add_mount(ct_arena *arena, ct_host_set *set, const ct_pattern *prefix, const ct_mount *mount);
/* The innermost mount around both. */
const ct_mount *ct_mount_common(const ct_mount *a, const ct_mount *b);

#endif
