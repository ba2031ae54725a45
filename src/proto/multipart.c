/* The stream of a multipart form: where parts begin and end.
 *
 *     preamble  CR LF --boundary  rest of the line  head  CR LF  content  CR LF --boundary ... --boundary--  epilogue
 *     PREAMBLE                    LINE              HEAD         CONTENT                                     EPILOGUE
 *
 * The delimiter is CR LF, "--" and the boundary, which cannot hold a CR: so a delimiter begins only at a CR, the last
 * CR of a piece is the only place where one can be cut, and what was taken for its beginning and is not is content to
 * its last byte. Those bytes need not be kept: they are the delimiter's own. The start of the form and of each content
 * counts as the start of a line: there the delimiter's CR LF is assumed.
 *
 * Searching is memmem(), which skips most bytes of content; nothing here looks at content byte by byte. */
#include "proto/multipart.h"

enum { PREAMBLE, LINE, HEAD, CONTENT, EPILOGUE, FAILED };

void ct_multipart_init(ct_multipart *parser, ct_str boundary, const ct_multipart_limits *limits, char *head)
{
    *parser = (ct_multipart){ .limits = *limits, .head = head, .delimiter = "\r\n--", .held = 2, .assumed = 2 };
    memcpy(parser->delimiter + 4, boundary.data, boundary.length);
    parser->delimiter_length = (uint8_t)(4 + boundary.length);
}

static ct_multipart_event fail(ct_multipart *parser, int status, const char *reason)
{
    parser->state = FAILED;
    parser->error_status = status;
    parser->error = reason;
    return CT_MULTIPART_ERROR;
}

/* ---- delimiters ---- */

/* Goes on with the delimiter that the last piece ended in. */
static bool go_on(ct_multipart *parser, ct_str rest, size_t *ret_used, ct_str *ret_content)
{
    size_t wanted = CT_MIN((size_t)parser->delimiter_length - parser->held, rest.length);
    if (memcmp(rest.data, parser->delimiter + parser->held, wanted) == 0) {
        parser->held = (uint8_t)(parser->held + wanted);
        *ret_used = wanted;
        return parser->held == parser->delimiter_length;
    }
    *ret_content = (ct_str){ parser->delimiter + parser->assumed, (size_t)parser->held - parser->assumed };
    parser->held = parser->assumed = 0;
    return false;
}

/* Takes a delimiter off the front of `rest`: true; or, false, finds what is content there. `rest` is not empty. */
static bool take_delimiter(ct_multipart *parser, ct_str rest, size_t *ret_used, ct_str *ret_content)
{
    const size_t whole = parser->delimiter_length;
    *ret_used = 0;
    *ret_content = (ct_str){ rest.data, 0 };
    if (parser->held)
        return go_on(parser, rest, ret_used, ret_content);
    const char *found = memmem(rest.data, rest.length, parser->delimiter, whole);
    const char *end = rest.data + rest.length;
    if (found == rest.data) {
        *ret_used = whole;
        return true;
    }
    if (!found) {
        size_t tail = CT_MIN(rest.length, whole - 1);
        const char *start = memrchr(end - tail, '\r', tail);
        if (start && memcmp(start, parser->delimiter, (size_t)(end - start)) == 0) {
            parser->held = (uint8_t)(end - start);
            end = start;
        }
    }
    ret_content->length = (size_t)((found ? found : end) - rest.data);
    *ret_used = ret_content->length + parser->held;
    return false;
}

/* ---- lines ---- */

static bool is_blank(ct_str text)
{
    return ct_str_trim(text).length == 0;
}

/* Without its CR LF; NULL when all is well with it. */
static const char *check_line(ct_str line)
{
    for (size_t i = 0; i < line.length; i++)
        if (((unsigned char)line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7F)
            return "a control character in the head of a part";
    return ct_utf8_valid(line.data, line.length) ? NULL : "the head of a part is not UTF-8";
}

/* Gathers a line; true when it is whole. Else all of `rest` is used, or the parser has failed. */
static bool gather_line(ct_multipart *parser, ct_str rest, size_t *ret_used, ct_str *ret_line)
{
    const char *newline = memchr(rest.data, '\n', rest.length);
    size_t length = newline ? (size_t)(newline - rest.data) + 1 : rest.length;
    *ret_used = length;
    if (length > parser->limits.head - parser->head_used) {
        fail(parser, 400, "the head of a part is too large");
        return false;
    }
    memcpy(parser->head + parser->head_used, rest.data, length);
    parser->head_used += length;
    if (!newline)
        return false;
    ct_str line = { parser->head + parser->line_start, parser->head_used - parser->line_start };
    const char *reason = NULL;
    if (line.length < 2 || line.data[line.length - 2] != '\r') {
        reason = "a line of a part's head does not end in CR LF";
    } else {
        line.length -= 2;
        reason = check_line(line);
    }
    *ret_line = line;
    if (reason)
        fail(parser, 400, reason);
    return !reason;
}

static void begin_lines(ct_multipart *parser, int state)
{
    parser->state = (uint8_t)state;
    parser->head_used = parser->line_start = 0;
}

/* What stands behind a boundary on its line. */
static void end_boundary(ct_multipart *parser, ct_str line)
{
    bool last = ct_str_starts(line, CT_STR("--"));
    if (!is_blank(last ? (ct_str){ line.data + 2, line.length - 2 } : line))
        fail(parser, 400, "something follows a boundary on its line");
    else if (last)
        parser->state = EPILOGUE;
    else if (++parser->parts > parser->limits.parts)
        fail(parser, 413, "too many parts");
    else
        begin_lines(parser, HEAD);
}

static void end_head(ct_multipart *parser)
{
    const char *reason = ct_multipart_read_head(parser->head, parser->head_used, &parser->part);
    if (reason) {
        fail(parser, 400, reason);
        return;
    }
    parser->state = CONTENT;
    parser->held = parser->assumed = 2;
}

/* ---- the stream ---- */

/* Each of these moves *at forward and returns an event, or MORE to go on. */

static ct_multipart_event in_content(ct_multipart *parser, const char *data, size_t length, size_t *at,
                                     ct_str *ret_data)
{
    size_t used;
    ct_str content;
    bool inside = parser->state == CONTENT;
    bool ends = take_delimiter(parser, (ct_str){ data + *at, length - *at }, &used, &content);
    *at += used;
    if (ends) {
        parser->held = 0;
        begin_lines(parser, LINE);
        return inside ? CT_MULTIPART_PART_END : CT_MULTIPART_MORE;
    }
    if (!inside || !content.length)
        return CT_MULTIPART_MORE;
    *ret_data = content;
    return CT_MULTIPART_DATA;
}

static ct_multipart_event in_lines(ct_multipart *parser, const char *data, size_t length, size_t *at)
{
    size_t used;
    ct_str line;
    bool whole = gather_line(parser, (ct_str){ data + *at, length - *at }, &used, &line);
    *at += used;
    if (!whole)
        return parser->state == FAILED ? CT_MULTIPART_ERROR : CT_MULTIPART_MORE;
    if (parser->state == LINE)
        end_boundary(parser, line);
    else if (line.length)
        parser->line_start = parser->head_used;
    else
        end_head(parser);
    return parser->state == FAILED    ? CT_MULTIPART_ERROR
           : parser->state == CONTENT ? CT_MULTIPART_PART
                                      : CT_MULTIPART_MORE;
}

ct_multipart_event ct_multipart_next(ct_multipart *parser, const char *data, size_t length, size_t *ret_consumed,
                                     ct_str *ret_data)
{
    ct_multipart_event event = parser->state == FAILED ? CT_MULTIPART_ERROR : CT_MULTIPART_MORE;
    size_t at = 0;
    *ret_data = (ct_str){ data, 0 };
    while (event == CT_MULTIPART_MORE && at < length) {
        if (parser->state == EPILOGUE)
            at = length;
        else if (parser->state == PREAMBLE || parser->state == CONTENT)
            event = in_content(parser, data, length, &at, ret_data);
        else
            event = in_lines(parser, data, length, &at);
    }
    *ret_consumed = at;
    return event;
}

bool ct_multipart_finish(ct_multipart *parser)
{
    ct_str line = { parser->head, parser->head_used };
    if (parser->state == LINE && ct_str_starts(line, CT_STR("--")) &&
        is_blank((ct_str){ line.data + 2, line.length - 2 }))
        parser->state = EPILOGUE; /* the body may end with its last boundary */
    if (parser->state != EPILOGUE && parser->state != FAILED)
        fail(parser, 400, "the form ends before its last boundary");
    return parser->state == EPILOGUE;
}
