/* Cleaning the names of files. The text is UTF-8 already; nothing here normalizes it, so two names that look the same
 * may be different ones. */
#include "proto/filename.h"

/* ---- single characters ---- */

/* The character at the start of valid UTF-8, and its bytes. */
static uint32_t character(ct_str text, size_t *ret_length)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    uint32_t code = length == 1 ? at[0] : at[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3Fu);
    *ret_length = length;
    return code;
}

/* Controls, marks that turn the direction of text (a name reads backwards then: "gpj.exe"), ends of lines, and the byte
 * order mark. */
static bool is_dropped(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

/* ---- whole names ---- */

static ct_str last_segment(ct_str name)
{
    size_t start = name.length;
    while (start && name.data[start - 1] != '/' && name.data[start - 1] != '\\')
        start--;
    return (ct_str){ name.data + start, name.length - start };
}

static ct_str without_dots_and_blanks(ct_str name)
{
    while (name.length && (name.data[0] == '.' || name.data[0] == ' '))
        name = (ct_str){ name.data + 1, name.length - 1 };
    while (name.length && (name.data[name.length - 1] == '.' || name.data[name.length - 1] == ' '))
        name.length--;
    return name;
}

/* Windows opens the device whatever the ending: "nul.txt". */
static bool is_device(ct_str name)
{
    static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
    static const char *const numbered[] = { "COM", "LPT" };
    const char *dot = memchr(name.data, '.', name.length);
    if (dot)
        name.length = (size_t)(dot - name.data);
    while (name.length && name.data[name.length - 1] == ' ')
        name.length--;
    for (size_t i = 0; i < CT_COUNT(devices); i++)
        if (ct_str_eq_nocase(name, ct_str_of(devices[i])))
            return true;
    if (name.length < 4)
        return false;
    ct_str word = { name.data, 3 }, number = { name.data + 3, name.length - 3 };
    for (size_t i = 0; i < CT_COUNT(numbered); i++)
        if (ct_str_eq_nocase(word, ct_str_of(numbered[i])))
            return (number.length == 1 && number.data[0] >= '0' && number.data[0] <= '9') ||
                   ct_str_eq(number, CT_STR("\xC2\xB9")) || ct_str_eq(number, CT_STR("\xC2\xB2")) ||
                   ct_str_eq(number, CT_STR("\xC2\xB3"));
    return false;
}

size_t ct_filename_stem(ct_str name)
{
    ct_str segment = last_segment(name);
    size_t first = 0, before = name.length - segment.length;
    while (first < segment.length && segment.data[first] == '.')
        first++;
    for (size_t i = segment.length; i > first; i--)
        if (segment.data[i - 1] == '.')
            return before + i - 1;
    return name.length;
}

size_t ct_filename_cut(ct_str text, size_t most)
{
    if (text.length <= most)
        return text.length;
    while (most && (text.data[most] & 0xC0) == 0x80)
        most--;
    return most;
}

/* Shortens a name in its place to `most` bytes; the ending stays unless it is all of them. */
static ct_str shorten(char *out, ct_str name, size_t most)
{
    if (name.length <= most)
        return name;
    size_t stem = ct_filename_stem(name), ending = name.length - stem;
    if (ending >= most)
        return without_dots_and_blanks((ct_str){ name.data, ct_filename_cut(name, most) });
    size_t kept = ct_filename_cut(name, most - ending);
    char *start = out + (name.data - out);
    memmove(start + kept, start + stem, ending);
    return without_dots_and_blanks((ct_str){ name.data, kept + ending });
}

size_t ct_filename_clean(char *out, ct_str sent)
{
    ct_str segment = last_segment(sent);
    char *to = out;
    for (size_t length; segment.length; segment = (ct_str){ segment.data + length, segment.length - length }) {
        uint32_t code = character(segment, &length);
        if (is_dropped(code))
            continue;
        memcpy(to, segment.data, length);
        if (code < 0x80 && strchr("<>:\"|?*", (int)code))
            *to = '_';
        to += length;
    }
    ct_str name = without_dots_and_blanks((ct_str){ out, (size_t)(to - out) });
    name = shorten(out, name, CT_FILENAME_MOST);
    bool device = is_device(name); /* it may have become one by that */
    name = shorten(out, name, CT_FILENAME_MOST - device);
    if (!name.length)
        name = CT_STR("file");
    memmove(out + device, name.data, name.length);
    if (device)
        out[0] = '_';
    out[name.length + device] = '\0';
    return name.length + device;
}
