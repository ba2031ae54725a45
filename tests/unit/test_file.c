/* Files as responses: what can be reached below a root and what cannot, and the headers. A folder of its own is made
 * for each test; the process changes into it. */
#include "made_request.h"

#include "canteen/request.h"
#include "canteen/work.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/canteen-test-XXXXXX";
static made_request made;

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    mkdir("root", 0755);
    mkdir("root/sub", 0755);
    mkdir("root/..hidden", 0755);
    put_file("secret.txt", "secret");
    put_file("root/a.txt", "hello");
    put_file("root/sub/b.html", "<p>");
    put_file("root/..hidden/c", "c");
    put_file("root/empty", "");
    assert_int_equal(symlink("../secret.txt", "root/out"), 0);
    assert_int_equal(symlink("..", "root/up"), 0);
    assert_int_equal(symlink(folder, "root/absolute"), 0);
    assert_int_equal(symlink("loop", "root/loop"), 0);
    assert_int_equal(symlink("root", "link-to-root"), 0);
    assert_int_equal(mkfifo("root/fifo", 0644), 0);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = { "secret.txt", "root/a.txt",   "root/sub/b.html", "root/..hidden/c",
                                         "root/empty", "root/out",     "root/up",         "root/absolute",
                                         "root/loop",  "link-to-root", "root/fifo" };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        unlink(names[i]);
    rmdir("root/sub");
    rmdir("root/..hidden");
    rmdir("root");
    return rmdir(folder);
}

static int set_up(void **state)
{
    *state = make_request(&made, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    drop_request(&made);
    return 0;
}

static void check_content(const ct_response *r, const char *expected)
{
    char content[64];
    assert_int_equal(r->kind, CT_RESPONSE_FILE);
    assert_int_equal(r->offset, 0);
    assert_int_equal(r->length, strlen(expected));
    assert_int_equal(pread(r->fd, content, sizeof(content), 0), strlen(expected));
    assert_memory_equal(content, expected, strlen(expected));
}

static void a_file_with_its_headers(void **state)
{
    ct *c = *state;
    const struct timespec times[2] = { { .tv_sec = 1, .tv_nsec = 0 }, { .tv_sec = 1700000000, .tv_nsec = 255 } };
    assert_int_equal(utimensat(AT_FDCWD, "root/a.txt", times, 0), 0);
    ct_response *r = ct_send_file(c, "root/a.txt", .max_age = CT_HOUR);
    check_content(r, "hello");
    assert_int_equal(ct_response_status(r), 200);
    assert_string_equal(ct_response_header(r, "Content-Type"), "text/plain; charset=utf-8");
    assert_string_equal(ct_response_header(r, "ETag"), "\"5-6553f100.ff\"");
    assert_string_equal(ct_response_header(r, "Last-Modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
    assert_string_equal(ct_response_header(r, "Cache-Control"), "max-age=3600");
    assert_null(ct_response_header(r, "Content-Disposition"));
    assert_true(r->ranges);
    assert_true(r->has_validator);
}

static void a_file_from_the_future_is_modified_now(void **state)
{
    ct *c = *state;
    const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 4102444800 } };
    assert_int_equal(utimensat(AT_FDCWD, "root/empty", times, 0), 0);
    ct_response *r = ct_send_file(c, "root/empty");
    check_content(r, "");
    assert_true(r->last_modified <= ct_now());
    assert_true(r->last_modified > ct_now() - CT_MINUTE);
}

static void the_descriptor_is_closed_with_the_request(void **state)
{
    ct *c = *state;
    int fd = ct_send_file(c, "root/a.txt")->fd;
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    ct_run_deferred(c, NULL);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void names_below_the_root(void **state)
{
    ct *c = *state;
    check_content(ct_send_file(c, "a.txt", .root = "root"), "hello");
    check_content(ct_send_file(c, "sub/b.html", .root = "root"), "<p>");
    check_content(ct_send_file(c, "sub//b.html", .root = "root/"), "<p>");
    check_content(ct_send_file(c, "./sub/./b.html", .root = "link-to-root"), "<p>");
    check_content(ct_send_file(c, "..hidden/c", .root = "root"), "c");
    assert_string_equal(ct_response_header(ct_send_file(c, "sub/b.html", .root = "root"), "Content-Type"),
                        "text/html; charset=utf-8");
}

static void nothing_outside_the_root(void **state)
{
    ct *c = *state;
    char absolute[64], longest[5000];
    snprintf(absolute, sizeof(absolute), "%s/root/a.txt", folder);
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    const char *const names[] = {
        "",
        ".",
        "..",
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/../a.txt",
        "/etc/passwd",
        absolute,
        "out",
        "up",
        "up/secret.txt",
        "absolute/secret.txt",
        "loop",
        "fifo",
        "sub",
        "sub/",
        "a.txt/",
        "a.txt/x",
        "missing",
        longest,
        longest + 4700,
        "missing/x",
        "sub/missing",
        "//a.txt",
    };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        assert_aborts(c, 404, "there is no such file", ct_send_file(c, names[i], .root = "root"));
}

static void without_a_root_the_path_is_the_programs(void **state)
{
    ct *c = *state;
    check_content(ct_send_file(c, "root/../secret.txt"), "secret");
    check_content(ct_send_file(c, "root/out"), "secret");
    const char *const names[] = { "", "missing", "root", "root/fifo", "root/a.txt/x", "root/loop" };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        assert_aborts(c, 404, "there is no such file", ct_send_file(c, names[i]));
}

static void a_root_that_is_missing_is_a_mistake(void **state)
{
    ct *c = *state;
    assert_aborts(c, 500, "ct_send_file: the root \"nowhere\": No such file or directory",
                  ct_send_file(c, "a.txt", .root = "nowhere"));
}

static void check_disposition(ct *c, const char *name, const char *expected)
{
    ct_response *r = ct_send_file(c, "root/a.txt", .download_name = name);
    assert_string_equal(ct_response_header(r, "Content-Disposition"), expected);
}

static void names_to_save_under(void **state)
{
    ct *c = *state;
    check_disposition(c, "July report.pdf", "attachment; filename=\"July report.pdf\"");
    check_disposition(c, "Z\xC3\xBCrich \xE2\x82\xAC.pdf",
                      "attachment; filename=\"Z_rich _.pdf\"; filename*=UTF-8''Z%C3%BCrich%20%E2%82%AC.pdf");
    check_disposition(c, "a\"b\\c/d%41.txt",
                      "attachment; filename=\"a_b_c_d_41.txt\"; filename*=UTF-8''a%22b%5Cc%2Fd%2541.txt");
    check_disposition(c, "a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y");
    check_disposition(c, "bad\xFF", "attachment; filename=\"bad_\"");
}

static void a_content_type_of_the_programs_choice(void **state)
{
    ct *c = *state;
    ct_response *r = ct_send_file(c, "root/a.txt", .content_type = "text/x-special");
    assert_string_equal(ct_response_header(r, "Content-Type"), "text/x-special");
    r = ct_send_file(c, "root/empty");
    assert_string_equal(ct_response_header(r, "Content-Type"), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_with_its_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_from_the_future_is_modified_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_descriptor_is_closed_with_the_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_below_the_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_outside_the_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_root_the_path_is_the_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_root_that_is_missing_is_a_mistake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_to_save_under, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_content_type_of_the_programs_choice, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("file", tests, make_folder, remove_folder);
}
