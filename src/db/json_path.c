/* Paths into JSON: "author.names[0]". A name is anything but '.', '[' and ']'. */
#include "base/common.h"
#include "base/str.h"
#include "db/dialect.h"

static bool wrong(const char **at)
{
    *at = NULL;
    return false;
}

static bool read_index(const char **at, size_t *ret_index)
{
    size_t digits = strspn(*at + 1, "0123456789");
    int64_t index;
    if (!digits || (*at)[1 + digits] != ']' || !ct_str_to_int64((ct_str){ *at + 1, digits }, &index) ||
        index > INT32_MAX)
        return wrong(at);
    *ret_index = (size_t)index;
    *at += digits + 2;
    return true;
}

bool ct_json_path_next(const char **at, ct_str *ret_key, size_t *ret_index, bool *ret_is_index)
{
    if (!**at)
        return false;
    *ret_is_index = **at == '[';
    if (*ret_is_index) {
        if (!read_index(at, ret_index))
            return false;
    } else {
        size_t length = strcspn(*at, ".[]");
        if (!length)
            return wrong(at);
        *ret_key = (ct_str){ *at, length };
        *at += length;
    }
    if (**at == '.' && (*at)[1] && (*at)[1] != '[')
        (*at)++;
    else if (**at && **at != '[')
        return wrong(at);
    return true;
}
