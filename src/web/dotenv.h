/* The file .env: NAME=value lines, the common subset of what python-dotenv and its relatives read.
 *
 *     # a comment; blank lines are fine too, line ends are LF or CRLF
 *     NAME=value            the blanks around a value are not part of it; nor is a comment with a blank before its '#'
 *     export NAME=value     so that a shell can read the file as well
 *     NAME='as it stands'   of escapes only \\ and \' are read
 *     NAME="with escapes"   \n \r \t \\ \" \' are read; every other backslash stays as it is
 *     NAME=                 the empty text
 *
 * Names are letters, digits and '_', not with a digit in front; of a name that comes twice the last value counts. A
 * quoted value ends on its line. Variables ($NAME) are not expanded: '$' is a character like any other. */
#ifndef CANTEEN_WEB_DOTENV_H
#define CANTEEN_WEB_DOTENV_H

#include "base/arena.h"
#include "base/problems.h"
#include "base/str.h"

/* The largest file that is read. */
#define CT_DOTENV_BYTES (64 * 1024)

typedef struct ct_dotenv_item {
    const char *name, *value;
    unsigned line;
} ct_dotenv_item;

/* Zeroed memory is an empty file. */
typedef struct ct_dotenv {
    ct_dotenv_item *items; /* in the order of the file, each name once, where it came last */
    size_t count, capacity;
} ct_dotenv;

/* Reads `text`. A malformed line is an error "PATH:LINE: ..." and left out. Memory is the arena's, which has no
 * limit. */
void ct_dotenv_parse(ct_arena *arena, ct_str text, const char *path, ct_dotenv *ret, ct_problems *problems);
/* Reads a file; one that does not exist is empty. One that cannot be read, is no ordinary file or is over
 * CT_DOTENV_BYTES is an error. */
void ct_dotenv_load(ct_arena *arena, const char *path, ct_dotenv *ret, ct_problems *problems);

#endif
