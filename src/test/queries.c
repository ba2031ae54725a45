/* CT_CHECK_QUERIES: counting the statements of a block. What is counted is the whole process, for a test has one to
 * itself. */
#include "canteen/test.h"

#include "canteen/work.h"
#include "db/session.h"

#include <stdlib.h>

struct ct_query_check {
    ct *c;
    const char *file;
    int line;
    size_t wanted, before, text_before;
    bool outermost, done;
};

static void stop_recording(void)
{
    ct_buffer_finish(&ct_db_recording->text);
    free(ct_db_recording);
    ct_db_recording = NULL;
}

/* The block was left by an abort. */
static void forget(void *arg)
{
    const ct_query_check *check = arg;
    if (!check->done && check->outermost)
        stop_recording();
}

ct_query_check *ct_test_queries(ct *c, const char *file, int line, size_t count)
{
    ct_query_check *check = ct_alloc(c, sizeof(*check));
    *check = (ct_query_check){ .c = c, .file = file, .line = line, .wanted = count };
    if (!ct_db_recording) {
        ct_db_recording = ct_xcalloc(1, sizeof(*ct_db_recording));
        check->outermost = true;
    }
    check->before = ct_db_recording->count;
    check->text_before = ct_db_recording->text.length;
    ct_defer(c, forget, check);
    return check;
}

void ct_test_queries_end(ct_query_check **place)
{
    ct_query_check *check = *place;
    if (!check)
        return;
    *place = NULL;
    check->done = true;
    size_t count = ct_db_recording->count - check->before;
    const char *text = count == check->wanted
                           ? NULL
                           : ct_strdup(check->c, ct_buffer_text(&ct_db_recording->text) + check->text_before);
    if (check->outermost)
        stop_recording();
    if (count != check->wanted)
        ct_test_fail_at(check->c, check->file, check->line, "CT_CHECK_QUERIES(%zu): %zu were sent%s%s", check->wanted,
                        count, count ? ":" : "", text);
}
