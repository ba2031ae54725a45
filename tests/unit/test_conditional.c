/* Conditional and range requests on whole responses: what is left of body and headers. Which condition wins and how
 * ranges are read is tested with proto/condition.h and proto/range.h; streams of several ranges are seen on the
 * wire. */
#include "made_request.h"

#include "canteen/request.h"
#include "canteen/work.h"

#define GET_HEAD "GET / HTTP/1.1\r\nHost: a\r\n"
#define NOON (1790000000 * CT_SECOND) /* Mon, 21 Sep 2026 14:13:20 GMT */

static ct_response *page(ct *c)
{
    ct_response *r = ct_text(c, "0123456789");
    ct_set_etag(r, "v7", false);
    ct_set_last_modified(r, NOON);
    ct_set_header(r, "Cache-Control", "max-age=60");
    ct_set_header(r, "Content-Language", "en");
    ct_set_header(r, "X-Frame-Options", "DENY");
    ct_set_cookie(r, "a", "1");
    return r;
}

static void a_cached_copy_gets_304_with_what_a_cache_needs(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "If-None-Match: \"v6\"\r\nIf-None-Match: W/\"v7\"\r\n\r\n");
    ct_response *r = page(c);
    ct_response_apply_conditions(c, r);
    assert_int_equal(ct_response_status(r), 304);
    assert_int_equal(r->body.length, 0);
    assert_null(ct_response_header(r, "Content-Type"));
    assert_null(ct_response_header(r, "Content-Language"));
    assert_null(ct_response_header(r, "X-Frame-Options"));
    assert_string_equal(ct_response_header(r, "ETag"), "\"v7\"");
    assert_string_equal(ct_response_header(r, "Last-Modified"), "Mon, 21 Sep 2026 14:13:20 GMT");
    assert_string_equal(ct_response_header(r, "Cache-Control"), "max-age=60");
    assert_int_equal(r->header_count, 4); /* the cookie too */
    drop_request(&made);
}

static void an_unchanged_date_gets_304(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "If-Modified-Since: Mon, 21 Sep 2026 14:13:20 GMT\r\n\r\n");
    ct_response *r = page(c);
    ct_response_apply_conditions(c, r);
    assert_int_equal(ct_response_status(r), 304);
    drop_request(&made);
}

static void what_has_changed_is_sent_whole(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "If-None-Match: \"v6\"\r\n\r\n");
    ct_response *r = page(c);
    ct_response_apply_conditions(c, r);
    assert_int_equal(ct_response_status(r), 200);
    assert_int_equal(r->body.length, 10);
    assert_int_equal(r->header_count, 6);
    drop_request(&made);
}

static void validators_set_as_plain_headers_count(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "If-None-Match: \"plain\"\r\n\r\n");
    ct_response *r = ct_text(c, "text");
    ct_set_header(r, "ETag", "\"plain\"");
    ct_response_apply_conditions(c, r);
    assert_int_equal(ct_response_status(r), 304);
    drop_request(&made);
}

static void other_methods_and_statuses_are_left_alone(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "POST / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v7\"\r\nRange: bytes=0-1\r\n\r\n");
    ct_response *r = page(c);
    ct_allow_ranges(r);
    ct_response_apply_conditions(c, r);
    ct_response_apply_range(c, r);
    assert_int_equal(ct_response_status(r), 200);
    assert_int_equal(r->body.length, 10);
    drop_request(&made);

    c = make_request(&made, GET_HEAD "If-None-Match: \"v7\"\r\nRange: bytes=0-1\r\n\r\n");
    r = ct_status(page(c), 404);
    ct_allow_ranges(r);
    ct_response_apply_conditions(c, r);
    ct_response_apply_range(c, r);
    assert_int_equal(ct_response_status(r), 404);
    assert_int_equal(r->body.length, 10);
    drop_request(&made);
}

static void another_version_than_asked_for_is_412(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "If-Match: \"v6\"\r\n\r\n");
    ct_response *r = page(c);
    ct_response_apply_conditions(c, r);
    assert_int_equal(ct_response_status(r), 412);
    assert_string_equal(r->body.data, "412 Precondition Failed: a condition that the request makes does not hold\n");
    assert_string_equal(ct_response_header(r, "Content-Type"), "text/plain; charset=utf-8");
    assert_null(ct_response_header(r, "ETag"));
    assert_null(ct_response_header(r, "Cache-Control"));
    assert_null(ct_response_header(r, "Content-Language"));
    assert_string_equal(ct_response_header(r, "X-Frame-Options"), "DENY");
    drop_request(&made);
}

static void conditions_before_the_work(void **state)
{
    (void)state;
    made_request made;
    ct_catch catch;
    ct *c = make_request(&made, GET_HEAD "If-None-Match: W/\"v7\"\r\n\r\n");
    ct_check_conditions(c, "\"v8\"", 0);
    if (!ct_catch_begin(c, &catch)) {
        ct_check_conditions(c, "W/\"v7\"", NOON);
        fail();
    }
    assert_int_equal(c->unwinding, CT_UNWIND_RESPONSE);
    assert_int_equal(ct_response_status(c->early), 304);
    assert_string_equal(ct_response_header(c->early, "ETag"), "W/\"v7\"");
    assert_string_equal(ct_response_header(c->early, "Last-Modified"), "Mon, 21 Sep 2026 14:13:20 GMT");
    drop_request(&made);

    c = make_request(&made, "PUT / HTTP/1.1\r\nHost: a\r\nIf-Match: \"v7\"\r\n\r\n");
    ct_check_conditions(c, "\"v7\"", 0);
    assert_aborts(c, 412, "a condition that the request makes does not hold", ct_check_conditions(c, "\"v8\"", 0));
    assert_aborts(c, 412, "a condition that the request makes does not hold", ct_check_conditions(c, NULL, 0));
    assert_aborts(c, 500, "ct_check_conditions: v7 is not an entity tag: write it with its quotes, as \"\\\"v7\\\"\"",
                  ct_check_conditions(c, "v7", 0));
    drop_request(&made);
}

/* "If-None-Match: *" with PUT: make it, unless it is there. */
static void only_where_there_is_nothing_yet(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "PUT / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n");
    ct_check_conditions(c, NULL, 0);
    assert_aborts(c, 412, "a condition that the request makes does not hold", ct_check_conditions(c, "\"v1\"", 0));
    drop_request(&made);
}

static ct_response *ranged(made_request *made, const char *head)
{
    ct *c = make_request(made, head);
    ct_response *r = page(c);
    ct_allow_ranges(r);
    ct_response_apply_range(c, r);
    return r;
}

static void a_range_is_a_part_of_the_body(void **state)
{
    (void)state;
    made_request made;
    ct_response *r = ranged(&made, GET_HEAD "Range: bytes=2-4\r\n\r\n");
    assert_int_equal(ct_response_status(r), 206);
    assert_int_equal(r->body.length, 3);
    assert_memory_equal(r->body.data, "234", 3);
    assert_string_equal(ct_response_header(r, "Content-Range"), "bytes 2-4/10");
    assert_string_equal(ct_response_header(r, "Accept-Ranges"), "bytes");
    assert_string_equal(ct_response_header(r, "ETag"), "\"v7\"");
    drop_request(&made);
}

static void a_range_of_a_file_moves_its_bounds(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "Range: bytes=-30\r\n\r\n");
    ct_response *r = ct_response_new(c);
    r->kind = CT_RESPONSE_FILE;
    r->offset = 100;
    r->length = 50;
    ct_allow_ranges(r);
    ct_response_apply_range(c, r);
    assert_int_equal(ct_response_status(r), 206);
    assert_int_equal(r->offset, 120);
    assert_int_equal(r->length, 30);
    assert_string_equal(ct_response_header(r, "Content-Range"), "bytes 20-49/50");
    drop_request(&made);
}

static void a_range_beyond_the_end_is_416(void **state)
{
    (void)state;
    made_request made;
    ct_response *r = ranged(&made, GET_HEAD "Range: bytes=10-\r\n\r\n");
    assert_int_equal(ct_response_status(r), 416);
    assert_string_equal(ct_response_header(r, "Content-Range"), "bytes */10");
    assert_null(ct_response_header(r, "ETag"));
    assert_null(ct_response_header(r, "Cache-Control"));
    drop_request(&made);
    r = ranged(&made, GET_HEAD "Range: bytes=9-\r\n\r\n");
    assert_int_equal(ct_response_status(r), 206);
    drop_request(&made);
}

static void if_range_decides_by_the_version(void **state)
{
    (void)state;
    made_request made;
    ct_response *r = ranged(&made, GET_HEAD "Range: bytes=0-1\r\nIf-Range: \"v7\"\r\n\r\n");
    assert_int_equal(ct_response_status(r), 206);
    drop_request(&made);
    r = ranged(&made, GET_HEAD "Range: bytes=0-1\r\nIf-Range: \"v6\"\r\n\r\n");
    assert_int_equal(ct_response_status(r), 200);
    assert_int_equal(r->body.length, 10);
    assert_string_equal(ct_response_header(r, "Accept-Ranges"), "bytes");
    drop_request(&made);
    r = ranged(&made, GET_HEAD "Range: bytes=0-1\r\nIf-Range: Mon, 21 Sep 2026 14:13:20 GMT\r\n\r\n");
    assert_int_equal(ct_response_status(r), 206);
    drop_request(&made);
}

static void without_ranges_allowed_there_are_none(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, GET_HEAD "Range: bytes=0-1\r\n\r\n");
    ct_response *r = page(c);
    ct_response_apply_range(c, r);
    assert_int_equal(ct_response_status(r), 200);
    assert_null(ct_response_header(r, "Accept-Ranges"));
    drop_request(&made);
}

static void head_has_the_header_but_no_range(void **state)
{
    (void)state;
    made_request made;
    ct_response *r = ranged(&made, "HEAD / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n");
    assert_int_equal(ct_response_status(r), 200);
    assert_string_equal(ct_response_header(r, "Accept-Ranges"), "bytes");
    drop_request(&made);
}

static void several_ranges_become_a_stream_of_parts(void **state)
{
    (void)state;
    made_request made;
    ct_response *r = ranged(&made, GET_HEAD "Range: bytes=0-1,5-6\r\n\r\n");
    assert_int_equal(ct_response_status(r), 206);
    assert_int_equal(r->kind, CT_RESPONSE_STREAM);
    const char *type = ct_response_header(r, "Content-Type");
    assert_int_equal(strncmp(type, "multipart/byteranges; boundary=", 31), 0);
    assert_int_equal(strlen(type + 31), 32);
    assert_null(ct_response_header(r, "Content-Range"));
    drop_request(&made);
}

static void seventeen_ranges_are_too_many(void **state)
{
    (void)state;
    made_request made;
    ct_response *r =
        ranged(&made, GET_HEAD "Range: bytes=0-0,2-2,4-4,6-6,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8\r\n\r\n");
    assert_int_equal(ct_response_status(r), 206);
    drop_request(&made);
    r = ranged(&made,
               GET_HEAD "Range: bytes=0-0,2-2,4-4,6-6,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8,8-8\r\n\r\n");
    assert_int_equal(ct_response_status(r), 200);
    drop_request(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cached_copy_gets_304_with_what_a_cache_needs),
        cmocka_unit_test(an_unchanged_date_gets_304),
        cmocka_unit_test(what_has_changed_is_sent_whole),
        cmocka_unit_test(validators_set_as_plain_headers_count),
        cmocka_unit_test(other_methods_and_statuses_are_left_alone),
        cmocka_unit_test(another_version_than_asked_for_is_412),
        cmocka_unit_test(conditions_before_the_work),
        cmocka_unit_test(only_where_there_is_nothing_yet),
        cmocka_unit_test(a_range_is_a_part_of_the_body),
        cmocka_unit_test(a_range_of_a_file_moves_its_bounds),
        cmocka_unit_test(a_range_beyond_the_end_is_416),
        cmocka_unit_test(if_range_decides_by_the_version),
        cmocka_unit_test(without_ranges_allowed_there_are_none),
        cmocka_unit_test(head_has_the_header_but_no_range),
        cmocka_unit_test(several_ranges_become_a_stream_of_parts),
        cmocka_unit_test(seventeen_ranges_are_too_many),
    };
    return cmocka_run_group_tests_name("conditional", tests, NULL, NULL);
}
