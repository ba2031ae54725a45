/* Pages made of templates: a layout that others extend, macros, a page in Django's language, a filter, a function and a
 * test of the app, a context processor, a form that comes back with its error. Run it with
 * `templates run --reload-templates` from the project's root, open http://127.0.0.1:8000/ and edit
 * examples/templates/templates while it runs. */
#include <canteen.h>

#include <ctype.h>
#include <string.h>

extern const ct_files template_files; /* written by `canteen embed`, see meson.build */

typedef struct book {
    int64_t id;
    const char *title, *author;
    int64_t year;
    double price;
} book;

static const book books[] = {
    { 1, "The C Programming Language", "Brian Kernighan & Dennis Ritchie", 1978, 39.5 },
    { 2, "Structure and Interpretation of Computer Programs", "Harold Abelson", 1985, 0 },
    { 3, "A <Book> with \"Markup\"", "O'Reilly", 2024, 12.25 },
};
static const size_t book_count = sizeof(books) / sizeof(*books);

/* What a template sees of a book. */
static ct_map *book_value(ct *c, const book *b)
{
    return ct_object(c, KV("id", b->id), KV("title", b->title), KV("author", b->author), KV("year", b->year),
                     KV("price", b->price));
}

/* ---- pages ---- */

/* All books, or those with the word of ?q= in their title. */
static ct_response *list(ct *c)
{
    const char *q = ct_query(c, "q");
    ct_array *found = ct_array_new(c);
    for (size_t i = 0; i < book_count; i++)
        if (!q || strstr(books[i].title, q))
            ct_array_add(found, book_value(c, &books[i]));
    return ct_render(c, "books/list.html", KV("books", found), V(q));
}

static ct_response *detail(ct *c)
{
    int64_t id = ct_path_int(c, "id");
    for (size_t i = 0; i < book_count; i++)
        if (books[i].id == id)
            return ct_render(c, "books/detail.html", KV("book", book_value(c, &books[i])));
    ct_abort(c, 404, "there is no book %" PRId64, id);
}

/* A page in Django's language, from the same folder, with the same layout. */
static ct_response *about(ct *c)
{
    ct_array *authors = ct_array_new(c);
    for (size_t i = 0; i < book_count; i++)
        ct_array_add(authors, books[i].author);
    return ct_render(c, "about.html", V(authors), KV("opened", ct_datetime(1763683200 * CT_SECOND)));
}

/* The form again, with its error and what was typed; else the text of the mail that would be sent. */
static ct_response *order(ct *c)
{
    const char *name = ct_form(c, "name");
    if (!strcmp(ct_method(c), "GET"))
        return ct_render(c, "order.html");
    if (!name || !*name)
        return ct_status(ct_render(c, "order.html", KV("error", "Say who you are.")), 422);
    return ct_text(c, ct_render_text(c, "mail.txt", V(name), KV("count", (int64_t)book_count)));
}

static ct_response *not_found(ct *c)
{
    return ct_render(c, "404.html", KV("message", ct_error_message(c)));
}

/* ---- what templates may call ---- */

/* {{ book.author|initials }}: the first letters of the words, at most as many as asked for. */
static ct_value initials(ct *c, const ct_value *args)
{
    int64_t most = args[1].type == CT_VALUE_NULL ? 2 : args[1].integer;
    char *letters = ct_strdup(c, args[0].text), *to = letters;
    bool inside = false;
    for (const char *at = args[0].text; *at && to - letters < most; at++) {
        bool letter = isalpha((unsigned char)*at) != 0;
        if (letter && !inside)
            *to++ = (char)toupper((unsigned char)*at);
        inside = letter || *at == '\'';
    }
    *to = '\0';
    return CT_VALUE(letters);
}

/* {{ stars(4) }}: markup, hence ct_safe(). */
static ct_value stars(ct *c, const ct_value *args)
{
    int64_t count = args[0].integer < 0 ? 0 : args[0].integer > 5 ? 5 : args[0].integer;
    const char *text = ct_printf(c, "%.*s", (int)count, "*****");
    return ct_safe(ct_printf(c, "<span class=\"stars\">%s</span>", text));
}

/* {% if book.price is free %} */
static ct_value is_free(ct *c, const ct_value *args)
{
    (void)c;
    return CT_VALUE(args[0].real <= 0);
}

/* Every page has these. */
static void add_site(ct *c, ct_map *context)
{
    ct_map_set(context, "site_name", "Corner Books");
    ct_map_set(context, "visitor", ct_cookie(c, "name"));
}

/* clang-format off */
static const ct_app books_app = {
    .name   = "books",
    .routes = ROUTES(
        GET("/",         list),
        GET("/<int:id>", detail)),
};

static const ct_app app = {
    .name           = "templates",
    .version        = CT_VERSION,
    .routes         = ROUTES(
        MOUNT("/books",  &books_app),
        GET("/",         about, .name = "home"),
        ANY("/order",    order, .methods = "GET, POST")),
    .errors         = ERRORS({ 404, not_found }),
    .templates      = "examples/templates/templates",
    .embedded       = &template_files,
    .filters        = FILTERS(FILTER("initials", initials, "text name, int most=")),
    .functions      = FUNCTIONS(FUNCTION("stars", stars, "int count")),
    .template_tests = TEMPLATE_TESTS(TEMPLATE_TEST("free", is_free, "real price")),
    .context        = CONTEXT(add_site),
};
/* clang-format on */

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
