/* Tables of Jinja templates and what they show, one engine for each table.
 *
 * What the templates show is what Jinja 3.1.2 shows; where the two differ on purpose, the test says so. */
#ifndef TEMPLATE_ROWS_H
#define TEMPLATE_ROWS_H

#include "rendered.h"

#include "base/common.h"

typedef struct row {
    const char *source, *expected;
} row;

/* What the text shows, with values; NULL with t->error filled. */
static inline const char *show_with(templates *t, const char *name, const char *source, const ct_kv *pairs,
                                    size_t count)
{
    t->options.language = CT_LANGUAGE_JINJA;
    return render_text(t, name, source, pairs, count);
}

/* Pages whose names end in .html are escaped, others are not. */
static inline void assert_rows(const char *name, const row *rows, size_t count)
{
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < count; i++) {
        const char *shows = show_with(&t, name, rows[i].source, NULL, 0);
        if (!shows || strcmp(shows, rows[i].expected) != 0)
            print_error("%s: %s\n", rows[i].source, shows ? "shows something else" : t.error.message);
        assert_non_null(shows);
        assert_string_equal(shows, rows[i].expected);
        ct_arena_reset(&t.arena);
    }
    templates_finish(&t);
}

static inline void assert_failures(const char *name, const row *rows, size_t count)
{
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < count; i++) {
        const char *shows = show_with(&t, name, rows[i].source, NULL, 0);
        if (shows)
            print_error("%s: shows '%s'\n", rows[i].source, shows);
        else if (strcmp(t.error.message, rows[i].expected) != 0)
            print_error("%s: fails with something else\n", rows[i].source);
        assert_null(shows);
        assert_string_equal(t.error.message, rows[i].expected);
        ct_arena_reset(&t.arena);
    }
    templates_finish(&t);
}

#endif
