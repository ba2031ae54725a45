/* Lists of names in text: "author, -published, (lower(title))". */
#ifndef CANTEEN_DB_ORDER_TEXT_H
#define CANTEEN_DB_ORDER_TEXT_H

#include "base/str.h"

/* Cuts the part before the first comma that is outside of parentheses and quotes off `*rest`, trimmed; the last part
 * leaves `*rest` with data == NULL. */
ct_str ct_order_part(ct_str *rest);

/* Cuts "nulls first" (-1) or "nulls last" (1) off; 0: neither. False: "first" or "last" without "nulls". */
bool ct_order_nulls(ct_str *text, int *ret_nulls);

#endif
