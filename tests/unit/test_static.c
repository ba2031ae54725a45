/* Static files: which names there are, from which place, under which hash; what is answered for a file that has changed
 * since; URLs; and what is wrong with an app's folders. A folder of its own is made; the process changes into it. */
#include "made_request.h"

#include "base/log.h"
#include "canteen/request.h"
#include "canteen/static.h"
#include "canteen/template.h"
#include "canteen/url.h"
#include "canteen/work.h"
#include "web/frontend.h"
#include "web/router.h"
#include "web/settings.h"
#include "web/static.h"
#include "web/static_serve.h"
#include "web/static_store.h"
#include "web/templates.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/canteen-test-XXXXXX";

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* The file's time, in seconds after a day of 2020. */
static void set_time(const char *path, time_t seconds)
{
    const struct timespec times[2] = { { .tv_sec = 1600000000 + seconds }, { .tv_sec = 1600000000 + seconds } };
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    static const char *const folders[] = { "one", "one/sub", "one/.hidden", "two", "dist", "empty" };
    for (size_t i = 0; i < CT_COUNT(folders); i++)
        assert_int_equal(mkdir(folders[i], 0755), 0);
    put_file("secret.txt", "secret");
    put_file("one/a.css", "a { }\n");
    put_file("one/a.css.br", "new");
    put_file("one/a.css.gz", "old");
    put_file("one/both.txt", "one");
    put_file("one/sub/b.js", "b\n");
    put_file("one/.secret", "no");
    put_file("one/.hidden/c", "no");
    put_file("one/a.css~", "no");
    put_file("two/both.txt", "two");
    put_file("two/both.txt.gz", "two compressed");
    put_file("two/only.txt", "only");
    put_file("dist/index.html", "<p>");
    set_time("one/a.css", 10);
    set_time("one/a.css.br", 10);
    set_time("one/a.css.gz", 9);
    assert_int_equal(symlink("../secret.txt", "one/out.txt"), 0);
    assert_int_equal(symlink("nothing", "one/dangling"), 0);
    assert_int_equal(symlink("sub", "one/linked"), 0);
    assert_int_equal(symlink("sub/b.js", "one/alias.js"), 0);
    assert_int_equal(mkfifo("one/fifo", 0644), 0);
    return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- names with a hash ---- */

static void hashes_go_into_names_and_out(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hashed;
    } cases[] = {
        { "style.css", "style.0123456789ab.css" },
        { "a/b.min.js", "a/b.min.0123456789ab.js" },
        { "LICENSE", "LICENSE.0123456789ab" },
        { "a.b/LICENSE", "a.b/LICENSE.0123456789ab" },
        { "x.0123456789ab.css", "x.0123456789ab.0123456789ab.css" },
        { "a.tar.gz", "a.tar.0123456789ab.gz" },
    };
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char hash[CT_STATIC_HASH + 1];
        assert_string_equal(ct_static_hashed_name(&arena, cases[i].name, "0123456789ab"), cases[i].hashed);
        char *name = ct_arena_copy(&arena, cases[i].hashed, strlen(cases[i].hashed));
        assert_true(ct_static_cut_hash(name, hash));
        assert_string_equal(name, cases[i].name);
        assert_string_equal(hash, "0123456789ab");
    }
    ct_arena_finish(&arena);
}

static void names_without_a_hash_stay(void **state)
{
    (void)state;
    static const char *const names[] = { "",
                                         "a",
                                         "style.css",
                                         "0123456789ab",
                                         ".0123456789ab",
                                         ".0123456789ab.css",
                                         "a/.0123456789ab.css",
                                         "a.0123456789a.css",
                                         "a.0123456789abc.css",
                                         "a.0123456789aB.css",
                                         "a.0123456789ag.css",
                                         "a-0123456789ab.css",
                                         "a.css.0123456789ab",
                                         "a.0123456789ab/b" };
    for (size_t i = 0; i < CT_COUNT(names); i++) {
        char name[32], hash[CT_STATIC_HASH + 1];
        snprintf(name, sizeof(name), "%s", names[i]);
        assert_false(ct_static_cut_hash(name, hash));
        assert_string_equal(name, names[i]);
    }
}

/* ---- the store ---- */

typedef struct made_store {
    ct_arena arena;
    ct_static_store store;
    ct_problems problems;
} made_store;

static void open_store(made_store *m, bool live)
{
    *m = (made_store){ .problems = { 0 } };
    ct_arena_init(&m->arena, NULL, 0);
    ct_static_store_init(&m->store, &m->arena, live);
    assert_true(ct_static_store_add(&m->store, "one", NULL));
    assert_true(ct_static_store_add(&m->store, "two", NULL));
    assert_false(ct_static_store_add(&m->store, "three", NULL));
    assert_false(ct_static_store_add(&m->store, "secret.txt", NULL));
    ct_static_store_index(&m->store, &m->problems);
}

static void close_store(made_store *m)
{
    ct_problems_finish(&m->problems);
    ct_arena_finish(&m->arena);
}

static void the_same_names_are_there_with_and_without_an_index(void **state)
{
    (void)state;
    static const char *const there[] = { "a.css",       "a.css.br", "a.css.gz", "both.txt",
                                         "both.txt.gz", "only.txt", "sub/b.js", "alias.js" };
    static const char *const missing[] = { "",          ".secret",     ".hidden/c",    "a.css~",        "out.txt",
                                           "dangling",  "linked/b.js", "fifo",         "sub",           "sub/",
                                           "sub//b.js", "./a.css",     "sub/../a.css", "../secret.txt", "/a.css",
                                           "a.css/",    "a.css/x",     "A.css" };
    for (int live = 0; live < 2; live++) {
        made_store m;
        ct_static_file file;
        char name[1100];
        open_store(&m, live);
        for (size_t i = 0; i < CT_COUNT(there); i++)
            assert_true(ct_static_store_find(&m.store, there[i], &file));
        for (size_t i = 0; i < CT_COUNT(missing); i++)
            if (ct_static_store_find(&m.store, missing[i], &file))
                fail_msg("\"%s\" was found", missing[i]);
        memset(name, 'a', sizeof(name));
        name[1024] = '\0';
        assert_false(ct_static_store_find(&m.store, name, &file));
        assert_true(ct_static_store_find(&m.store, "both.txt", &file));
        assert_string_equal(file.place->folder, "one");
        close_store(&m);
    }
}

static void contents_have_hashes(void **state)
{
    (void)state;
    made_store m;
    ct_static_file file;
    open_store(&m, false);
    assert_true(ct_static_store_find(&m.store, "a.css", &file));
    assert_string_equal(file.hash, "ef18e87e4894"); /* sha256sum says so too */
    close_store(&m);
    open_store(&m, true);
    assert_true(ct_static_store_find(&m.store, "a.css", &file));
    assert_string_equal(file.hash, "");
    assert_null(file.br);
    close_store(&m);
}

static void compressed_forms_belong_to_newer_files_of_their_place(void **state)
{
    (void)state;
    made_store m;
    ct_static_file file;
    open_store(&m, false);
    assert_true(ct_static_store_find(&m.store, "a.css", &file));
    assert_string_equal(file.br->name, "a.css.br");
    assert_null(file.gz);
    assert_true(ct_static_store_find(&m.store, "both.txt", &file));
    assert_null(file.gz);
    assert_int_equal(m.problems.count, 2);
    assert_string_equal(m.problems.items[0].text,
                        "one/out.txt is a link that leads out of its folder: it is not served");
    assert_string_equal(m.problems.items[1].text, "one/a.css.gz is older than the file it was made of, so it is not "
                                                  "sent for it: compress that again");
    close_store(&m);
}

/* As that of the setting and of an app may be. */
static void a_folder_that_is_named_twice_is_warned_of_once(void **state)
{
    (void)state;
    made_store m = { .problems = { 0 } };
    ct_arena_init(&m.arena, NULL, 0);
    ct_static_store_init(&m.store, &m.arena, false);
    assert_true(ct_static_store_add(&m.store, "one", NULL));
    assert_true(ct_static_store_add(&m.store, "./one/", NULL));
    assert_true(ct_static_store_add(&m.store, "two", NULL));
    ct_static_store_index(&m.store, &m.problems);
    size_t links = 0;
    for (size_t i = 0; i < m.problems.count; i++)
        links += strstr(m.problems.items[i].text, "out.txt is a link that leads out") != NULL;
    assert_int_equal(links, 1);
    assert_int_equal(m.store.count, 2);
    close_store(&m);
}

/* One over the limit is not read in full: then it counts when it was written. */
static void large_files_count_by_their_time(void **state)
{
    (void)state;
    char hashes[4][CT_STATIC_HASH + 1];
    for (int i = 0; i < 4; i++) {
        made_store m;
        ct_static_file file;
        put_file("one/large", "");
        assert_int_equal(truncate("one/large", (16 << 20) + i / 2), 0);
        set_time("one/large", i);
        open_store(&m, false);
        assert_true(ct_static_store_find(&m.store, "large", &file));
        memcpy(hashes[i], file.hash, sizeof(file.hash));
        close_store(&m);
    }
    assert_string_equal(hashes[0], hashes[1]);
    assert_string_not_equal(hashes[1], hashes[2]);
    assert_string_not_equal(hashes[2], hashes[3]);
    unlink("one/large");
}

static const ct_embedded items[] = { { ".git/config", "no", 2, "0000000000000000" },
                                     { "both.txt", "embedded", 8, "3f2a9c01d4b75555" },
                                     { "style.css", "s", 1, "0f2a9c01d4b75555" } };
static const ct_files table = { items, CT_COUNT(items) };

static void embedded_tables_give_way_to_folders_in_development(void **state)
{
    (void)state;
    for (int live = 0; live < 2; live++) {
        ct_arena arena;
        ct_static_store store;
        ct_static_file file;
        ct_problems none = { 0 };
        ct_arena_init(&arena, NULL, 0);
        ct_static_store_init(&store, &arena, live);
        assert_true(ct_static_store_add(&store, "two", &table));
        assert_true(ct_static_store_add(&store, "nowhere", &table));
        ct_static_store_index(&store, &none);
        assert_true(ct_static_store_find(&store, "both.txt", &file));
        assert_true(live ? !file.embedded : file.embedded == &items[1]);
        assert_int_equal(ct_static_store_find(&store, "only.txt", &file), live);
        assert_true(ct_static_store_find(&store, "style.css", &file));
        assert_string_equal(file.hash, live ? "" : "0f2a9c01d4b7");
        assert_false(ct_static_store_find(&store, ".git/config", &file));
        ct_arena_finish(&arena);
    }
}

/* ---- answers ---- */

static made_request made;

static ct_response *answer(made_store *m, ct *c, const char *name)
{
    ct_static_file file;
    assert_true(ct_static_store_find(&m->store, name, &file));
    return ct_static_response(c, &file, CT_CACHE_FOREVER);
}

static void a_file_that_has_changed_is_not_kept(void **state)
{
    (void)state;
    made_store m;
    put_file("one/changes.txt", "before");
    open_store(&m, false);
    ct *c = make_request(&made, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(ct_response_header(answer(&m, c, "changes.txt"), "Cache-Control"), CT_CACHE_FOREVER);
    put_file("one/changes.txt", "after!");
    set_time("one/changes.txt", 5);
    ct_response *r = answer(&m, c, "changes.txt");
    assert_string_equal(ct_response_header(r, "Cache-Control"), "no-cache");
    assert_string_equal(ct_response_header(r, "ETag"), "\"6-5f5e1005.0\"");
    unlink("one/changes.txt");
    assert_aborts(c, 404, "there is no such file", answer(&m, c, "changes.txt"));
    drop_request(&made);
    close_store(&m);
}

static void a_coding_that_has_changed_or_gone_is_not_sent(void **state)
{
    (void)state;
    made_store m;
    open_store(&m, false);
    ct *c = make_request(&made, "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n");
    assert_string_equal(ct_response_header(answer(&m, c, "a.css"), "Content-Encoding"), "br");
    put_file("one/a.css.br", "changed");
    ct_response *r = answer(&m, c, "a.css");
    assert_null(ct_response_header(r, "Content-Encoding"));
    assert_string_equal(ct_response_header(r, "Vary"), "Accept-Encoding");
    assert_string_equal(ct_response_header(r, "ETag"), "\"ef18e87e4894\"");
    unlink("one/a.css.br");
    assert_null(ct_response_header(answer(&m, c, "a.css"), "Content-Encoding"));
    put_file("one/a.css.br", "new");
    set_time("one/a.css.br", 10);
    drop_request(&made);
    close_store(&m);
}

static void a_coding_of_a_file_that_has_changed_or_gone_is_not_sent(void **state)
{
    (void)state;
    made_store m;
    open_store(&m, false);
    ct *c = make_request(&made, "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n");
    put_file("one/a.css", "b { }\n");
    set_time("one/a.css", 11);
    ct_response *r = answer(&m, c, "a.css");
    assert_null(ct_response_header(r, "Content-Encoding"));
    assert_string_equal(ct_response_header(r, "Cache-Control"), "no-cache");
    assert_string_equal(ct_response_header(r, "ETag"), "\"6-5f5e100b.0\"");
    unlink("one/a.css");
    assert_aborts(c, 404, "there is no such file", answer(&m, c, "a.css"));
    put_file("one/a.css", "a { }\n");
    set_time("one/a.css", 10);
    assert_string_equal(ct_response_header(answer(&m, c, "a.css"), "Content-Encoding"), "br");
    drop_request(&made);
    close_store(&m);
}

/* ---- sites ---- */

typedef struct made_static {
    made_request made;
    ct_site site;
    ct_problems problems;
    ct_settings *settings;
    ct_arena arena;
    ct *c;
} made_static;

static ct *open_static(made_static *m, const ct_app *app, const char *head, const char *const *overrides)
{
    memset(m, 0, sizeof(*m));
    ct *c = m->c = head ? make_request(&m->made, head) : make_work(&m->made);
    char *environment[] = { NULL };
    ct_arena_init(&m->arena, NULL, 0);
    m->settings = ct_settings_load(&m->arena, app, "/nonexistent/.env", environment, overrides, &m->problems);
    ct_site_load(&m->site, app, m->settings, &m->problems);
    ct_statics_prepare(&m->site, &m->problems);
    ct_frontends_prepare(&m->site, &m->problems);
    c->site = &m->site;
    c->match.mount = m->site.mounts[0];
    return c;
}

static void close_static(made_static *m)
{
    ct_run_deferred(m->c, NULL);
    ct_site_finish(&m->site);
    drop_request(&m->made);
    ct_problems_finish(&m->problems);
    ct_arena_finish(&m->arena);
}

static ct_response *page(ct *c)
{
    return ct_text(c, "page");
}

static const ct_app inner = { .name = "inner", .static_folder = "two" };
static const ct_app app = { .name = "app", .routes = ROUTES(MOUNT("/i", &inner)), .static_embedded = &table };

static void names_have_urls(void **state)
{
    (void)state;
    made_static m;
    ct *c = open_static(&m, &app, NULL, NULL);
    assert_int_equal(m.problems.count, 0);
    assert_string_equal(ct_static_url(c, "style.css"), "/static/style.0f2a9c01d4b7.css");
    assert_string_equal(ct_static_url(c, "/style.css"), "/static/style.0f2a9c01d4b7.css");
    assert_string_equal(ct_static_url(c, "both.txt"), "/static/both.3f2a9c01d4b7.txt"); /* the root app's */
    assert_string_equal(ct_static_url(c, "no such <file>"), "/static/no%20such%20%3Cfile%3E");
    assert_string_equal(ct_static_url(c, ""), "/static/");
    assert_string_equal(ct_static_url(c, "folder/"), "/static/folder/");
    m.site.strict_static = true;
    assert_string_equal(ct_static_url(c, "folder/"), "/static/folder/");
    assert_aborts(c, 500, "there is no static file \"stile.css\"; did you mean \"style.css\"?",
                  ct_static_url(c, "stile.css"));
    assert_aborts(c, 500, "there is no static file \"entirely.else\"", ct_static_url(c, "entirely.else"));
    close_static(&m);
}

static void a_missing_name_is_warned_of_once(void **state)
{
    (void)state;
    made_static m;
    char text[1024] = "";
    ct *c = open_static(&m, &app, NULL, NULL);
    int fd = open("log", O_RDWR | O_CREAT | O_TRUNC, 0644);
    ct_log_open(fd, CT_LOG_TEXT, CT_LOG_WARNING);
    for (int i = 0; i < 3; i++)
        ct_static_url(c, "stile.css");
    ct_static_url(c, "other");
    ct_log_flush();
    assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
    const char *first = strstr(text, "there is no static file \"stile.css\"; did you mean \"style.css\"?");
    assert_non_null(first);
    assert_null(strstr(first + strlen("there is no static file \"stile.css\""), "stile.css"));
    assert_non_null(strstr(text, "there is no static file \"other\""));
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_WARNING);
    close(fd);
    close_static(&m);
}

static void names_are_plain_in_development(void **state)
{
    (void)state;
    made_static m;
    ct *c = open_static(&m, &app, NULL, (const char *const[]){ "debug=true", NULL });
    m.site.strict_static = true;
    assert_string_equal(ct_static_url(c, "only.txt"), "/static/only.txt");
    assert_aborts(c, 500, "there is no static file \"onli.txt\"; did you mean \"only.txt\"?",
                  ct_static_url(c, "onli.txt"));
    put_file("two/onli.txt", "");
    assert_string_equal(ct_static_url(c, "onli.txt"), "/static/onli.txt");
    unlink("two/onli.txt");
    close_static(&m);
}

static const char *shown(ct *c, const char *source)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        return ct_printf(c, "! %s", c->error_message);
    const char *text = ct_render_string(c, source);
    ct_catch_end(c, &catch);
    return text;
}

static void templates_have_urls(void **state)
{
    (void)state;
    static const struct {
        const char *source, *shown;
    } cases[] = {
        { "{{ url_for('static', filename='style.css') }}", "/static/style.0f2a9c01d4b7.css" },
        { "{{ url_for('static', filename='style.css', v=2, w='a&b', _anchor='x') }}",
          "/static/style.0f2a9c01d4b7.css?v=2&amp;w=a%26b#x" },
        { "{{ url_for('static', filename='style.css', _external=true) }}",
          "http://example.com/static/style.0f2a9c01d4b7.css" },
        { "{{ static('style.css') }}", "/static/style.0f2a9c01d4b7.css" },
        { "{% load static %}{% static 'style.css' %}", "/static/style.0f2a9c01d4b7.css" },
        { "{% load static %}{% static 'style.css' as x %}{{ x }}", "/static/style.0f2a9c01d4b7.css" },
        { "{% load static %}{% get_static_prefix %}x", "/static/x" },
        { "{% url 'static' filename='style.css' %}", "/static/style.0f2a9c01d4b7.css" },
    };
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        made_static m;
        ct *c = open_static(&m, &app, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
                            (const char *const[]){ elsewhere ? "static_url=https://cdn.example.com" : NULL, NULL });
        ct_templates_prepare(&m.site, &m.problems);
        m.site.strict_static = true;
        for (size_t i = 0; i < CT_COUNT(cases); i++) {
            const char *from = strstr(cases[i].shown, "/static/") + strlen("/static/");
            const char *wanted = elsewhere ? ct_printf(c, "https://cdn.example.com/%s", from) : cases[i].shown;
            assert_string_equal(shown(c, cases[i].source), wanted);
        }
        assert_string_equal(shown(c, "{{ static('stile.css') }}"),
                            "! <string>.html:1:10: there is no static file \"stile.css\"; did you mean \"style.css\"? "
                            "| {{ static('stile.css') }}");
        assert_string_equal(shown(c, "{{ url_for('static') }}"),
                            "! <string>.html:1:11: the URL of \"static\" needs the parameter \"filename\", the name of "
                            "a file as text | {{ url_for('static') }}");
        close_static(&m);
    }
}

/* As templates get it: by the route's name, wherever the files are. */
static void handlers_have_urls_by_the_name_of_the_route(void **state)
{
    (void)state;
    static const char file[] = "style.0f2a9c01d4b7.css";
    for (volatile int elsewhere = 0; elsewhere < 2; elsewhere++) {
        made_static m;
        ct *c = open_static(&m, &app, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
                            (const char *const[]){ elsewhere ? "static_url=https://cdn.example.com" : NULL, NULL });
        const char *base = elsewhere ? "https://cdn.example.com" : "/static";
        m.site.strict_static = true;
        assert_string_equal(ct_url(c, "static", KV("filename", "style.css")), ct_printf(c, "%s/%s", base, file));
        assert_string_equal(ct_url(c, "static", KV("filename", "style.css"), KV("v", 2), KV("_anchor", "a b")),
                            ct_printf(c, "%s/%s?v=2#a%%20b", base, file));
        assert_string_equal(ct_url_absolute(c, "static", KV("filename", "style.css")),
                            ct_printf(c, "%s%s/%s", elsewhere ? "" : "http://example.com", base, file));
        assert_aborts(c, 500, "there is no static file \"stile.css\"; did you mean \"style.css\"?",
                      ct_url(c, "static", KV("filename", "stile.css")));
        assert_aborts(c, 500, "the URL of \"static\" needs the parameter \"filename\", the name of a file as text",
                      ct_url(c, "static", KV("filename", 7)));
        close_static(&m);
    }
}

static ct_value own_static(ct *c, const ct_value *args)
{
    return CT_VALUE(ct_printf(c, "own %s", args[0].text));
}

static const ct_app own = { .name = "own",
                            .routes = ROUTES(GET("/files/<path:filename>", page, .name = "static")),
                            .functions = FUNCTIONS(FUNCTION("static", own_static, "text path")) };

/* As before there were static files of the framework's. */
static void apps_may_have_their_own(void **state)
{
    (void)state;
    made_static m;
    ct *c = open_static(&m, &own, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", NULL);
    ct_templates_prepare(&m.site, &m.problems);
    assert_int_equal(m.problems.count, 0);
    assert_string_equal(shown(c, "{{ static('a.css') }} {{ url_for('static', filename='b.css') }}"),
                        "own a.css /files/b.css");
    assert_string_equal(ct_url(c, "static", KV("filename", "b.css")), "/files/b.css");
    close_static(&m);
}

static void the_folders_of_the_setting_come_first(void **state)
{
    (void)state;
    made_static m;
    ct_error error;
    ct *c = open_static(&m, &app, NULL, (const char *const[]){ "static_folders=nowhere, one", NULL });
    assert_string_equal(ct_static_url(c, "a.css"), "/static/a.ef18e87e4894.css");
    assert_string_equal(ct_static_url(c, "both.txt"), "/static/both.7692c3ad3540.txt");
    assert_true(ct_statics_check(&m.site, "only.txt", &error));
    close_static(&m);
}

static void the_setting_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *url, *route;
    } cases[] = {
        { "static_url=/s", "/s/style.0f2a9c01d4b7.css", "/s/<path:filename>" },
        { "static_url=/a/b-c/", "/a/b-c/style.0f2a9c01d4b7.css", "/a/b-c/<path:filename>" },
        { "static_url=/", "/style.0f2a9c01d4b7.css", "/<path:filename>" },
        { "static_url=https://cdn.example.com/s", "https://cdn.example.com/s/style.0f2a9c01d4b7.css", NULL },
        { "static_url=//cdn.example.com", "//cdn.example.com/style.0f2a9c01d4b7.css", NULL },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        made_static m;
        ct *c = open_static(&m, &app, NULL, (const char *const[]){ cases[i].setting, NULL });
        assert_int_equal(m.problems.count, 0);
        assert_string_equal(ct_static_url(c, "style.css"), cases[i].url);
        assert_int_equal(ct_router_count(&m.site), cases[i].route ? 1 : 0);
        if (cases[i].route)
            assert_string_equal(ct_router_endpoint(&m.site, 0)->pattern, cases[i].route);
        close_static(&m);
    }
}

static void settings_that_say_nothing_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "static_url=static/",       "static_url=/a//b",      "static_url=/<x>/",
                                       "static_url=/a b/",         "static_url=/../",       "static_url=/a/?b",
                                       "static_url=ftp://x.org/s", "static_url=https://a?b" };
    for (size_t i = 0; i < CT_COUNT(bad); i++) {
        made_static m;
        open_static(&m, &app, NULL, (const char *const[]){ bad[i], NULL });
        assert_int_equal(m.problems.count, 1);
        assert_non_null(strstr(m.problems.items[0].text, "static_url: \""));
        close_static(&m);
    }
}

static const ct_app bare = { .name = "bare" };

static void without_folders_there_is_no_route(void **state)
{
    (void)state;
    made_static m;
    ct_error error;
    open_static(&m, &bare, NULL, NULL);
    assert_int_equal(ct_router_count(&m.site), 0);
    assert_false(ct_statics_check(&m.site, "a.css", &error));
    assert_string_equal(error.message, "there is no static file \"a.css\": this program has no folder of them");
    close_static(&m);
    open_static(&m, &bare, NULL, (const char *const[]){ "static_url=https://cdn.example.com/", NULL });
    assert_true(ct_statics_check(&m.site, "a.css", &error)); /* the other server has what it has */
    close_static(&m);
}

static void assert_problem(const ct_app *tables, const char *setting, ct_severity severity, const char *wanted)
{
    made_static m;
    open_static(&m, tables, NULL, (const char *const[]){ setting, NULL });
    assert_int_equal(m.problems.count, 1);
    assert_int_equal(m.problems.items[0].severity, severity);
    assert_string_equal(m.problems.items[0].text, wanted);
    close_static(&m);
}

static const ct_app lost = { .name = "lost", .static_folder = "three" };

static const ct_app taken = { .name = "taken",
                              .routes = ROUTES({ .methods = "GET",
                                                 .path = "/static/<path:rest>",
                                                 .handler = page,
                                                 .name = "page",
                                                 .file = "main.c",
                                                 .line = 7 }),
                              .static_folder = "two" };

static const ct_app unbuilt = { .name = "unbuilt",
                                .routes = ROUTES({ .path = "/a", .frontend = "none", .file = "m.c", .line = 3 }) };

static const ct_app empty = { .name = "empty",
                              .routes = ROUTES({ .path = "/", .frontend = "empty", .file = "m.c", .line = 4 }) };

static void folders_that_are_not_there_are_told(void **state)
{
    (void)state;
    assert_problem(&lost, NULL, CT_PROBLEM_ERROR,
                   "the app lost has its static files in \"three\", which is no folder here: start the program where "
                   "it is one, or embed them");
    assert_problem(&taken, NULL, CT_PROBLEM_ERROR,
                   "the setting static_url: \"/static/<path:filename>\" (static) answers GET where "
                   "\"/static/<path:rest>\" (page, at main.c:7) does");
    assert_problem(&unbuilt, NULL, CT_PROBLEM_ERROR,
                   "m.c:3: the frontend \"/a\" is in \"none\", which is no folder here: build it, start the program "
                   "where it is, or embed it");
    assert_problem(&empty, NULL, CT_PROBLEM_ERROR,
                   "m.c:4: the frontend \"/\" has no index.html in \"empty\": name the folder that has the built "
                   "files");
    assert_problem(&empty, "debug=true", CT_PROBLEM_WARNING,
                   "m.c:4: the frontend \"/\" has no index.html in \"empty\": name the folder that has the built "
                   "files");
}

static const ct_app other = { .name = "other", .routes = ROUTES(GET("/x/y", page)) };

static const ct_app frontend = { .name = "frontend",
                                 .routes = ROUTES(FRONTEND("/x", "dist"), FRONTEND("/", "dist"),
                                                  HOST("h.example.org", &other), GET("/<name>/about", page),
                                                  FRONTEND("/<name>/sub", "dist")) };

/* Whatever the order of the table, and wherever the routes are. */
static void ordinary_routes_come_before_frontends(void **state)
{
    (void)state;
    static const struct {
        const char *path, *host, *pattern; /* NULL: no route */
    } cases[] = {
        { "/x/about", "h", "/<name>/about" },
        { "/x/y", "h.example.org", "/x/y" },
        { "/x/index.html", "h.example.org", "/x/<path:filename>" },
        { "/x/", "h", "/x/" },
        { "/", "h", "/" },
        { "/z/sub/", "h", "/<name>/sub/" },
        { "/z/sub/index.html", "h", "/<name>/sub/<path:filename>" },
        { "/x/nothing", "h", NULL },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        made_static m;
        char head[128];
        snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].path, cases[i].host);
        ct *c = open_static(&m, &frontend, head, NULL);
        ct_match_result result = ct_router_match(&m.site, c->arena, ct_str_of(cases[i].host), c->exchange.head.method,
                                                 c->exchange.head.method_name, c->exchange.head.path, &c->match);
        if (result == CT_MATCH_NOT_FOUND)
            result = ct_frontend_match(c);
        assert_int_equal(result, cases[i].pattern ? CT_MATCH_FOUND : CT_MATCH_NOT_FOUND);
        if (cases[i].pattern)
            assert_string_equal(c->match.endpoint->pattern, cases[i].pattern);
        close_static(&m);
    }
}

static const ct_app tables = { .name = "tables", .routes = ROUTES(FRONTEND("/", "dist")) };

/* Only what looks like the hash of a bundler is kept, and not for ever. */
static void bundled_names_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool kept;
    } cases[] = {
        { "index-3f2a9c01.js", true },    { "main.8a7b9c01d2.chunk.js", true },
        { "index-D1wrgTda.js", true },    { "main-7KXQ2ZDS.js", true },
        { "index.html", false },          { "settings-dialog.js", false },
        { "report-20240115.pdf", false }, { "logo-1024x1024.png", false },
        { "a-deadbeef.js", false },       { "3f2a9c01.js", false },
        { "x.3f2a9c0.js", false },        { "lib-PdfViewer.js", false },
        { "archive.3f2a9c01", false },    { "jquery-3.7.1.min.js", false },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char path[64], head[128];
        made_static m;
        snprintf(path, sizeof(path), "dist/%s", cases[i].name);
        snprintf(head, sizeof(head), "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", cases[i].name);
        put_file(path, "<p>");
        ct *c = open_static(&m, &tables, head, NULL);
        assert_int_equal(ct_frontend_match(c), CT_MATCH_FOUND);
        ct_response *r = c->match.endpoint->route->handler(c);
        assert_string_equal(ct_response_header(r, "Cache-Control"), cases[i].kept ? CT_CACHE_LONG : "no-cache");
        close_static(&m);
        if (strcmp(cases[i].name, "index.html") != 0)
            unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_go_into_names_and_out),
        cmocka_unit_test(names_without_a_hash_stay),
        cmocka_unit_test(the_same_names_are_there_with_and_without_an_index),
        cmocka_unit_test(contents_have_hashes),
        cmocka_unit_test(compressed_forms_belong_to_newer_files_of_their_place),
        cmocka_unit_test(a_folder_that_is_named_twice_is_warned_of_once),
        cmocka_unit_test(large_files_count_by_their_time),
        cmocka_unit_test(embedded_tables_give_way_to_folders_in_development),
        cmocka_unit_test(a_file_that_has_changed_is_not_kept),
        cmocka_unit_test(a_coding_that_has_changed_or_gone_is_not_sent),
        cmocka_unit_test(a_coding_of_a_file_that_has_changed_or_gone_is_not_sent),
        cmocka_unit_test(names_have_urls),
        cmocka_unit_test(a_missing_name_is_warned_of_once),
        cmocka_unit_test(names_are_plain_in_development),
        cmocka_unit_test(templates_have_urls),
        cmocka_unit_test(handlers_have_urls_by_the_name_of_the_route),
        cmocka_unit_test(apps_may_have_their_own),
        cmocka_unit_test(the_folders_of_the_setting_come_first),
        cmocka_unit_test(the_setting_says_where),
        cmocka_unit_test(settings_that_say_nothing_are_refused),
        cmocka_unit_test(without_folders_there_is_no_route),
        cmocka_unit_test(folders_that_are_not_there_are_told),
        cmocka_unit_test(ordinary_routes_come_before_frontends),
        cmocka_unit_test(bundled_names_are_kept),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
