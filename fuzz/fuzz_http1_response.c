/* The response head parser: every beginning of a head is incomplete, an error that shows stays the same, a head that is
 * done does not depend on what follows, and nothing points outside of it. */
#include "proto/http1_response.h"

#include "check.h"

#define FIELDS 8
#define LIMIT 512

/* From a copy of exactly these bytes, which *ret_copy then is. */
static ct_http1_result parse(ct_http1_response *response, const uint8_t *data, size_t size, char **ret_copy)
{
    *ret_copy = malloc(size + !size);
    FUZZ_CHECK(*ret_copy);
    if (size)
        memcpy(*ret_copy, data, size);
    return ct_http1_parse_response(response, *ret_copy, size, LIMIT);
}

static void check_inside(const ct_http1_response *response, const char *data, const char *text, size_t length)
{
    FUZZ_CHECK(text >= data && text + length <= data + response->size);
}

static void check_done(const ct_http1_response *response, const char *data, size_t size)
{
    FUZZ_CHECK(response->size <= size && response->size <= LIMIT);
    FUZZ_CHECK(memcmp(data + response->size - 2, "\r\n", 2) == 0);
    FUZZ_CHECK(response->status >= 100 && response->status <= 999 && response->minor <= 1);
    FUZZ_CHECK(!(response->chunked && response->has_length) && response->content_length <= INT64_MAX);
    FUZZ_CHECK(response->header_count <= FIELDS);
    for (uint32_t i = 0; i < response->header_count; i++) {
        const ct_http1_header *header = &response->headers[i];
        FUZZ_CHECK(header->name_length > 0);
        check_inside(response, data, header->name, header->name_length);
        check_inside(response, data, header->value, header->value_length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2 * LIMIT)
        return 0;
    ct_http1_header headers[FIELDS], of_part[FIELDS];
    ct_http1_response whole = { .headers = headers, .header_capacity = FIELDS };
    char *copy, *copy_of_part;
    ct_http1_result result = parse(&whole, data, size, &copy);
    FUZZ_CHECK((result == CT_HTTP1_ERROR) == (whole.error != NULL));
    if (result == CT_HTTP1_DONE)
        check_done(&whole, copy, size);
    free(copy);
    for (size_t length = 0; length < size; length++) {
        ct_http1_response part = { .headers = of_part, .header_capacity = FIELDS };
        ct_http1_result early = parse(&part, data, length, &copy_of_part);
        if (early != CT_HTTP1_INCOMPLETE)
            FUZZ_CHECK(early == result && part.error == whole.error &&
                       (early == CT_HTTP1_ERROR || part.size == whole.size));
        else
            FUZZ_CHECK(result != CT_HTTP1_DONE || length < whole.size);
        free(copy_of_part);
    }
    return 0;
}
