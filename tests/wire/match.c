/* Comparing an answer, as far as it has come, with a pattern: text, {date}, {id} and {*}. */
#include "wire.h"

#include <ctype.h>
#include <string.h>

#define DATE_LENGTH 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */
#define ID_LENGTH 16

/* A run of `length` characters, each of which fits. */
static wire_match take_run(const char **at, const char *end, size_t length, bool (*fits)(char ch))
{
    for (size_t i = 0; i < length; i++, (*at)++) {
        if (*at == end)
            return WIRE_MORE;
        if (!fits(**at))
            return WIRE_DIFFERS;
    }
    return WIRE_MATCHES;
}

static bool fits_date(char ch)
{
    return isalnum((unsigned char)ch) || ch == ',' || ch == ' ' || ch == ':';
}

static bool fits_id(char ch)
{
    return isdigit((unsigned char)ch) || (ch >= 'a' && ch <= 'f');
}

static bool begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

wire_match wire_compare(const wire_bytes *pattern, const wire_bytes *got)
{
    const char *p = pattern->data, *p_end = p + pattern->length;
    const char *g = got->data, *g_end = g + got->length;
    while (p < p_end) {
        wire_match part = WIRE_MATCHES;
        if (begins(p, p_end, "{date}")) {
            part = take_run(&g, g_end, DATE_LENGTH, fits_date);
            p += 6;
        } else if (begins(p, p_end, "{id}")) {
            part = take_run(&g, g_end, ID_LENGTH, fits_id);
            p += 4;
        } else if (begins(p, p_end, "{*}")) {
            while (g < g_end && *g != '\r' && *g != '\n')
                g++;
            p += 3;
            if (g == g_end)
                return p == p_end ? WIRE_MATCHES : WIRE_MORE;
        } else {
            part = g == g_end ? WIRE_MORE : *g == *p ? WIRE_MATCHES : WIRE_DIFFERS;
            g++, p++;
        }
        if (part != WIRE_MATCHES)
            return part;
    }
    return g == g_end ? WIRE_MATCHES : WIRE_DIFFERS;
}
