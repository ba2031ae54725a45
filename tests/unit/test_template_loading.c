/* Templates over rows of a database: relations and columns that are not loaded yet are loaded for all rows at once. */
#include "database.h"

CT_MODEL_DECLARE(Writer);
CT_MODEL_DECLARE(Novel);
CT_MODEL(Writer, (text, name), (has_many, novels, Novel, writer), (options, .ordering = "id"));
CT_MODEL(Novel, (text, title), (decimal, price, .max_digits = 6, .decimal_places = 2),
         (ref, writer, Writer, .on_delete = CT_CASCADE), (options, .ordering = "id"));

static const ct_app app = { .name = "books", .models = MODELS(Writer, Novel) };

static void make_rows(ct *c)
{
    make_tables(c);
    for (int i = 1; i <= 3; i++) {
        Writer *writer = ct_create(c, Writer, .name = ct_printf(c, "W%d", i));
        for (int j = 1; j <= 2; j++)
            ct_create(c, Novel, .title = ct_printf(c, "N%d%d", i, j), .price = ct_decimal_make(100 * i + j, 2),
                      .writer_id = writer->id);
    }
}

static void each_relation_is_one_query(ct *c)
{
    make_rows(c);
    CT_CHECK_QUERIES(2)
    {
        ct_list(Novel) *novels = ct_select(c, Novel);
        assert_string_equal(
            ct_render_string(c, "{% for n in novels %}{{ n.title }} {{ n.writer.name }};{% endfor %}", V(novels)),
            "N11 W1;N12 W1;N21 W2;N22 W2;N31 W3;N32 W3;");
    }
    CT_CHECK_QUERIES(2)
    {
        ct_list(Writer) *writers = ct_select(c, Writer);
        assert_string_equal(ct_render_string(c,
                                             "{% for w in writers %}{{ w.name }}:{% for n in w.novels %} {{ n.price }}"
                                             "{% endfor %};{% endfor %}",
                                             V(writers)),
                            "W1: 1.01 1.02;W2: 2.01 2.02;W3: 3.01 3.02;");
    }
}

static void columns_left_out_are_one_query(ct *c)
{
    make_rows(c);
    CT_CHECK_QUERIES(2)
    {
        ct_list(Novel) *novels = ct_select(c, Novel, .only = "title");
        assert_string_equal(ct_render_string(c,
                                             "{% for n in novels %}{{ n.title }} {{ n.price }} {{ n.writer_id }};"
                                             "{% endfor %}",
                                             V(novels)),
                            "N11 1.01 1;N12 1.02 1;N21 2.01 2;N22 2.02 2;N31 3.01 3;N32 3.02 3;");
    }
}

static void test_templates_load_what_they_need(void **state)
{
    (void)state;
    on_databases(&app, each_relation_is_one_query);
    on_databases(&app, columns_left_out_are_one_query);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_templates_load_what_they_need) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
