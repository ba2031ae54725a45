/* Lists of names in text: "author, -published, (lower(title))". */
#ifndef CANTEEN_DB_ORDER_TEXT_H
#define CANTEEN_DB_ORDER_TEXT_H

#include "base/str.h"

/* Cuts the part before the first comma that is outside of parentheses and quotes off `*rest`, trimmed; the last part
 * leaves `*rest` with data == NULL. */
ct_str ct_order_part(ct_str *rest);

#endif
