/* A program with models, for tests of the commands that work with databases. `tables` makes what migrations would. */
#include "canteen.h"
#include "db/ddl.h"

#include <stdio.h>

CT_MODEL_DECLARE(Tag);
CT_MODEL_DECLARE(Book);

CT_MODEL(Country, (text, code, .max_length = 2, .unique = true), (options, .natural_key = "code"));
CT_MODEL(Author, (text, name, .max_length = 50), (ref, country, Country, .on_delete = CT_PROTECT, .null = true),
         (has_many, books, Book, author), (options, .natural_key = "name, country"));
CT_MODEL(Book, (text, title, .max_length = 100, .db_default = "'untitled'"),
         (ref, author, Author, .on_delete = CT_CASCADE), (ref, sequel, Book, .null = true, .on_delete = CT_SET_NULL),
         (many_to_many, tags, Tag), (integer, pages, .null = true), (date, published, .null = true),
         (integer, doubled, .generated = "pages * 2", .null = true),
         (options, .ordering = "title", .indexes = INDEXES(INDEX("author, -pages")),
          .checks = CHECKS(CHECK("pages_positive", "pages > 0"))));
CT_TABLE(Tag, (text, word, .primary_key = true, .max_length = 30));
CT_TABLE(Pair, (integer, a, .primary_key = true), (text, b, .primary_key = true), (real, weight, .default_value = "1"));
CT_MODEL(Kinds, (text, a, .null = true), (email, b, .null = true), (integer, h, .null = true), (real, i, .null = true),
         (decimal, j, .null = true, .max_digits = 20, .decimal_places = 4), (boolean, k, .null = true),
         (datetime, l, .null = true), (date, m, .null = true), (time, n, .null = true), (duration, o, .null = true),
         (uuid, p, .null = true), (json, q, .null = true), (binary, r, .null = true), (array, s, text, .null = true),
         (array, t, decimal, .null = true));
CT_TABLE(Event, (uuid, key, .primary_key = true, .uuid_v7 = true), (text, name));
CT_MODEL(Visit, (ref_uuid, event, Event, .on_delete = CT_CASCADE),
         (one_to_one_text, tag, Tag, .on_delete = CT_CASCADE));

static int make_tables(ct *c)
{
    ct_error error;
    if (ct_ddl_create_all(c, NULL, &error))
        return 0;
    fprintf(stderr, "%s\n", error.message);
    return 1;
}

/* Many rows. */
static int fill(ct *c)
{
    Author *author = ct_create(c, Author, .name = "Many");
    ct_sql_run(c,
               "insert into library_book (title, author_id, pages) with recursive n(i) as (select 1 union all select "
               "i + 1 from n where i < ?) select 'Book', ?, i from n",
               ARGS(ct_option_int(c, "count"), author->id));
    return 0;
}

CT_TEST(passes)
{
    ct_create(c, Tag, .word = "one");
    CT_CHECK_EQ(ct_count(c, Tag), 1);
}

CT_TEST(waits)
{
    ct_sleep(c, CT_HOUR);
}

static const ct_app library = {
    .name = "library",
    .models = MODELS(Author, Country, Book, Tag, Pair, Kinds, Visit, Event),
    .tests = TESTS(&passes, &waits),
    .commands = COMMANDS(COMMAND("tables", make_tables),
                         COMMAND("fill", fill, .options = OPTIONS(ARGUMENT("count", .type = CT_INTEGER)))),
};

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &library);
}
