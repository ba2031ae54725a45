/* How the process ends when it cannot go on, and the allocators that end it so.
 *
 * ct_die() writes its line with one write(2) and allocates nothing: memory may be what is missing. It does not run the
 * atexit handlers, which belong to a program in order, but abort(), so that a core and the supervisor see what it
 * was. */
#include "base/common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ct_die(const char *format, ...)
{
    char line[512] = "canteen: ";
    size_t length = strlen(line);
    va_list args;
    va_start(args, format);
    int written = vsnprintf(line + length, sizeof(line) - length - 1, format, args);
    va_end(args);
    if (written > 0)
        length = CT_MIN(length + (size_t)written, sizeof(line) - 2);
    line[length++] = '\n';
    /* Nothing can be done about a standard error that takes no bytes. */
    ssize_t ignored = write(STDERR_FILENO, line, length);
    (void)ignored;
    abort();
}

void *ct_xmalloc(size_t size)
{
    void *block = malloc(size ? size : 1);
    if (!block)
        ct_die("out of memory: %zu bytes were asked for", size);
    return block;
}

void *ct_xcalloc(size_t count, size_t size)
{
    void *block = count && size ? calloc(count, size) : calloc(1, 1);
    if (!block)
        ct_die("out of memory: %zu times %zu bytes were asked for", count, size);
    return block;
}

void *ct_xrealloc(void *block, size_t size)
{
    void *moved = realloc(block, size ? size : 1);
    if (!moved)
        ct_die("out of memory: %zu bytes were asked for", size);
    return moved;
}

char *ct_xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(ct_xmalloc(size), text, size);
}
