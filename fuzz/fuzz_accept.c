/* Content negotiation: what is chosen is an offer that is acceptable by itself too, and stays chosen against any other
 * single offer; where nothing is chosen, no offer is acceptable. */
#include "base/common.h"
#include "proto/accept.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const offers[][6] = {
    [CT_ACCEPT_MEDIA] = { "text/html", "application/json", "text/html; level=1", "text/plain;charset=utf-8", "*/*",
                          NULL },
    [CT_ACCEPT_LANGUAGE] = { "en", "de-CH", "de", "en-GB-oxendict", "zh-Hant-TW", NULL },
    [CT_ACCEPT_ENCODING] = { "br", "gzip", "identity", "compress", "zstd", NULL },
    [CT_ACCEPT_CHARSET] = { "utf-8", "ISO-8859-1", "us-ascii", "x", "utf-16", NULL },
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(ct_accept_kind kind, const char *header)
{
    const char *const *all = offers[kind], *best = ct_accept_best(kind, header, all);
    bool is_offer = !best;
    for (size_t i = 0; all[i]; i++) {
        const char *const alone[] = { all[i], NULL }, *accepted = ct_accept_best(kind, header, alone);
        is_offer |= best == all[i];
        require(!accepted || accepted == all[i]);
        if (!best) {
            require(!accepted);
            continue;
        }
        /* Earlier offers lose against it whatever the order says; later ones at most tie. */
        const char *const pair[] = { best, all[i], NULL };
        require(ct_accept_best(kind, header, pair) == best);
    }
    require(is_offer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *header = ct_xmalloc(size + 1);
    if (size)
        memcpy(header, data, size);
    header[size] = '\0';
    for (ct_accept_kind kind = CT_ACCEPT_MEDIA; kind <= CT_ACCEPT_CHARSET; kind++)
        check(kind, header);
    free(header);
    return 0;
}
