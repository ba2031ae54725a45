/* Forms with files against a real worker: each limit on both sides of its edge, full disks, clients that leave,
 * crashes, and that nothing is left behind: neither files nor descriptors. */
#include "support/server.h"

#include "base/common.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LARGE ((size_t)1000000)

static char folder[64], temp_dir[96], uploads[96];

/* ---- the app ---- */

/* Descriptors of this process that lead below temp_dir. */
static size_t open_temp_files(void)
{
    size_t count = 0;
    DIR *all = opendir("/proc/self/fd");
    if (!all)
        return 0;
    for (const struct dirent *entry; (entry = readdir(all));) {
        char target[512];
        ssize_t length = readlinkat(dirfd(all), entry->d_name, target, sizeof target);
        count += length > (ssize_t)strlen(temp_dir) && memcmp(target, temp_dir, strlen(temp_dir)) == 0;
    }
    closedir(all);
    return count;
}

static ct_response *report(ct *c)
{
    size_t count = 0;
    int64_t size = 0;
    const char *const *fields = ct_form_all(c, "a");
    const ct_upload *const *files = ct_file_all(c, NULL);
    while (fields[count])
        count++;
    const char *text = ct_printf(c, "%zu fields, ", count);
    for (count = 0; files[count]; count++)
        size += files[count]->size;
    return ct_textf(c, "%s%zu files, %" PRId64 " bytes, %zu opened", text, count, size, open_temp_files());
}

/* Keeps every file; under its own name, or as ?name= says. */
static ct_response *save(ct *c)
{
    const char *text = "";
    const ct_upload *const *files = ct_file_all(c, NULL);
    for (size_t i = 0; files[i]; i++) {
        const char *name = ct_query(c, "name");
        text = ct_printf(c, "%s%s ", text, ct_file_save(c, files[i], name ? name : files[i]->filename));
    }
    return ct_text(c, text);
}

static void allow_files(void *arg)
{
    setrlimit(RLIMIT_FSIZE, arg);
}

static ct_response *save_with_a_quota(ct *c)
{
    struct rlimit *before = ct_alloc(c, sizeof *before);
    getrlimit(RLIMIT_FSIZE, before);
    ct_defer(c, allow_files, before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ .rlim_cur = 1000, .rlim_max = before->rlim_max });
    return save(c);
}

static ct_response *give_up(ct *c)
{
    ct_file_fd(c, ct_file(c, "f"));
    ct_abort(c, 409, "no");
}

static ct_response *crash(ct *c)
{
    ct_file_fd(c, ct_file(c, "f"));
    raise(SIGSEGV);
    return ct_text(c, "it did not crash");
}

static ct_response *kept(ct *c)
{
    return ct_storage_send(c, ct_path(c, "name"), .download_name = "of you.txt");
}

/* Asks for the file when the handler that had it read has aborted. */
static ct_response *ask_later(ct *c, ct_next *next)
{
    ct_response *r = ct_next_call(c, next);
    const ct_upload *file = ct_file(c, "f");
    ct_set_header(r, "X-File", file->filename);
    ct_set_headerf(r, "X-Bytes", "%zu", ct_file_bytes(c, file).len);
    return r;
}

static const ct_app late = { .name = "late",
                             .routes = ROUTES(POST("/abort", give_up)),
                             .middleware = MIDDLEWARE(ask_later) };

static const ct_app app = {
    .name = "uploads",
    .routes =
        ROUTES(POST("/report", report), POST("/save", save), POST("/quota", save_with_a_quota), POST("/abort", give_up),
               POST("/crash", crash), GET("/kept/<path:name>", kept), MOUNT("/late", &late)),
};

/* ---- helpers ---- */

static test_server server;

static void begin(const char *setting)
{
    char temp_setting[128], upload_setting[128];
    snprintf(temp_setting, sizeof temp_setting, "temp_dir=%s", temp_dir);
    snprintf(upload_setting, sizeof upload_setting, "upload_folder=%s", uploads);
    server = test_server_start(&app, (const char *const[]){ temp_setting, upload_setting, setting, NULL });
}

static void end(void)
{
    assert_int_equal(test_server_stop(&server), 0);
}

typedef struct form {
    char *data;
    size_t length, room;
} form;

static void add(form *f, const char *data, size_t length)
{
    if (!f->data || f->room - f->length < length) {
        f->room = 2 * (f->room + length);
        f->data = realloc(f->data, f->room);
        if (!f->data)
            abort();
    }
    memcpy(f->data + f->length, data, length);
    f->length += length;
}

/* A part of `size` bytes; `filename` NULL: a field. */
static void add_part(form *f, const char *name, const char *filename, size_t size)
{
    char head[512];
    int length = snprintf(head, sizeof head, "--b--b\r\nContent-Disposition: form-data; name=\"%s\"%s%s%s\r\n\r\n",
                          name, filename ? "; filename=\"" : "", filename ? filename : "", filename ? "\"" : "");
    add(f, head, (size_t)length);
    for (size_t i = 0; i < size; i++)
        add(f, i % 61 == 60 ? "\n" : "x", 1);
    add(f, "\r\n", 2);
}

static void send_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
        if (n < 0)
            return; /* refused already */
        data += n;
        length -= (size_t)n;
    }
}

/* The head, and so many bytes of the form. */
static int begin_post(const char *path, const form *f, size_t length)
{
    char head[512];
    int fd = test_server_dial(&server);
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b--b\r\n"
             "Content-Length: %zu\r\n\r\n",
             path, f->length);
    send_all(fd, head, strlen(head));
    send_all(fd, f->data, length);
    return fd;
}

/* All that comes; static. */
static const char *answer(int fd)
{
    static char text[65536];
    size_t used = 0;
    ssize_t n;
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    while (poll(&wait, 1, 10000) == 1 && (n = recv(fd, text + used, sizeof text - 1 - used, 0)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    close(fd);
    return text;
}

/* Sends the form with its end; it is gone afterwards. */
static const char *post(const char *path, form *f)
{
    add(f, "--b--b--\r\n", 10);
    int fd = begin_post(path, f, f->length);
    free(f->data);
    return answer(fd);
}

static void assert_answer(const char *text, const char *status, const char *ending)
{
    if (strncmp(text, status, strlen(status)) != 0 || strlen(text) < strlen(ending) ||
        strcmp(text + strlen(text) - strlen(ending), ending) != 0)
        fail_msg("expected %s ... %s, got: %s", status, ending, text);
}

/* An answer of the server's fault has the request's id instead of a reason. */
static void assert_plain_error(const char *text, const char *status, const char *title)
{
    const char *body = strstr(text, "\r\n\r\n");
    char expected[128];
    snprintf(expected, sizeof expected, "%s\nRequest ", title);
    if (strncmp(text, status, strlen(status)) != 0 || !body || strncmp(body + 4, expected, strlen(expected)) != 0 ||
        strlen(body + 4) != strlen(expected) + 17)
        fail_msg("expected %s ... %s, got: %s", status, expected, text);
}

#define GOOD "HTTP/1.1 200 OK\r\n"
#define TOO_MUCH "HTTP/1.1 413 Content Too Large\r\n"
#define NO_ROOM "HTTP/1.1 507 Insufficient Storage\r\n"

static size_t count_entries(const char *path)
{
    size_t count = 0;
    DIR *all = opendir(path);
    assert_non_null(all);
    for (const struct dirent *entry; (entry = readdir(all));)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(all);
    return count;
}

static size_t server_files(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", server.pid);
    return count_entries(path);
}

static void wait_for_files(size_t wanted)
{
    ct_time until = ct_monotonic() + 10 * CT_SECOND;
    while (server_files() != wanted && ct_monotonic() < until)
        usleep(1000);
    assert_int_equal(server_files(), wanted);
}

/* Descriptors of the server when it is idle, its threads and what they need included: as many as stay. */
static size_t idle_files(void)
{
    form f = { 0 };
    assert_answer(post("/report", &f), GOOD, "0 fields, 0 files, 0 bytes, 0 opened");
    size_t count = server_files();
    for (int same = 0; same < 5; same++) {
        usleep(20000);
        size_t left = server_files();
        same = left == count ? same : -1;
        count = left;
    }
    return count;
}

/* ---- limits ---- */

static void test_files_in_memory_and_in_files(void **state)
{
    (void)state;
    begin("max_file_memory=8");
    size_t before = idle_files();
    form f = { 0 };
    add_part(&f, "f", "1", 4);
    add_part(&f, "f", "2", 0);
    add_part(&f, "f", "3", 4);
    assert_answer(post("/report", &f), GOOD, "0 fields, 3 files, 8 bytes, 0 opened");
    f = (form){ 0 };
    add_part(&f, "f", "1", 4);
    add_part(&f, "f", "2", 5); /* in a file, so the next one still fits */
    add_part(&f, "f", "3", 4);
    assert_answer(post("/report", &f), GOOD, "0 fields, 3 files, 13 bytes, 1 opened");
    f = (form){ 0 };
    add_part(&f, "f", "1", LARGE);
    assert_answer(post("/report", &f), GOOD, "0 fields, 1 files, 1000000 bytes, 1 opened");
    wait_for_files(before);
    end();
}

static void test_no_file_in_memory(void **state)
{
    (void)state;
    begin("max_file_memory=0");
    form f = { 0 };
    add_part(&f, "f", "1", 1);
    add_part(&f, "f", "2", 0);
    assert_answer(post("/report", &f), GOOD, "0 fields, 2 files, 1 bytes, 1 opened");
    end();
}

static void test_as_many_files_as_allowed(void **state)
{
    (void)state;
    begin("max_files=2");
    for (int over = 0; over < 2; over++) {
        form f = { 0 };
        add_part(&f, "f", "1", 1);
        add_part(&f, "f", "", 0); /* no file was chosen */
        add_part(&f, "f", "2", 0);
        if (over)
            add_part(&f, "f", "", 1);
        assert_answer(post("/report", &f), over ? TOO_MUCH : GOOD,
                      over ? "more than 2 files in the form\n" : "0 fields, 2 files, 1 bytes, 0 opened");
    }
    end();
}

static void test_as_many_parts_as_allowed(void **state)
{
    (void)state;
    begin("max_parts=2");
    for (int over = 0; over < 2; over++) {
        form f = { 0 };
        for (int i = 0; i < 2 + over; i++)
            add_part(&f, "a", NULL, 1);
        assert_answer(post("/report", &f), over ? TOO_MUCH : GOOD,
                      over ? "the form: too many parts\n" : "2 fields, 0 files, 0 bytes, 0 opened");
    }
    end();
}

static void test_as_many_fields_as_allowed(void **state)
{
    (void)state;
    begin("max_fields=2");
    for (int over = 0; over < 2; over++) {
        form f = { 0 };
        for (int i = 0; i < 2 + over; i++)
            add_part(&f, "a", NULL, 1);
        assert_answer(post("/report", &f), over ? TOO_MUCH : GOOD,
                      over ? "form fields: more than 2 fields\n" : "2 fields, 0 files, 0 bytes, 0 opened");
    }
    end();
}

static void test_fields_as_large_as_allowed(void **state)
{
    (void)state;
    begin("max_body_memory=1K");
    for (int over = 0; over < 2; over++) {
        form f = { 0 };
        add_part(&f, "a", NULL, 511); /* names count */
        add_part(&f, "f", "x", 2000); /* files do not */
        add_part(&f, "a", NULL, 511 + (size_t)over);
        assert_answer(post("/report", &f), over ? TOO_MUCH : GOOD,
                      over ? "the fields of the form are larger than 1024 bytes\n"
                           : "2 fields, 1 files, 2000 bytes, 0 opened");
    }
    end();
}

static void test_a_file_as_large_as_allowed(void **state)
{
    (void)state;
    begin("max_file_size=500000");
    size_t before = idle_files();
    for (int over = 0; over < 2; over++) {
        form f = { 0 };
        add_part(&f, "f", "1", 500000 + (size_t)over);
        assert_answer(post("/report", &f), over ? TOO_MUCH : GOOD,
                      over ? "a file of the form is larger than 500000 bytes\n"
                           : "0 fields, 1 files, 500000 bytes, 1 opened");
    }
    wait_for_files(before);
    end();
}

static void test_a_head_as_large_as_allowed(void **state)
{
    (void)state;
    begin("max_part_head=256");
    for (int over = 0; over < 2; over++) {
        char name[256];
        size_t rest = strlen("Content-Disposition: form-data; name=\"\"\r\n\r\n");
        snprintf(name, sizeof name, "%0*d", (int)(256 - rest) + over, 0);
        form f = { 0 };
        add_part(&f, name, NULL, 1);
        assert_answer(post("/report", &f), over ? "HTTP/1.1 400 Bad Request\r\n" : GOOD,
                      over ? "the form: the head of a part is too large\n" : "0 fields, 0 files, 0 bytes, 0 opened");
    }
    end();
}

/* ---- keeping ---- */

static void assert_kept(const char *name, size_t size)
{
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", uploads, name);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, size);
    assert_int_equal(info.st_mode, S_IFREG | 0644);
}

static void test_files_are_kept(void **state)
{
    (void)state;
    begin(NULL);
    size_t before = idle_files();
    form f = { 0 };
    add_part(&f, "f", "large.bin", LARGE);
    add_part(&f, "f", "../small.txt", 10);
    assert_answer(post("/save", &f), GOOD, "large.bin small.txt ");
    assert_kept("large.bin", LARGE);
    assert_kept("small.txt", 10);
    f = (form){ 0 };
    add_part(&f, "f", "large.bin", 10);
    const char *text = strstr(post("/save?name=large.bin", &f), "large_");
    assert_non_null(text);
    assert_int_equal(strlen(text), strlen("large_1234567.bin "));
    assert_kept("large.bin", LARGE);
    f = (form){ 0 };
    add_part(&f, "f", "x", 1);
    assert_plain_error(post("/save?name=../x", &f), "HTTP/1.1 500 ", "500 Internal Server Error");
    assert_int_equal(access("../x", F_OK), -1);
    wait_for_files(before);
    assert_int_equal(count_entries(uploads), 3);
    assert_int_equal(count_entries(temp_dir), 0);
    end();
}

static const char *get(const char *path, const char *headers)
{
    char head[512];
    int fd = test_server_dial(&server);
    snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", path, headers);
    send_all(fd, head, strlen(head));
    return answer(fd);
}

static void test_kept_files_are_sent(void **state)
{
    (void)state;
    begin(NULL);
    size_t before = idle_files();
    form f = { 0 };
    add_part(&f, "f", "page.html", 5);
    assert_answer(post("/save?name=in/page.html", &f), GOOD, "in/page.html ");
    const char *text = get("/kept/in/page.html", "");
    assert_answer(text, GOOD, "\r\n\r\nxxxxx");
    assert_non_null(strstr(text, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Disposition: attachment; filename=\"of you.txt\"\r\n"));
    assert_non_null(strstr(text, "\r\nETag: "));
    assert_answer(get("/kept/in/page.html", "Range: bytes=3-\r\n"), "HTTP/1.1 206 Partial Content\r\n", "\r\n\r\nxx");
    assert_answer(get("/kept/in/none", ""), "HTTP/1.1 404 Not Found\r\n", "there is no such file\n");
    assert_answer(get("/kept/in", ""), "HTTP/1.1 404 Not Found\r\n", "there is no such file\n");
    wait_for_files(before);
    end();
}

/* ---- what goes wrong ---- */

static void test_no_room_for_a_temporary_file(void **state)
{
    (void)state;
    begin(NULL);
    size_t before = idle_files();
    form f = { 0 };
    add_part(&f, "f", "1", LARGE);
    assert_plain_error(post("/quota", &f), NO_ROOM, "507 Insufficient Storage");
    wait_for_files(before);
    assert_int_equal(count_entries(temp_dir), 0);
    end();
}

static void test_no_room_for_a_kept_file(void **state)
{
    (void)state;
    begin(NULL);
    size_t before = idle_files();
    for (size_t over = 0; over < 2; over++) {
        form f = { 0 };
        add_part(&f, "f", over ? "over" : "fits", 1000 + over); /* in memory until then */
        assert_answer(post("/quota", &f), over ? NO_ROOM : GOOD, over ? "" : "fits ");
    }
    wait_for_files(before);
    assert_int_equal(count_entries(uploads), 1);
    end();
}

static unsigned long free_blocks(const char *path)
{
    struct statvfs info;
    assert_int_equal(statvfs(path, &info), 0);
    return (unsigned long)info.f_bfree;
}

static void test_a_full_disk(void **state)
{
    (void)state;
    char disk[96], path[200], kept_before[96];
    snprintf(disk, sizeof disk, "%s/disk", folder);
    mkdir(disk, 0755);
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", disk, "tmpfs", 0, "size=256k") < 0)
        skip();
    unsigned long before = free_blocks(disk);
    snprintf(kept_before, sizeof kept_before, "%s", temp_dir);
    snprintf(temp_dir, sizeof temp_dir, "%s", disk);
    begin(NULL);
    form f = { 0 };
    add_part(&f, "f", "1", LARGE);
    assert_answer(post("/save", &f), NO_ROOM, "");
    assert_int_equal(free_blocks(disk), before);
    end();

    snprintf(temp_dir, sizeof temp_dir, "%s", kept_before);
    snprintf(kept_before, sizeof kept_before, "%s", uploads);
    snprintf(uploads, sizeof uploads, "%s", disk);
    begin("max_file_memory=0");
    f = (form){ 0 };
    add_part(&f, "f", "1", LARGE);
    assert_answer(post("/save", &f), NO_ROOM, "");
    assert_int_equal(free_blocks(disk), before);
    f = (form){ 0 };
    add_part(&f, "f", "2", 100000); /* from one file system to the other */
    assert_answer(post("/save", &f), GOOD, "2 ");
    assert_kept("2", 100000);
    snprintf(path, sizeof path, "%s/2", disk);
    unlink(path);
    end();
    snprintf(uploads, sizeof uploads, "%s", kept_before);
    assert_int_equal(umount(disk), 0);
}

static void test_a_handler_that_aborts(void **state)
{
    (void)state;
    begin("max_file_memory=0");
    size_t before = idle_files();
    form f = { 0 };
    add_part(&f, "f", "1", LARGE);
    assert_answer(post("/abort", &f), "HTTP/1.1 409 Conflict\r\n", "no\n");
    f = (form){ 0 };
    add_part(&f, "f", "1", LARGE); /* what it is called is known still, the content is not */
    assert_answer(post("/late/abort", &f), "HTTP/1.1 500", "");
    wait_for_files(before);
    end();
    begin(NULL);
    f = (form){ 0 };
    add_part(&f, "f", "1", 10); /* what is in memory stays */
    const char *text = post("/late/abort", &f);
    assert_answer(text, "HTTP/1.1 409 Conflict\r\n", "no\n");
    assert_non_null(strstr(text, "\r\nX-File: 1\r\nX-Bytes: 10\r\n"));
    end();
}

static void test_a_client_that_leaves(void **state)
{
    (void)state;
    begin("max_file_memory=0");
    size_t before = idle_files();
    form f = { 0 };
    add_part(&f, "f", "1", LARGE);
    int fd = begin_post("/save", &f, f.length / 2);
    wait_for_files(before + 2); /* the connection and the file */
    close(fd);
    wait_for_files(before);
    fd = begin_post("/save", &f, f.length); /* all but the last boundary */
    shutdown(fd, SHUT_WR);
    answer(fd);
    wait_for_files(before);
    assert_int_equal(count_entries(temp_dir), 0);
    assert_int_equal(count_entries(uploads), 0);
    free(f.data);
    end();
}

static void test_a_crash(void **state)
{
    (void)state;
    begin(NULL);
    form f = { 0 };
    add_part(&f, "f", "1", LARGE);
    post("/crash", &f);
    assert_int_not_equal(test_server_stop(&server), 0);
    assert_int_equal(count_entries(temp_dir), 0);
    assert_int_equal(count_entries(uploads), 0);
}

/* ---- all ---- */

static int make_folders(void **state)
{
    (void)state;
    umask(022);
    snprintf(folder, sizeof folder, "/tmp/canteen-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(temp_dir, sizeof temp_dir, "%s/temp", folder);
    snprintf(uploads, sizeof uploads, "%s/uploads", folder);
    return mkdir(temp_dir, 0755) || mkdir(uploads, 0755);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static int remove_folders(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folders, remove_folders)
    const struct CMUnitTest tests[] = {
        TEST(test_files_in_memory_and_in_files),
        TEST(test_no_file_in_memory),
        TEST(test_as_many_files_as_allowed),
        TEST(test_as_many_parts_as_allowed),
        TEST(test_as_many_fields_as_allowed),
        TEST(test_fields_as_large_as_allowed),
        TEST(test_a_file_as_large_as_allowed),
        TEST(test_a_head_as_large_as_allowed),
        TEST(test_files_are_kept),
        TEST(test_kept_files_are_sent),
        TEST(test_no_room_for_a_temporary_file),
        TEST(test_no_room_for_a_kept_file),
        TEST(test_a_full_disk),
        TEST(test_a_handler_that_aborts),
        TEST(test_a_client_that_leaves),
        TEST(test_a_crash),
    };
    return cmocka_run_group_tests_name("uploads", tests, NULL, NULL);
}
