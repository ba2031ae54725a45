/* The chunked decoder: payload, end and error do not depend on how the input was cut, payload lies within the input,
 * and payload put into chunks again decodes to itself. The first byte of the input picks limits and cuts. */
#include "proto/http1_body.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct decoded {
    ct_http1_result result;
    ct_http1_chunked decoder;
    size_t consumed;
    char *payload; /* room for the whole input */
    size_t length;
} decoded;

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* One piece, from a copy of exactly its size. */
static void feed(decoded *out, const char *piece, size_t length)
{
    char *copy = malloc(length);
    require(copy != NULL);
    memcpy(copy, piece, length);
    size_t at = 0, consumed;
    do {
        ct_str payload;
        out->result = ct_http1_chunked_next(&out->decoder, copy + at, length - at, &consumed, &payload);
        require(consumed <= length - at);
        require(payload.length == 0 || out->result == CT_HTTP1_INCOMPLETE);
        require(out->result != CT_HTTP1_INCOMPLETE || payload.length > 0 || consumed == length - at);
        if (payload.length > 0) {
            require(payload.data >= copy + at && payload.data + payload.length == copy + at + consumed);
            memcpy(out->payload + out->length, payload.data, payload.length);
            out->length += payload.length;
        }
        at += consumed;
    } while (out->result == CT_HTTP1_INCOMPLETE && consumed > 0);
    out->consumed += at;
    free(copy);
}

/* Pieces of 1 to `largest` bytes, as `seed` has it. */
static decoded decode(const char *data, size_t size, const ct_http1_chunked_limits *limits, size_t largest,
                      uint32_t seed)
{
    decoded out = { .payload = malloc(size + 1) };
    require(out.payload != NULL);
    ct_http1_chunked_init(&out.decoder, limits);
    for (size_t at = 0, length; at < size && out.result == CT_HTTP1_INCOMPLETE; at += length) {
        seed = seed * 1664525 + 1013904223;
        length = CT_MIN(size - at, 1 + (seed >> 16) % largest);
        feed(&out, data + at, length);
    }
    return out;
}

static void require_same(const decoded *a, decoded b)
{
    require(a->result == b.result && a->consumed == b.consumed);
    require(a->decoder.error_status == b.decoder.error_status && a->decoder.error == b.decoder.error);
    require(a->length == b.length && memcmp(a->payload, b.payload, a->length) == 0);
    free(b.payload);
}

static void require_same_again(const decoded *first, size_t chunk)
{
    const size_t chunks = first->length / chunk + 1;
    char *text = malloc(first->length + chunks * 16);
    require(text != NULL);
    size_t used = 0;
    for (size_t at = 0, run; at < first->length; at += run) {
        run = CT_MIN(chunk, first->length - at);
        used += (size_t)snprintf(text + used, 16, "%zX\r\n", run);
        memcpy(text + used, first->payload + at, run);
        memcpy(text + used + run, "\r\n", 2);
        used += run + 2;
    }
    memcpy(text + used, "0\r\n\r\n", 5);
    used += 5;
    decoded again = decode(text, used, NULL, used, 0);
    require(again.result == CT_HTTP1_DONE && again.consumed == used);
    require(again.length == first->length && memcmp(again.payload, first->payload, first->length) == 0);
    free(again.payload);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ct_http1_chunked_limits small = { .line = 16, .trailer_size = 24, .trailers = 2 };
    if (size < 2 || size > 4096)
        return 0;
    const uint8_t choice = data[0];
    const ct_http1_chunked_limits *limits = choice & 1 ? &small : NULL;
    const char *input = (const char *)data + 1;
    size--;

    decoded whole = decode(input, size, limits, 1, 0);
    require(whole.decoder.error_status == 0 ? whole.result != CT_HTTP1_ERROR : whole.result == CT_HTTP1_ERROR);
    for (uint32_t seed = 0; seed < 4; seed++)
        require_same(&whole, decode(input, size, limits, 2u + (choice >> 3), seed));
    decoded once = { .payload = malloc(size) };
    require(once.payload != NULL);
    ct_http1_chunked_init(&once.decoder, limits);
    feed(&once, input, size);
    require_same(&whole, once);
    require_same_again(&whole, 1 + (size_t)(choice >> 1));
    free(whole.payload);
    return 0;
}
