/* Wire tests: bytes sent, bytes expected, as data. */
#ifndef WIRE_H
#define WIRE_H

#include <canteen.h>

/* app.c: what the cases talk to. */
extern const ct_app wire_app;
/* static_app.c: mounted by it without a prefix. */
extern const ct_app static_app, embedded_app;

typedef struct wire_bytes {
    char *data;
    size_t length, capacity;
} wire_bytes;

typedef enum wire_end { WIRE_ANY, WIRE_CLOSE, WIRE_OPEN } wire_end;

typedef struct wire_case {
    char *title;
    const char *file;
    int line;
    wire_bytes sent;
    wire_bytes expected; /* a pattern: see match.c */
    wire_end end;
    bool half_close; /* shut our side after sending */
    bool whole_only; /* not at every split */
} wire_case;

/* cases.c: reads every case of a file; ends the program with a message on a mistake in it. */
wire_case *wire_load(const char *path, size_t *ret_count);
void wire_free(wire_case *cases, size_t count);
void wire_add(wire_bytes *bytes, const char *data, size_t length);

/* match.c: how far `got` agrees with the pattern. */
typedef enum wire_match { WIRE_MATCHES, WIRE_MORE, WIRE_DIFFERS } wire_match;
wire_match wire_compare(const wire_bytes *pattern, const wire_bytes *got);

#endif
