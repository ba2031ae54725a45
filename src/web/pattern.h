/* Patterns of routes, mounts and hosts: parsing, which of two is the more specific, whether both can fit a request.
 *
 *     "/users/<int:id>/v<name>"   segments between '/': fixed text, or one parameter with text around it
 *     "<tenant>.example.com"      labels between '.', the same way; always in lower case
 *
 * A pattern is text as it is after percent-decoding. Its memory is the arena's; it is never changed after parsing. */
#ifndef CANTEEN_WEB_PATTERN_H
#define CANTEEN_WEB_PATTERN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "canteen/app.h"
#include "web/router.h"

/* In order of specificity, the most specific first. */
typedef enum ct_segment_kind {
    CT_SEGMENT_FIXED,
    CT_SEGMENT_UUID,
    CT_SEGMENT_INT,
    CT_SEGMENT_CUSTOM, /* a converter of the app: `accepts` */
    CT_SEGMENT_SLUG,
    CT_SEGMENT_STRING,
    CT_SEGMENT_PATH /* takes more segments than one; `after` is empty */
} ct_segment_kind;

typedef struct ct_segment {
    ct_segment_kind kind;
    ct_str before, after; /* text around the parameter; of FIXED `before` is all */
    bool (*accepts)(const char *text);
    const char *parameter; /* NULL for FIXED */
    const char *converter; /* name, for messages */
} ct_segment;

typedef struct ct_pattern {
    const ct_segment *segments;
    uint32_t count, parameter_count;
    bool slash; /* a path that ends in '/' ("/" itself is no segment and a slash) */
} ct_pattern;

/* Is `name` one of Canteen's own converters? Then also its kind. */
bool ct_pattern_builtin(ct_str name, ct_segment_kind *ret_kind);

/* The pattern `text` behind `prefix` (a mount's, whose slash is dropped; NULL: none). Converters are those of `mount`'s
 * app, then of the apps around it. A path is "" or begins with '/'. */
bool ct_pattern_parse_path(ct_arena *arena, const ct_pattern *prefix, const char *text, const ct_mount *mount,
                           ct_pattern *ret, ct_error *error);
/* A host's pattern, in lower case; `path` parameters are refused. */
bool ct_pattern_parse_host(ct_arena *arena, const char *text, const ct_mount *mount, ct_pattern *ret, ct_error *error);

/* Whether the parameter's kind takes `value` (never for FIXED). Empty text never fits. `arena` lends memory to
 * converters of apps; *ret_failed is set when its limit was passed. */
bool ct_segment_accepts(const ct_segment *segment, ct_str value, ct_arena *arena, bool *ret_failed);
/* Cuts the text around the parameter off; false when it is not there or nothing is left. */
bool ct_segment_cut(const ct_segment *segment, ct_str text, ct_str *ret_value);

/* Whether both take the same texts: the names of parameters do not matter. */
bool ct_segment_same(const ct_segment *a, const ct_segment *b);
/* Which is tried first: < 0 for `a`. More fixed text comes first, then text further in front, then the kind. 0 for the
 * same segment, and for different converters of apps with the same text around them, which nothing decides. */
int ct_segment_order(const ct_segment *a, const ct_segment *b);

bool ct_pattern_same(const ct_pattern *a, const ct_pattern *b);
/* By the first segments that differ, as the matcher meets them. 0: nothing decides (or they are the same). */
int ct_pattern_order(const ct_pattern *a, const ct_pattern *b);
/* Whether some request can fit both; converters of apps are taken to accept anything. */
bool ct_patterns_overlap(const ct_pattern *a, const ct_pattern *b);

#endif
