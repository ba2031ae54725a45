/* The list of what `check` finds. Texts are copied; the order is that of finding. */
#include "base/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ct_problems_add(ct_problems *problems, ct_severity severity, const char *format, ...)
{
    if (problems->count == problems->capacity) {
        problems->capacity = problems->capacity ? 2 * problems->capacity : 8;
        problems->items = ct_xrealloc(problems->items, problems->capacity * sizeof *problems->items);
    }
    char *text;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        ct_die("out of memory");
    va_end(args);
    problems->items[problems->count++] = (ct_problem){ .severity = severity, .text = text };
    problems->errors += severity == CT_PROBLEM_ERROR;
}

void ct_problems_finish(ct_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->items[i].text);
    free(problems->items);
    *problems = (ct_problems){ 0 };
}
