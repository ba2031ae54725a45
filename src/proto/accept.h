/* Content negotiation (RFC 9110, 12): which of the server's offers a client likes best. */
#ifndef CANTEEN_PROTO_ACCEPT_H
#define CANTEEN_PROTO_ACCEPT_H

typedef enum ct_accept_kind {
    CT_ACCEPT_MEDIA,    /* Accept: offers are media types, with parameters if need be ("text/html; level=1") */
    CT_ACCEPT_LANGUAGE, /* Accept-Language: language tags of BCP 47 ("en", "de-CH") */
    CT_ACCEPT_ENCODING, /* Accept-Encoding: content codings, and "identity" for none */
    CT_ACCEPT_CHARSET   /* Accept-Charset: names of character sets */
} ct_accept_kind;

/* Elements of the header beyond this many are not looked at. */
#define CT_ACCEPT_MAX_ELEMENTS 64

/* The offer that the header gives the highest quality, the earlier one of equals, or NULL when it accepts none.
 *
 * `header` is the field's value (several fields joined with commas), or NULL when the request has none. `offers` ends
 * in NULL; what is returned is one of its pointers. Malformed elements are skipped. A header that is absent, or has no
 * element left, accepts every offer alike, except for CT_ACCEPT_ENCODING: then only "identity" is acceptable, since a
 * client that does not ask for a coding may not know any (stricter than 12.5.3 for an absent field, as servers are).
 *
 * The most specific element that matches an offer decides its quality:
 *   media      type/subtype with the most parameters, then type/subtype, then any subtype of it, then any type (12.5.1)
 *   language   the longest range that is the offer or a prefix of it (basic filtering, RFC 4647, 3.3.1); then ranges of
 *              which the offer is a prefix (lookup, 3.4: "en-US" takes "en" where there is no better), the best of
 *              them; then "*". A quality of 0 for such a longer range says nothing about the offer.
 *   encoding   the coding, then "*"; "identity" that neither names is acceptable after all others (12.5.3).
 *              x-gzip and x-compress are gzip and compress (8.4.1).
 *   charset    the name, then "*" (12.5.2). */
const char *ct_accept_best(ct_accept_kind kind, const char *header, const char *const *offers);

#endif
