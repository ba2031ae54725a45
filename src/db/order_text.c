/* Cuts lists of names at their commas. */
#include "db/order_text.h"

ct_str ct_order_part(ct_str *rest)
{
    size_t depth = 0, at = 0;
    char quote = 0;
    if (!rest->data)
        return *rest;
    for (; at < rest->length; at++) {
        char ch = rest->data[at];
        if (quote)
            quote = ch == quote ? 0 : quote;
        else if (ch == '\'' || ch == '"')
            quote = ch;
        else if (ch == '(')
            depth++;
        else if (ch == ')' && depth)
            depth--;
        else if (ch == ',' && !depth)
            break;
    }
    ct_str part = ct_str_trim((ct_str){ rest->data, at });
    *rest = at < rest->length ? (ct_str){ rest->data + at + 1, rest->length - at - 1 } : (ct_str){ NULL, 0 };
    return part;
}
