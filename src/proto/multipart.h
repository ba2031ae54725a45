/* multipart/form-data: bytes in, parts out (RFC 7578, RFC 2046, 5.1; names as the HTML Standard has browsers write
 * them).
 *
 * The parser keeps no content: it hands out slices of what it is given, so a form of any size passes through a buffer
 * of any size, split anywhere. Only the head of a part is gathered, in memory of the caller.
 *
 * It is strict, because two readers that guess differently are how files are smuggled past a filter. Refused are: lines
 * of a head that do not end in CR LF or are folded, controls, text that is no UTF-8, a part without a name, a header or
 * parameter of a part that stands twice, parameters in pieces ("filename*0"), transfer encodings, anything but blanks
 * behind a boundary, a form without its last boundary. What stands before the first boundary and behind the last one is
 * dropped, as RFC 2046 wants it.
 *
 * In quoted names `\"` and `\\` are what stands behind the backslash, which is otherwise a character as any other (of a
 * folder on Windows), and %22, %0D and %0A are what browsers mean by them; every other '%' is itself. filename* is for
 * other headers (RFC 7578, 4.2), but some clients send it, with a mangled `filename` beside it: it is read where it is
 * in UTF-8, goes before the other, and is refused otherwise. */
#ifndef CANTEEN_PROTO_MULTIPART_H
#define CANTEEN_PROTO_MULTIPART_H

#include "base/common.h"
#include "base/str.h"

#define CT_MULTIPART_BOUNDARY 70 /* bytes of one, at most (RFC 2046, 5.1.1) */

typedef struct ct_multipart_limits {
    uint32_t parts; /* one more: 413 */
    uint32_t head;  /* bytes of a part's head with its empty line, and of what follows a boundary on its line: else
                       400 */
} ct_multipart_limits;

/* The head of a part. UTF-8 without NUL, in the memory of heads: until the next call. */
typedef struct ct_multipart_part {
    ct_str name;         /* may be empty */
    bool is_file;        /* there is a filename */
    ct_str filename;     /* as sent, decoded; empty in a form where no file was chosen */
    ct_str content_type; /* in lower case, without parameters; empty where there is none */
} ct_multipart_part;

typedef struct ct_multipart {
    ct_multipart_part part;
    int error_status;  /* on ERROR: 400 or 413, else 0 */
    const char *error; /* on ERROR: a short reason, constant text; else NULL */
    /* The rest is the parser's own. */
    ct_multipart_limits limits;
    uint32_t parts;
    char *head;
    size_t head_used, line_start;
    char delimiter[4 + CT_MULTIPART_BOUNDARY]; /* CR LF - - and the boundary */
    uint8_t delimiter_length;
    uint8_t held;    /* bytes of the delimiter that the last piece ended in, or that stand for a line's start */
    uint8_t assumed; /* of these, so many never came */
    uint8_t state;
} ct_multipart;

typedef enum ct_multipart_event {
    CT_MULTIPART_MORE, /* all bytes were consumed: more must come, or it is the end: ct_multipart_finish() */
    CT_MULTIPART_PART, /* `part` begins */
    CT_MULTIPART_DATA, /* *ret_data is more of its content, never empty */
    CT_MULTIPART_PART_END,
    CT_MULTIPART_ERROR /* final */
} ct_multipart_event;

/* The boundary of a Content-Type field's value: of the parameter, a token or quoted, 1 to 70 characters that RFC 2046
 * has for it. False, with a short reason, where there is none, two, or another one. */
bool ct_multipart_boundary(ct_str content_type, ct_str *ret_boundary, const char **ret_error);

/* Before the first byte. `head` is memory for heads, limits->head bytes, and stays the caller's. */
void ct_multipart_init(ct_multipart *parser, ct_str boundary, const ct_multipart_limits *limits, char *head);

/* Takes bytes from the front of `data`; *ret_consumed is how many are done with. Call again with what follows these.
 * *ret_data lies within `data` or the parser and is good until the next call. */
ct_multipart_event ct_multipart_next(ct_multipart *parser, const char *data, size_t length, size_t *ret_consumed,
                                     ct_str *ret_data);

/* At the end of the body: false, with an error, when the form is not whole. */
bool ct_multipart_finish(ct_multipart *parser);

/* For the parser itself: reads the gathered head of a part, changing it in place. The lines were checked before: each
 * ends in CR LF and is UTF-8 without controls. NULL, or a short reason. */
const char *ct_multipart_read_head(char *head, size_t length, ct_multipart_part *ret_part);

#endif
