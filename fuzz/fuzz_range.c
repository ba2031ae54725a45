/* Ranges: all inside the representation, none empty, no two that touch, no more than asked for; and the ranges written
 * out again read as themselves. The first byte chooses the size. */
#include "base/buffer.h"
#include "proto/range.h"

#include <stdlib.h>

#define MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_ranges(const ct_range *ranges, unsigned count, uint64_t size)
{
    require(count >= 1 && count <= MAX);
    for (unsigned i = 0; i < count; i++) {
        require(ranges[i].length > 0 && ranges[i].first < size && ranges[i].length <= size - ranges[i].first);
        for (unsigned j = 0; j < i; j++)
            require(ranges[i].first + ranges[i].length < ranges[j].first ||
                    ranges[j].first + ranges[j].length < ranges[i].first);
    }
}

static void check_again(const ct_range *ranges, unsigned count, uint64_t size)
{
    ct_buffer text = { 0 };
    ct_range again[MAX];
    unsigned again_count;
    for (unsigned i = 0; i < count; i++)
        ct_buffer_printf(&text, "%s%" PRIu64 "-%" PRIu64, i ? ", " : "bytes=", ranges[i].first,
                         ranges[i].first + ranges[i].length - 1);
    require(ct_range_parse(ct_buffer_text(&text), size, again, MAX, &again_count) == CT_RANGE_SATISFIABLE);
    require(again_count == count && memcmp(again, ranges, count * sizeof *ranges) == 0);
    ct_buffer_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t sizes[] = { 0, 1, 2, 10, 1000, UINT32_MAX, INT64_MAX, UINT64_MAX };
    if (!size)
        return 0;
    uint64_t total = sizes[data[0] % CT_COUNT(sizes)];
    char *header = ct_xmalloc(size);
    memcpy(header, data + 1, size - 1);
    header[size - 1] = '\0';
    ct_range ranges[MAX];
    unsigned count = 0;
    if (ct_range_parse(header, total, ranges, MAX, &count) == CT_RANGE_SATISFIABLE) {
        check_ranges(ranges, count, total);
        check_again(ranges, count, total);
    } else {
        require(count == 0);
    }
    free(header);
    return 0;
}
