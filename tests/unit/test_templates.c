/* Templates in apps: where they are found, what pages they become, and what is kept between pages. What functions of
 * apps are given and what pages see of the request is in test_template_values.c; the language itself elsewhere. */
#include "templated.h"

#include "web/template_loader.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

static char folder[] = "/tmp/canteen-templates.XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/* As another file in its place, so that the change shows whatever the clock says. */
static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_folder("temporary"), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(in_folder("temporary"), in_folder(name)), 0);
}

static void put_folder(const char *name)
{
    assert_int_equal(mkdir(in_folder(name), 0755), 0);
}

static void drop(const char *name)
{
    assert_int_equal(remove(in_folder(name)), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* fails when a test left something */
}

static const ct_app plain_app = { .name = "plain" };

/* ---- where templates come from ---- */

#define EMBEDDED(path, text)                                                                                           \
    {                                                                                                                  \
        path, text, sizeof(text) - 1, "0"                                                                              \
    }

static const ct_embedded embedded_items[] = {
    EMBEDDED("a.html", "embedded a {{ x }}"),
    EMBEDDED("b/c.html", "embedded c"),
};
static const ct_files embedded = { embedded_items, 2 };

static void files_are_found_by_path(void **state)
{
    (void)state;
    assert_ptr_equal(ct_files_find(&embedded, "a.html"), &embedded_items[0]);
    assert_ptr_equal(ct_files_find(&embedded, "b/c.html"), &embedded_items[1]);
    assert_null(ct_files_find(&embedded, "b"));
    assert_null(ct_files_find(&embedded, ""));
    assert_null(ct_files_find(&embedded, "z"));
    assert_null(ct_files_find(&(ct_files){ NULL, 0 }, "a.html"));
}

static void with_user_folder(ct_config *config)
{
    static char folders[600];
    snprintf(folders, sizeof(folders), "%s/missing, %s/user", folder, folder);
    config->template_folders = folders;
}

static void with_reload(ct_config *config)
{
    with_user_folder(config);
    config->reload_templates = true;
}

static void the_users_folder_goes_first_then_the_apps(void **state)
{
    (void)state;
    char root[512], inner[512];
    snprintf(root, sizeof(root), "%s", in_folder("root"));
    snprintf(inner, sizeof(inner), "%s", in_folder("inner"));
    const ct_app inner_app = { .name = "inner", .templates = inner };
    const ct_app last = { .name = "last", .embedded = &embedded };
    const ct_app app = { .name = "root",
                         .templates = root,
                         .routes = ROUTES(MOUNT("/i", &inner_app), MOUNT("/l", &last)) };
    static const char *const folders[] = { "user", "root", "inner" };
    static const char *const files[] = { "user/1.html",  "root/1.html",  "inner/1.html", "root/2.html",
                                         "inner/2.html", "inner/3.html", "inner/a.html" };
    for (size_t i = 0; i < CT_COUNT(folders); i++)
        put_folder(folders[i]);
    for (size_t i = 0; i < CT_COUNT(files); i++)
        put(files[i], files[i]);
    made_site m;
    ct *c = open_good(&m, &app, NULL, with_user_folder);
    assert_string_equal(shown_file(c, "1.html"), "user/1.html");
    assert_string_equal(shown_file(c, "2.html"), "root/2.html");
    assert_string_equal(shown_file(c, "3.html"), "inner/3.html");
    assert_string_equal(shown_file(c, "a.html"), "inner/a.html");
    assert_string_equal(shown_file(c, "b/c.html"), "embedded c");
    close_made(&m);
    for (size_t i = 0; i < CT_COUNT(files); i++)
        drop(files[i]);
    for (size_t i = 0; i < CT_COUNT(folders); i++)
        drop(folders[i]);
}

static void embedded_files_are_used_unless_reloading_finds_the_folder(void **state)
{
    (void)state;
    char root[512];
    snprintf(root, sizeof(root), "%s", in_folder("root"));
    const ct_app app = { .name = "root", .templates = root, .embedded = &embedded };
    made_site m;
    ct *c = open_good(&m, &app, NULL, with_reload); /* no folder: embedded all the same */
    assert_string_equal(shown_file(c, "a.html", KV("x", 1)), "embedded a 1");
    close_made(&m);
    put_folder("root"), put("root/a.html", "folder a");
    c = open_good(&m, &app, NULL, NULL);
    assert_string_equal(shown_file(c, "a.html", KV("x", 1)), "embedded a 1");
    close_made(&m);
    c = open_good(&m, &app, NULL, with_reload);
    assert_string_equal(shown_file(c, "a.html", KV("x", 1)), "folder a");
    assert_aborts(c, 500, "there is no template 'b/c.html'", ct_render_text(c, "b/c.html"));
    close_made(&m);
    drop("root/a.html"), drop("root");
}

static void a_folder_that_is_not_there_is_a_problem(void **state)
{
    (void)state;
    const ct_app app = { .name = "root", .templates = "no/such/folder" };
    assert_problems(&app,
                    "error: the app root has its templates in \"no/such/folder\", which is no folder here: start the "
                    "program where it is one, or embed them\n");
}

static void no_name_leads_out_of_its_folder(void **state)
{
    (void)state;
    char root[512], wanted[600];
    snprintf(root, sizeof(root), "%s", in_folder("root"));
    const ct_app app = { .name = "root", .templates = root };
    put_folder("root"), put_folder("root/sub"), put("secret.html", "secret"), put("root/a.html", "a");
    assert_int_equal(symlink("../secret.html", in_folder("root/out.html")), 0);
    assert_int_equal(symlink("a.html", in_folder("root/in.html")), 0);
    made_site m;
    ct *c = open_good(&m, &app, NULL, NULL);
    assert_string_equal(shown_file(c, "in.html"), "a");
    snprintf(wanted, sizeof(wanted), "%s/out.html is a link that leads out of its folder", root);
    assert_aborts(c, 500, wanted, ct_render_text(c, "out.html"));
    assert_aborts(c, 500, "there is no template '../secret.html'", ct_render_text(c, "../secret.html"));
    assert_aborts(c, 500, "there is no template 'sub/../../secret.html'", ct_render_text(c, "sub/../../secret.html"));
    assert_aborts(c, 500, "there is no template 'sub'", ct_render_text(c, "sub"));
    assert_aborts(c, 500, "there is no template ''", ct_render_text(c, ""));
    snprintf(wanted, sizeof(wanted), "%s/secret.html", folder);
    const char *absolute = ct_printf(c, "there is no template '%s'", wanted);
    assert_aborts(c, 500, absolute, ct_render_text(c, wanted));
    assert_aborts(c, 500, "there is no template 'b.html'", ct_render_text(c, "b.html"));
    close_made(&m);
    drop("root/out.html"), drop("root/in.html"), drop("root/a.html"), drop("root/sub");
    drop("secret.html"), drop("root");
}

static void add_line(void *arg, const char *name)
{
    ct_buffer_printf(arg, "%s\n", name);
}

static void the_loader_lists_what_can_be_a_template(void **state)
{
    (void)state;
    put_folder("user"), put_folder("user/b");
    put("user/z.html", ""), put("user/b/c.txt", ""), put("user/.hidden", ""), put("user/old.html~", "");
    assert_int_equal(symlink("b", in_folder("user/link")), 0);
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_template_places places = { .arena = &arena };
    ct_template_places_add(&places, in_folder("user"), NULL);
    ct_template_places_add(&places, "", &embedded);
    ct_loader loader = ct_template_places_loader(&places);
    ct_buffer text = { 0 };
    loader.list(loader.user, add_line, &text);
    assert_string_equal(ct_buffer_text(&text), "b/c.txt\nz.html\na.html\nb/c.html\n");
    ct_buffer_finish(&text);
    ct_arena_finish(&arena);
    drop("user/z.html"), drop("user/b/c.txt"), drop("user/.hidden"), drop("user/old.html~"), drop("user/link");
    drop("user/b"), drop("user");
}

static void the_stamp_changes_with_files_and_folders(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_template_places places = { .arena = &arena };
    ct_template_places_add(&places, ct_arena_printf(&arena, "%s/user", folder), NULL);
    uint64_t stamps[8];
    size_t count = 0;
    stamps[count++] = ct_template_places_stamp(&places); /* no folder yet */
    put_folder("user");
    stamps[count++] = ct_template_places_stamp(&places);
    put("user/a.html", "one");
    stamps[count++] = ct_template_places_stamp(&places);
    put("user/a.html", "two");
    stamps[count++] = ct_template_places_stamp(&places);
    put_folder("user/b");
    stamps[count++] = ct_template_places_stamp(&places);
    put("user/b/c.html", "");
    stamps[count++] = ct_template_places_stamp(&places);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(stamps[i] != stamps[j]);
    assert_true(stamps[count - 1] == ct_template_places_stamp(&places));
    ct_arena_finish(&arena);
    drop("user/b/c.html"), drop("user/b"), drop("user/a.html"), drop("user");
}

/* ---- pages ---- */

static const ct_embedded page_items[] = {
    EMBEDDED("base.html", "<{% block a %}base{% endblock %}>"),
    EMBEDDED("broken.html", "\n{{ a.b }}"),
    EMBEDDED("data.json", "{{ x|tojson }}"),
    EMBEDDED("page.html", "{% extends 'base.html' %}{% block a %}{{ x }}{% endblock %}"),
    EMBEDDED("part.html", "{% partialdef p %}[{{ x }}]{% endpartialdef %}page"),
    EMBEDDED("picture.svg", "<svg>{{ x }}</svg>"),
    EMBEDDED("strange.ending", "{{ x }}"),
    EMBEDDED("text.txt", "{{ x }}"),
};
static const ct_files page_files = { page_items, CT_COUNT(page_items) };
static const ct_app page_app = { .name = "page", .embedded = &page_files };

static void assert_page(ct *c, const char *name, const char *type, const char *body)
{
    const ct_response *r = ct_render(c, name, KV("x", "<&"));
    assert_string_equal(ct_response_header(r, "Content-Type"), type);
    assert_int_equal(r->body.length, strlen(body));
    assert_memory_equal(r->body.data, body, strlen(body));
    assert_int_equal(ct_response_status(r), 200);
}

static void the_ending_decides_on_type_and_escaping(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", NULL);
    assert_page(c, "page.html", "text/html; charset=utf-8", "<&lt;&amp;>");
    assert_page(c, "picture.svg", "image/svg+xml", "<svg>&lt;&amp;</svg>");
    assert_page(c, "text.txt", "text/plain; charset=utf-8", "<&");
    assert_page(c, "strange.ending", "text/plain; charset=utf-8", "<&");
    assert_page(c, "data.json", "application/json", "\"\\u003c\\u0026\"");
    close_made(&m);
}

static void a_partial_is_escaped_as_its_page(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", NULL);
    assert_page(c, "part.html#p", "text/html; charset=utf-8", "[&lt;&amp;]");
    close_made(&m);
}

static void a_template_can_be_a_text(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, NULL, NULL);
    assert_string_equal(shown(c, "{{ a }} {{ b }}", KV("a", "<"), KV("b", ct_safe("<"))), "&lt; <");
    assert_string_equal(shown(c, "{% extends 'base.html' %}{% block a %}{{ x }}{% endblock %}", KV("x", 1)), "<1>");
    assert_string_equal(shown(c, ""), "");
    assert_string_equal(shown_file(c, "text.txt", KV("x", "")), "");
    close_made(&m);
}

static void a_mistake_is_told_with_its_place(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, NULL, NULL);
    assert_aborts(c, 500, "there is no template 'pages.html'; did you mean 'page.html'?",
                  ct_render_text(c, "pages.html"));
    assert_aborts(c, 500, "ct_render() was given NULL instead of text", ct_render(c, NULL));
    assert_aborts(c, 500,
                  "<string>.html:2:8: 'a' is undefined (read as Jinja's: setting template_language) | {{ a.b }}",
                  ct_render_string(c, "\n  {{ a.b }}"));
    assert_aborts(c, 500, "<string>.html:1:6: unknown filter 'uper'; did you mean 'upper'? | {{ a|uper }}",
                  ct_render_string(c, "{{ a|uper }}"));
    assert_aborts(c, 500,
                  "broken.html:2:6: 'a' is undefined (read as Jinja's: setting template_language) | {{ a.b }} | "
                  "included by <string>.html:1",
                  ct_render_string(c, "{% include 'broken.html' %}"));
    close_made(&m);
}

static void small_limits(ct_config *config)
{
    config->template_max_output = 1024;
    config->template_max_iterations = 100;
    config->template_max_depth = 3;
}

static void pages_have_limits(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, NULL, small_limits);
    assert_int_equal(strlen(shown(c, "{{ 'x' * 1024 }}")), 1024);
    assert_aborts(
        c, 500,
        "<string>.html:1:8: the page is longer than 1024 bytes (setting template_max_output) | {{ 'x' * 1025 }}",
        ct_render_string(c, "{{ 'x' * 1025 }}"));
    assert_string_equal(shown(c, "{% for i in range(100) %}{% endfor %}"), "");
    assert_aborts(c, 500,
                  "<string>.html:1:18: more than 100 iterations (setting template_max_iterations) | "
                  "{% for i in range(101) %}{% endfor %}",
                  ct_render_string(c, "{% for i in range(101) %}{% endfor %}"));
    c->arena->limit = ct_arena_used(c->arena) + 4096; /* and a mistake is still told when memory has run out */
    assert_aborts(c, 500,
                  "<string>.html:1:9: the page takes more memory than it may (setting request_memory) | "
                  "{{ ('x' * 100000)|length }}",
                  ct_render_string(c, "{{ ('x' * 100000)|length }}"));
    c->arena->limit = 0;
    close_made(&m);
}

static void names_that_are_not_given(ct_config *config)
{
    config->template_undefined = 1;
}

static void marked(ct_config *config)
{
    config->template_string_if_invalid = "[%s?]";
    config->template_language = CT_LANGUAGE_DJANGO;
    config->template_trim_blocks = true;
}

static void settings_reach_the_language(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &plain_app, NULL, NULL);
    assert_string_equal(shown(c, "{{ a }}{% if 1 %}\nx{% endif %}\n"), "\nx");
    close_made(&m);
    c = open_good(&m, &plain_app, NULL, names_that_are_not_given);
    assert_aborts(c, 500, "<string>.html:1:4: 'a' is undefined | {{ a }}", ct_render_string(c, "{{ a }}"));
    close_made(&m);
    c = open_good(&m, &plain_app, NULL, marked);
    assert_string_equal(shown(c, "{{ a }}{% if 1 %}\nx{% endif %}\n"), "[a?]\nx\n");
    close_made(&m);
}

/* ---- what is kept ---- */

static void buffers_are_used_again(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, NULL, NULL);
    const ct_response *first = ct_render(c, "text.txt", KV("x", "one")),
                      *second = ct_render(c, "text.txt", KV("x", "two"));
    assert_memory_equal(first->body.data, "one", 3); /* each until the request ends */
    assert_memory_equal(second->body.data, "two", 3);
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 0);
    ct_render_text(c, "text.txt", KV("x", "three"));
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 1); /* a text is copied at once */
    ct_run_deferred(c, NULL);
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 3);
    const char *data = ct_render(c, "text.txt", KV("x", "four"))->body.data;
    ct_run_deferred(c, NULL);
    assert_ptr_equal(ct_render(c, "text.txt", KV("x", "five"))->body.data, data);
    for (int i = 0; i < 10; i++)
        ct_render(c, "text.txt", KV("x", "six"));
    ct_run_deferred(c, NULL);
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 8); /* and no more */
    close_made(&m);
}

static void large_output(ct_config *config)
{
    config->template_max_output = 16 << 20;
}

static void large_buffers_are_not_kept(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, NULL, large_output);
    assert_int_equal(strlen(shown(c, "{{ 'x' * n }}", KV("n", 3 << 20))), 3 << 20);
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 0);
    assert_int_equal(strlen(shown(c, "{{ 'x' * n }}", KV("n", 100))), 100);
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 1);
    close_made(&m);
}

static void a_failed_page_gives_its_buffer_back_whole(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &page_app, NULL, small_limits);
    assert_int_equal(shown(c, "{{ 'x' * 100000 }}")[0], '!');
    assert_int_equal(ct_templates_count(m.site.templates).spare_buffers, 1);
    m.site.config.template_max_output = 100000; /* the limit of the page before is not left on the buffer */
    assert_int_equal(strlen(shown(c, "{{ 'y' * 100000 }}")), 100000);
    close_made(&m);
}

static void texts_as_templates_take_bounded_memory(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &plain_app, NULL, NULL);
    ct_render_string(c, "once");
    ct_render_string(c, "once");
    const char *filler = ct_render_string(c, "{{ 'x' * 10000 }}");
    for (int i = 0; i < 1000; i++)
        ct_render_string(c, ct_printf(c, "%s %d", filler, i));
    ct_templates_counts counts = ct_templates_count(m.site.templates);
    assert_int_equal(counts.engines, 1);
    assert_in_range(counts.engines_made, 3, 50); /* 10 MB of sources in engines of 4 MB */
    close_made(&m);
}

/* ---- changes ---- */

static void a_changed_template_is_read_anew(void **state)
{
    (void)state;
    made_site m;
    put_folder("user"), put("user/a.html", "one");
    ct *c = open_good(&m, &plain_app, NULL, with_reload);
    assert_string_equal(shown_file(c, "a.html"), "one");
    put("user/a.html", "two");
    usleep(120 * 1000);
    assert_string_equal(shown_file(c, "a.html"), "two");
    drop("user/a.html");
    usleep(120 * 1000);
    assert_aborts(c, 500, "there is no template 'a.html'", ct_render_text(c, "a.html"));
    put("user/a.html", "three");
    usleep(120 * 1000);
    assert_string_equal(shown_file(c, "a.html"), "three");
    assert_int_equal(ct_templates_count(m.site.templates).engines, 1);
    close_made(&m);
    c = open_good(&m, &plain_app, NULL, with_user_folder);
    assert_string_equal(shown_file(c, "a.html"), "three");
    put("user/a.html", "four");
    usleep(120 * 1000);
    assert_string_equal(shown_file(c, "a.html"), "three"); /* without the setting it stays as it was */
    close_made(&m);
    drop("user/a.html"), drop("user");
}

/* Of the same length, in the same file, under the same time. */
static void a_change_that_keeps_the_time_is_seen(void **state)
{
    (void)state;
    struct stat info;
    made_site m;
    put_folder("user"), put("user/a.html", "one");
    ct *c = open_good(&m, &plain_app, NULL, with_reload);
    const char *path = in_folder("user/a.html");
    assert_string_equal(shown_file(c, "a.html"), "one");
    assert_int_equal(stat(path, &info), 0);
    usleep(20 * 1000); /* a tick of the file system */
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("two", file);
    fclose(file);
    assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){ info.st_atim, info.st_mtim }, 0), 0);
    usleep(120 * 1000);
    assert_string_equal(shown_file(c, "a.html"), "two");
    close_made(&m);
    drop("user/a.html"), drop("user");
}

static void debug_shows_values_while_developing_only(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &plain_app, NULL, with_reload);
    assert_string_equal(shown(c, "[{% debug %}]", KV("token", "x")),
                        "[{&#39;context&#39;: {&#39;token&#39;: &#39;x&#39;}}]");
    close_made(&m);
    c = open_good(&m, &plain_app, NULL, with_user_folder);
    assert_string_equal(shown(c, "[{% debug %}]", KV("token", "x")), "[]");
    close_made(&m);
}

static ct_value change_and_render(ct *c, const ct_value *args)
{
    (void)args;
    put("user/inner.html", "new");
    usleep(120 * 1000);
    return CT_VALUE(ct_render_text(c, "inner.html"));
}

static void a_page_in_the_making_keeps_its_templates(void **state)
{
    (void)state;
    const ct_app app = { .name = "app", .functions = FUNCTIONS(FUNCTION("change", change_and_render, "")) };
    made_site m;
    put_folder("user");
    put("user/outer.html", "{{ change() }} {% include 'inner.html' %}"), put("user/inner.html", "old");
    ct *c = open_good(&m, &app, NULL, with_reload);
    assert_string_equal(shown_file(c, "inner.html"), "old");
    assert_string_equal(shown_file(c, "outer.html"), "new old");
    assert_int_equal(ct_templates_count(m.site.templates).engines, 1);
    assert_int_equal(ct_templates_count(m.site.templates).engines_made, 2);
    close_made(&m);
    drop("user/outer.html"), drop("user/inner.html"), drop("user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_found_by_path),
        cmocka_unit_test(the_users_folder_goes_first_then_the_apps),
        cmocka_unit_test(embedded_files_are_used_unless_reloading_finds_the_folder),
        cmocka_unit_test(a_folder_that_is_not_there_is_a_problem),
        cmocka_unit_test(no_name_leads_out_of_its_folder),
        cmocka_unit_test(the_loader_lists_what_can_be_a_template),
        cmocka_unit_test(the_stamp_changes_with_files_and_folders),
        cmocka_unit_test(the_ending_decides_on_type_and_escaping),
        cmocka_unit_test(a_partial_is_escaped_as_its_page),
        cmocka_unit_test(a_template_can_be_a_text),
        cmocka_unit_test(a_mistake_is_told_with_its_place),
        cmocka_unit_test(pages_have_limits),
        cmocka_unit_test(settings_reach_the_language),
        cmocka_unit_test(buffers_are_used_again),
        cmocka_unit_test(large_buffers_are_not_kept),
        cmocka_unit_test(a_failed_page_gives_its_buffer_back_whole),
        cmocka_unit_test(texts_as_templates_take_bounded_memory),
        cmocka_unit_test(a_changed_template_is_read_anew),
        cmocka_unit_test(a_change_that_keeps_the_time_is_seen),
        cmocka_unit_test(debug_shows_values_while_developing_only),
        cmocka_unit_test(a_page_in_the_making_keeps_its_templates),
    };
    return cmocka_run_group_tests_name("templates", tests, make_folder, drop_folder);
}
