/* Multipart forms: parts, content and error do not depend on how the input was cut; names are text; content holds no
 * boundary; and all of the content was in the input. The first byte of the input picks limits and cuts. */
#include "check.h"

#include "proto/multipart.h"

#include <stdlib.h>
#include <string.h>

#define DELIMITER "\r\n--b"

/* What came out, as bytes that can be compared. */
typedef struct outcome {
    char *bytes;
    size_t length, room, content_start;
    ct_multipart parser;
    bool whole;
} outcome;

static void add(outcome *out, const char *data, size_t length)
{
    FUZZ_CHECK(out->length + length + 1 <= out->room);
    memcpy(out->bytes + out->length, data, length);
    out->length += length;
}

static void add_text(outcome *out, ct_str text)
{
    FUZZ_CHECK(ct_utf8_valid(text.data, text.length) && !memchr(text.data, '\0', text.length));
    add(out, text.data, text.length);
    add(out, "|", 1);
}

static void add_part(outcome *out)
{
    const ct_multipart_part *part = &out->parser.part;
    add(out, part->is_file ? "F" : "-", 1);
    add_text(out, part->name);
    add_text(out, part->is_file ? part->filename : CT_STR(""));
    add_text(out, part->content_type);
    out->content_start = out->length;
}

/* One piece, from a copy of exactly its size. */
static bool feed(outcome *out, const char *data, size_t length)
{
    char *copy = malloc(length);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, length);
    ct_multipart_event event;
    size_t at = 0, consumed;
    do {
        ct_str run;
        event = ct_multipart_next(&out->parser, copy + at, length - at, &consumed, &run);
        at += consumed;
        FUZZ_CHECK(at <= length);
        if (event == CT_MULTIPART_PART) {
            add_part(out);
        } else if (event == CT_MULTIPART_DATA) {
            FUZZ_CHECK(run.length > 0);
            add(out, run.data, run.length);
        } else if (event == CT_MULTIPART_PART_END) {
            FUZZ_CHECK(!memmem(out->bytes + out->content_start, out->length - out->content_start, DELIMITER,
                               sizeof DELIMITER - 1));
            add(out, ";", 1);
        } else if (event == CT_MULTIPART_MORE) {
            FUZZ_CHECK(at == length);
        }
    } while (event != CT_MULTIPART_MORE && event != CT_MULTIPART_ERROR);
    free(copy);
    return event == CT_MULTIPART_MORE;
}

/* Pieces of 1 to `largest` bytes, as `seed` has it. */
static outcome parse(const char *data, size_t size, const ct_multipart_limits *limits, size_t largest, uint32_t seed)
{
    outcome out = { .room = 2 * size + 64 };
    char *head = malloc(limits->head);
    out.bytes = malloc(out.room);
    FUZZ_CHECK(head && out.bytes);
    ct_multipart_init(&out.parser, CT_STR("b"), limits, head);
    bool good = true;
    for (size_t at = 0, length; at < size && good; at += length) {
        seed = seed * 1664525 + 1013904223;
        length = CT_MIN(size - at, 1 + (seed >> 16) % largest);
        good = feed(&out, data + at, length);
    }
    out.whole = ct_multipart_finish(&out.parser);
    FUZZ_CHECK(out.whole || (out.parser.error && (out.parser.error_status == 400 || out.parser.error_status == 413)));
    free(head);
    return out;
}

static void check_boundary(const char *data, size_t size)
{
    ct_str boundary;
    const char *reason;
    if (ct_multipart_boundary((ct_str){ data, size }, &boundary, &reason))
        FUZZ_CHECK(boundary.length >= 1 && boundary.length <= CT_MULTIPART_BOUNDARY &&
                   !memchr(boundary.data, '\r', boundary.length));
    else
        FUZZ_CHECK(reason != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096)
        return 0;
    const uint8_t choice = data[0];
    const char *input = (const char *)data + 1;
    const ct_multipart_limits limits = { .parts = choice & 1 ? 2 : 1000, .head = choice & 2 ? 64 : 4096 };
    size--;

    check_boundary(input, size);
    outcome whole = parse(input, size, &limits, 1, 0);
    for (uint32_t seed = 0; seed < 4; seed++) {
        outcome again = parse(input, size, &limits, seed ? 2u + (choice >> 2) : size + 1, seed);
        FUZZ_CHECK(again.whole == whole.whole && again.parser.error == whole.parser.error);
        FUZZ_CHECK(again.length == whole.length && memcmp(again.bytes, whole.bytes, whole.length) == 0);
        free(again.bytes);
    }
    free(whole.bytes);
    return 0;
}
