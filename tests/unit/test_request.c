/* What handlers read of a request: line, path parameters, headers, cookies, query and negotiation, and what is refused.
 * Bodies come from a connection; here there are only the answers for those that do not. */
#include "made_request.h"

#include "canteen/request.h"
#include "canteen/url.h"
#include "canteen/work.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define AT_HOST "Host: example.com\r\n"

static void the_request_line_as_text(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET /a%20b/c?x=1&y=%20 HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_request_path(c), "/a b/c");
    assert_string_equal(ct_request_target(c), "/a%20b/c?x=1&y=%20");
    assert_string_equal(ct_query_string(c), "x=1&y=%20");
    assert_string_equal(ct_method(c), "GET");
    assert_string_equal(ct_request_path(c), "/a b/c"); /* still, after NULs were put behind the others */
    assert_string_equal(ct_query(c, "y"), " ");
    assert_string_equal(ct_request_id(c), "0123456789abcdef");
    drop_request(&made);
}

static void a_path_without_escapes_ends_before_the_query(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "PROPFIND /plain?q HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_request_path(c), "/plain");
    assert_string_equal(ct_request_target(c), "/plain?q");
    assert_string_equal(ct_method(c), "PROPFIND");
    drop_request(&made);
}

static void an_absolute_target_is_its_path_and_query(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET http://other.example:81/p?q=1 HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_request_target(c), "/p?q=1");
    assert_string_equal(ct_request_path(c), "/p");
    assert_string_equal(ct_query_string(c), "q=1");
    assert_string_equal(ct_host(c), "other.example:81");
    drop_request(&made);

    c = make_request(&made, "GET http://other.example HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_request_target(c), "/");
    assert_string_equal(ct_query_string(c), "");
    drop_request(&made);
}

static void a_path_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET /%FF HTTP/1.1\r\n" AT_HOST "\r\n");
    ct_catch catch;
    if (!ct_catch_begin(c, &catch)) {
        ct_request_path(c);
        fail();
    }
    assert_int_equal(c->error_status, 400);
    drop_request(&made);
}

static void headers_are_found_without_case_and_do_not_run_together(void **state)
{
    (void)state;
    made_request made;
    ct *c =
        make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "X-One:  1 \t\r\nX-Empty:\r\nx-one: 2\r\nX-Ones: 3\r\n\r\n");
    assert_string_equal(ct_header(c, "x-ONE"), "1");
    assert_string_equal(ct_header(c, "X-Ones"), "3");
    assert_string_equal(ct_header(c, "x-empty"), "");
    assert_null(ct_header(c, "X-On"));
    const char *const *all = ct_header_all(c, "X-One");
    assert_string_equal(all[0], "1");
    assert_string_equal(all[1], "2");
    assert_null(all[2]);
    assert_null(ct_header_all(c, "X-None")[0]);
    drop_request(&made);
}

static void a_header_that_is_not_utf8_is_refused_when_asked_for(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "X-Good: \xC3\xBC\r\nX-Bad: \xFC\r\n\r\n");
    assert_string_equal(ct_header(c, "X-Good"), "\xC3\xBC");
    assert_aborts(c, 400, "the header X-Bad is not UTF-8", ct_header(c, "X-Bad"));
    assert_aborts(c, 400, "the header X-Bad is not UTF-8", ct_header_all(c, "X-Bad"));
    drop_request(&made);
}

static void the_content_type_is_bare_and_lower_case(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "Content-Type: Application/JSON ; charset=UTF-8\r\n\r\n");
    assert_string_equal(ct_content_type(c), "application/json");
    drop_request(&made);
    c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_content_type(c), "");
    drop_request(&made);
}

static void cookies_of_all_fields(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "Cookie: a=1; b=two\r\nCookie: c=3; a=4\r\n\r\n");
    assert_string_equal(ct_cookie(c, "a"), "1");
    assert_string_equal(ct_cookie(c, "b"), "two");
    assert_string_equal(ct_cookie(c, "c"), "3");
    assert_null(ct_cookie(c, "A"));
    drop_request(&made);
    c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_null(ct_cookie(c, "a"));
    drop_request(&made);
}

static void query_parameters(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET /?n=-7&n=8&empty=&word=x%26y HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_query(c, "word"), "x&y");
    assert_null(ct_query(c, "none"));
    assert_int_equal(ct_query_int(c, "n"), -7);
    assert_int_equal(ct_query_int(c, "empty"), 0);
    assert_int_equal(ct_query_int(c, "none"), 0);
    assert_aborts(c, 400, "query parameter \"word\" is not a whole number", ct_query_int(c, "word"));
    assert_int_equal(ct_query_int_or(c, "n", 5), -7);
    assert_int_equal(ct_query_int_or(c, "empty", 5), 5);
    assert_int_equal(ct_query_int_or(c, "word", 5), 5);
    assert_int_equal(ct_query_int_or(c, "none", 5), 5);
    const char *const *all = ct_query_all(c, "n");
    assert_string_equal(all[0], "-7");
    assert_string_equal(all[1], "8");
    assert_null(all[2]);
    assert_null(ct_query_all(c, "none")[0]);
    drop_request(&made);
}

static void as_many_query_parameters_as_allowed(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET /?a=1&b=2&c=3&d=4 HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_query(c, "d"), "4");
    drop_request(&made);
    c = make_request(&made, "GET /?a=1&b=2&c=3&d=4&e=5 HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_aborts(c, 400, "query parameters: more than 4 fields", ct_query(c, "a"));
    drop_request(&made);
}

static void a_request_without_a_body(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "Content-Type: application/x-www-form-urlencoded\r\n\r\n");
    assert_int_equal(ct_body(c).len, 0);
    assert_string_equal(ct_body(c).data, "");
    assert_int_equal(ct_body_length(c), 0);
    assert_null(ct_form(c, "a"));
    assert_int_equal(ct_form_int(c, "a"), 0);
    assert_null(ct_form_all(c, "a")[0]);
    int fd = ct_body_file(c); /* what is in memory can still become a file */
    char byte;
    assert_int_equal(read(fd, &byte, 1), 0);
    assert_int_equal(ct_body_file(c), fd);
    assert_aborts(c, 500, "ct_body_read: the body has been read whole already, by ct_body() or ct_form()",
                  ct_body_read(c, &byte, 1));
    drop_request(&made);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void a_body_is_had_one_way(void **state)
{
    (void)state;
    made_request made;
    char byte;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_int_equal(ct_body_read(c, &byte, 1), 0);
    assert_aborts(c, 500, "ct_body: the body has been read already, by ct_body_read() or ct_body_file()", ct_body(c));
    assert_aborts(c, 500, "ct_body_file: a part of the body has been read already, by ct_body_read()", ct_body_file(c));
    drop_request(&made);
}

static void a_body_over_the_limit_is_refused_before_it_is_read(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "POST / HTTP/1.1\r\n" AT_HOST "Content-Length: 101\r\n\r\n");
    c->exchange.body = CT_BODY_LENGTH;
    c->exchange.body_left = 101;
    assert_int_equal(ct_body_length(c), 101);
    assert_aborts(c, 413, "the body is larger than 100 bytes", ct_body(c));
    drop_request(&made);
}

static void the_body_as_a_file(void **state)
{
    (void)state;
    made_request made;
    char text[6] = { 0 };
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    c->body = (ct_bytes){ .data = "hello", .len = 5 };
    c->body_read = true;
    int fd = ct_body_file(c);
    assert_int_equal(read(fd, text, sizeof(text)), 5);
    assert_string_equal(text, "hello");
    assert_int_equal(ct_body_file(c), fd);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    drop_request(&made);
}

static void a_body_that_finds_no_room_is_507(void **state)
{
    (void)state;
    made_request made;
    struct rlimit before;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    c->body = (ct_bytes){ .data = "hello", .len = 5 };
    c->body_read = true;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ .rlim_cur = 4, .rlim_max = before.rlim_max });
    ct_catch catch;
    if (!ct_catch_begin(c, &catch)) {
        ct_body_file(c);
        fail();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(c->error_status, 507);
    assert_int_equal(c->body_fd, 0); /* closed on the way */
    drop_request(&made);
}

static void a_missing_folder_for_bodies_is_named(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    made.site.config.temp_dir = "/nowhere/at/all";
    assert_aborts(
        c, 500,
        "ct_body_file: cannot keep the body in \"/nowhere/at/all\" (setting temp_dir): No such file or directory",
        ct_body_file(c));
    drop_request(&made);
}

static void a_chunked_body_has_no_known_length(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "POST / HTTP/1.1\r\n" AT_HOST "Transfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(ct_body_length(c), -1);
    drop_request(&made);
}

static void offers_are_chosen_by_all_fields_of_the_name(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "Accept: text/html;q=0.5\r\nAccept: application/json\r\n"
                                "Accept-Language: de-CH\r\nAccept-Encoding: gzip\r\n\r\n");
    assert_string_equal(ct_accept(c, "text/html", "application/json"), "application/json");
    assert_null(ct_accept(c, "image/png"));
    assert_string_equal(ct_accept_language(c, "en", "de"), "de");
    assert_string_equal(ct_accept_encoding(c, "br", "gzip"), "gzip");
    assert_string_equal(ct_accept_of(c, "accept-charset", (const char *const[]){ "utf-8", NULL }), "utf-8");
    assert_aborts(c, 500, "ct_accept_of: X-Accept is not Accept, Accept-Language, Accept-Encoding or Accept-Charset",
                  ct_accept_of(c, "X-Accept", (const char *const[]){ "a", NULL }));
    drop_request(&made);
}

static void no_accept_takes_the_first_offer(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_string_equal(ct_accept(c, "text/html", "application/json"), "text/html");
    drop_request(&made);
}

static void path_parameters(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET /users/42/ab HTTP/1.1\r\n" AT_HOST "\r\n");
    assert_aborts(c, 500, "ct_path: no route answers this request, so there is no parameter \"id\"", ct_path(c, "id"));
    const ct_endpoint endpoint = { .pattern = "/users/<int:id>/<name>",
                                   .parameter_count = 2,
                                   .parameters = { "id", "name" },
                                   .parameter_is_int = { true, false } };
    c->match.endpoint = &endpoint;
    c->match.values[0] = (ct_str){ "42/", 2 };
    c->match.values[1] = (ct_str){ "ab?", 2 };
    assert_string_equal(ct_path(c, "id"), "42");
    assert_string_equal(ct_path(c, "name"), "ab");
    assert_int_equal(ct_path_int(c, "id"), 42);
    assert_aborts(c, 500, "ct_path: the pattern \"/users/<int:id>/<name>\" has no parameter \"nam\"",
                  ct_path(c, "nam"));
    assert_aborts(c, 500, "ct_path_int: the pattern \"/users/<int:id>/<name>\" does not say <int:name>",
                  ct_path_int(c, "name"));
    drop_request(&made);
}

static void there_is_no_request_in_a_command(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    assert_aborts(c, 500, "ct_header() was called outside a request", ct_header(c, "Host"));
    assert_aborts(c, 500, "ct_url_absolute() was called outside a request", ct_url_with_host(c, "/"));
    assert_aborts(c, 500, "ct_query() was called outside a request", ct_query(c, "q"));
    assert_aborts(c, 500, "ct_body() was called outside a request", ct_body(c));
    drop_request(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_line_as_text),
        cmocka_unit_test(a_path_without_escapes_ends_before_the_query),
        cmocka_unit_test(an_absolute_target_is_its_path_and_query),
        cmocka_unit_test(a_path_that_is_not_utf8_is_refused),
        cmocka_unit_test(headers_are_found_without_case_and_do_not_run_together),
        cmocka_unit_test(a_header_that_is_not_utf8_is_refused_when_asked_for),
        cmocka_unit_test(the_content_type_is_bare_and_lower_case),
        cmocka_unit_test(cookies_of_all_fields),
        cmocka_unit_test(query_parameters),
        cmocka_unit_test(as_many_query_parameters_as_allowed),
        cmocka_unit_test(a_request_without_a_body),
        cmocka_unit_test(a_body_is_had_one_way),
        cmocka_unit_test(a_body_over_the_limit_is_refused_before_it_is_read),
        cmocka_unit_test(the_body_as_a_file),
        cmocka_unit_test(a_body_that_finds_no_room_is_507),
        cmocka_unit_test(a_missing_folder_for_bodies_is_named),
        cmocka_unit_test(a_chunked_body_has_no_known_length),
        cmocka_unit_test(offers_are_chosen_by_all_fields_of_the_name),
        cmocka_unit_test(no_accept_takes_the_first_offer),
        cmocka_unit_test(path_parameters),
        cmocka_unit_test(there_is_no_request_in_a_command),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
