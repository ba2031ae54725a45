/* Whatever is typed at the prompt of `query` is a query or is refused: with one line of a message, and a place within
 * the line. */
#define CT_NO_SHORT_NAMES /* CHECK is this file's own */
#include "canteen.h"
#include "check.h"
#include "db/ask.h"

#include <stdlib.h>
#include <string.h>

CT_MODEL_DECLARE(Tag);
CT_MODEL_DECLARE(Post);
CT_MODEL(Author, (text, name), (has_many, posts, Post, author));
CT_MODEL(Post, (ref, author, Author, .on_delete = CT_CASCADE), (text, title), (integer, views, .null = true),
         (datetime, published), (decimal, price), (boolean, pinned), (json, data), (array, words, text),
         (duration, took), (real, score), (time, at), (date, day), (uuid, key), (binary, digest),
         (many_to_many, tags, Tag));
CT_TABLE(Tag, (text, word, .primary_key = true), (has_many, posts, Post, tags));

static const ct_graph_app app = { .name = "blog", .models = CT_MODELS(Author, Post, Tag) };
static ct_graph graph;

static void make_graph(void)
{
    static ct_arena arena;
    ct_problems problems = { 0 };
    ct_arena_init(&arena, NULL, 0);
    FUZZ_CHECK(ct_graph_build(&graph, &app, 1, &arena, &problems));
    ct_problems_finish(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!graph.table_count)
        make_graph();
    char *line = malloc(size + 1); /* not longer, so that what reads beyond is found */
    memcpy(line, data, size);
    line[size] = '\0';
    ct_arena arena;
    ct_ask ask;
    ct_error error;
    ct_arena_init(&arena, NULL, 0);
    if (ct_ask_read(&graph, &arena, line, &ask, &error)) {
        FUZZ_CHECK(ask.table && ask.query && ask.fields && *ask.fields);
    } else {
        FUZZ_CHECK(error.message[0] && (strchr(line, '\n') || !strchr(error.message, '\n')));
        FUZZ_CHECK(ask.at <= strlen(line));
    }
    ct_arena_finish(&arena);
    free(line);
    return 0;
}
