/* base64url without padding (RFC 4648, 5): bytes as text for URLs and cookies; and base64 with padding (RFC 4648, 4),
 * for what others read. Strict when it reads: one text for each sequence of bytes, so that a text that was changed
 * anywhere is other bytes or none. */
#ifndef CANTEEN_BASE_BASE64_H
#define CANTEEN_BASE_BASE64_H

#include "base/common.h"
#include "base/str.h"

/* The length of the text of so many bytes, and the most bytes that a text of such a length can have. */
#define CT_BASE64_LENGTH(size) ((size) / 3 * 4 + ((size) % 3 * 4 + 2) / 3)
#define CT_BASE64_SIZE(length) ((length) / 4 * 3 + (length) % 4 * 3 / 4)

/* Writes CT_BASE64_LENGTH(size) characters, and no NUL. */
void ct_base64_encode(char *ret_text, const void *data, size_t size);
/* Writes CT_BASE64_SIZE(text.length) bytes. False: the text is none that ct_base64_encode() writes. */
bool ct_base64_decode(ct_str text, void *ret_data);

#define CT_BASE64_PADDED_LENGTH(size) (((size) + 2) / 3 * 4)
/* Writes CT_BASE64_PADDED_LENGTH(size) characters, and no NUL. */
void ct_base64_encode_padded(char *ret_text, const void *data, size_t size);
/* Writes up to CT_BASE64_SIZE(text.length) bytes, and sets their number. */
bool ct_base64_decode_padded(ct_str text, void *ret_data, size_t *ret_size);

#endif
