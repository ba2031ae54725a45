/* Cuts lists of names at their commas, and what is said of NULLs off a name. */
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

/* Cuts the last word off. */
static bool cut_word(ct_str *text, const char *word)
{
    size_t length = strlen(word);
    if (text->length <= length || text->data[text->length - length - 1] != ' ' ||
        !ct_str_eq_nocase((ct_str){ text->data + text->length - length, length }, ct_str_of(word)))
        return false;
    *text = ct_str_trim((ct_str){ text->data, text->length - length });
    return true;
}

bool ct_order_nulls(ct_str *text, int *ret_nulls)
{
    *ret_nulls = cut_word(text, "first") ? -1 : cut_word(text, "last") ? 1 : 0;
    return !*ret_nulls || cut_word(text, "nulls");
}
