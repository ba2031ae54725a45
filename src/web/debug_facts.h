/* What can be told of an error in development: gathered once, then written as a page, as text or as JSON. */
#ifndef CANTEEN_WEB_DEBUG_FACTS_H
#define CANTEEN_WEB_DEBUG_FACTS_H

#include "base/buffer.h"
#include "net/worker.h"
#include "template/template.h"
#include "web/ct.h"
#include "web/excerpt.h"

/* Where an abort came from. */
struct ct_origin {
    const ct_template_error *template; /* NULL: no template failed */
    size_t count;
    uint64_t frames[CT_CRASH_FRAMES]; /* return addresses, innermost first */
};

typedef struct ct_fact {
    const char *name, *value; /* CT_HIDDEN for a secret */
    const char *note;         /* where it comes from, or NULL */
} ct_fact;

typedef struct ct_fact_table {
    const char *title;
    ct_fact *items;
    size_t count, capacity;
} ct_fact_table;

typedef struct ct_debug_frame {
    const char *function, *file, *place; /* `file` may be NULL */
    size_t number;
    int line;
    bool own;                  /* of the app; else of the library or the system */
    const ct_excerpt *excerpt; /* NULL: there is no source to be had */
} ct_debug_frame;

typedef struct ct_debug_route {
    const ct_endpoint *endpoint;
    size_t distance;
} ct_debug_route;

enum { CT_TABLE_REQUEST, CT_TABLE_PATH, CT_TABLE_QUERY, CT_TABLE_FORM, CT_TABLE_HEADERS, CT_TABLE_COOKIES };
enum { CT_TABLE_SESSION = CT_TABLE_COOKIES + 1, CT_TABLE_SETTINGS, CT_TABLE_VERSIONS, CT_TABLE_COUNT };

typedef struct ct_facts {
    ct_arena arena; /* without a limit: everything here lives in it */
    const ct_site *site;
    const char *prefix; /* where a proxy has the site, "" if it was not asked for */
    int status;
    const char *title, *message, *request_id; /* the status's text; what happened; */
    const struct ct_errors *errors;           /* of ct_abort_errors(), or NULL */
    const char *method, *path;                /* of the request, decoded by nobody; scrubbed */
    ct_debug_frame *frames;                   /* none where the library refused the request */
    size_t frame_count;
    bool frames_known; /* symbols were found; else frames are bare addresses */
    const ct_template_error *template;
    const ct_excerpt *template_excerpt;
    const char *allow;      /* of 405 */
    ct_debug_route *routes; /* of an address that no route fits: all, the nearest first */
    size_t route_count;
    const char *nearest; /* the pattern that may have been meant, or NULL */
    ct_fact_table tables[CT_TABLE_COUNT];
} ct_facts;

/* Gathers what is known of c's error. Neither aborts nor takes the request's memory, waits for nothing, and reads `c`
 * alone: it may run on another thread while c's fiber waits, or in a copy of the process after a crash (`crash`; else
 * NULL). Reads files. Takes milliseconds. */
void ct_facts_gather(ct_facts *facts, ct *c, const ct_crash *crash);
void ct_facts_finish(ct_facts *facts);
/* Adds a row, copied and cut to 4 KiB; hidden when `hide` is set or the name looks like a secret. */
void ct_facts_add(ct_facts *facts, int table, ct_str name, ct_str value, bool hide);

/* The frame of the app that is nearest to the error, or NULL. */
const ct_debug_frame *ct_facts_place(const ct_facts *facts);

/* Each appends its whole answer. */
void ct_debug_write_html(ct_buffer *out, const ct_facts *facts);
void ct_debug_write_text(ct_buffer *out, const ct_facts *facts);
void ct_debug_write_json(ct_buffer *out, const ct_facts *facts);
/* The style sheet in the page, for its hash. */
ct_str ct_debug_style(void);

/* debug_path.c: a path, or a URL with one, without what stands where a route has a secret's parameter. */
const char *ct_facts_mask(ct_facts *facts, const char *url);

/* debug_frames.c: fills frames, frame_count and frames_known. `exact`: addresses[0] is the very place, not where a call
 * returns to. */
void ct_facts_frames(ct_facts *facts, const uint64_t *addresses, size_t count);

#endif
