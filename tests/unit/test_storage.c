/* Kept files in a folder: names, what is there afterwards, and what `check` says of the folder. A folder of its own is
 * made for each test; the process changes into it. */
#include "made_request.h"

#include "canteen/backend/storage.h"
#include "canteen/work.h"
#include "web/standalone.h"
#include "web/storage.h"
#include "web/temp_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/canteen-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    umask(022);
    return chdir(folder);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return chdir("/") || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- in a unit of work ---- */

/* A work with a loop and threads, of an app that keeps its files in "kept". */
static void run_app(const ct_app *app, int (*fn)(ct *c))
{
    ct_problems problems = { 0 };
    ct_site site;
    ct_site_init(&site, app, &problems);
    assert_int_equal(problems.count, 0);
    site.config =
        (ct_config){ .upload_folder = "kept", .temp_dir = ".", .stack_size = 256 * 1024, .offload_threads = 2 };
    assert_int_equal(ct_run_work(&site, fn, NULL), 0);
    ct_site_finish(&site);
}

static void run(int (*fn)(ct *c))
{
    static const ct_app app = { .name = "app" };
    run_app(&app, fn);
}

static const char *save(ct *c, const char *name, const char *text)
{
    return ct_storage_save(c, name, (ct_bytes){ text, strlen(text) });
}

static void assert_content(ct *c, const char *name, const char *expected)
{
    char text[64] = "";
    int fd = ct_storage_open(c, name);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof text - 1), strlen(expected));
    assert_string_equal(text, expected);
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *all = opendir("/proc/self/fd");
    assert_non_null(all);
    while (readdir(all))
        count++;
    closedir(all);
    return count;
}

/* ---- keeping and finding ---- */

static int keep_and_find(ct *c)
{
    struct stat info;
    assert_false(ct_storage_exists(c, "a.txt"));
    assert_string_equal(save(c, "a.txt", "hello"), "a.txt");
    assert_string_equal(save(c, "x/y/b.txt", ""), "x/y/b.txt");
    assert_content(c, "a.txt", "hello");
    assert_content(c, "x/y/b.txt", "");
    assert_true(ct_storage_exists(c, "a.txt"));
    assert_int_equal(ct_storage_size(c, "a.txt"), 5);
    assert_int_equal(ct_storage_bytes(c, "a.txt").len, 5);
    assert_string_equal(ct_storage_bytes(c, "a.txt").data, "hello");
    assert_int_equal(ct_storage_bytes(c, "x/y/b.txt").len, 0);
    assert_int_equal(ct_storage_size(c, "x/y/b.txt"), 0);
    assert_int_equal(stat("kept/x/y/b.txt", &info), 0);
    assert_int_equal(info.st_mode, S_IFREG | 0644);
    assert_int_equal(stat("kept/x", &info), 0);
    assert_int_equal(info.st_mode, S_IFDIR | 0755);
    assert_true(ct_storage_delete(c, "a.txt"));
    assert_false(ct_storage_delete(c, "a.txt"));
    assert_false(ct_storage_exists(c, "a.txt"));
    assert_int_equal(ct_storage_size(c, "a.txt"), -1);
    assert_int_equal(ct_storage_open(c, "a.txt"), -1);
    assert_string_equal(save(c, "x/c.txt", "c"), "x/c.txt");
    assert_true(ct_storage_delete(c, "x/y/b.txt"));
    assert_int_equal(stat("kept/x/y", &info), -1); /* empty: gone with it */
    assert_true(ct_storage_delete(c, "x/c.txt"));
    assert_int_equal(stat("kept/x", &info), -1);
    assert_int_equal(stat("kept", &info), 0);
    return 0;
}

static void files_are_kept_and_found(void **state)
{
    (void)state;
    size_t before = open_files();
    run(keep_and_find);
    assert_int_equal(open_files(), before);
}

static int before_the_folder_is_there(ct *c)
{
    assert_int_equal(ct_storage_open(c, "a"), -1);
    assert_int_equal(ct_storage_size(c, "a"), -1);
    assert_false(ct_storage_delete(c, "a"));
    assert_null(ct_storage_list(c, "")[0]);
    assert_int_equal(access("kept", F_OK), -1); /* made with the first file, no sooner */
    return 0;
}

static void nothing_is_kept_at_first(void **state)
{
    (void)state;
    run(before_the_folder_is_there);
}

static int umask_counts(ct *c)
{
    struct stat info;
    umask(077);
    save(c, "x/a", "1");
    umask(022);
    assert_int_equal(stat("kept/x/a", &info), 0);
    assert_int_equal(info.st_mode, S_IFREG | 0600);
    assert_int_equal(stat("kept/x", &info), 0);
    assert_int_equal(info.st_mode, S_IFDIR | 0700);
    return 0;
}

static void the_umask_counts(void **state)
{
    (void)state;
    run(umask_counts);
}

/* "cat" + '_' + seven letters or digits + ".png". */
static void assert_like(const char *name, const char *stem, const char *ending)
{
    size_t length = strlen(stem);
    assert_int_equal(strlen(name), length + 8 + strlen(ending));
    assert_memory_equal(name, stem, length);
    assert_int_equal(name[length], '_');
    for (size_t i = 1; i < 8; i++)
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", name[length + i]));
    assert_string_equal(name + length + 8, ending);
}

static int taken_names(ct *c)
{
    save(c, "d.d/cat.png", "1");
    const char *second = save(c, "d.d/cat.png", "2");
    assert_like(second, "d.d/cat", ".png");
    const char *third = save(c, "d.d/cat.png", "3");
    assert_string_not_equal(second, third);
    assert_content(c, "d.d/cat.png", "1");
    assert_content(c, second, "2");
    assert_content(c, third, "3");
    save(c, "d.d/x", "1");
    assert_like(save(c, "d.d/x", "2"), "d.d/x", "");
    save(c, "a.tar.gz", "1");
    assert_like(save(c, "a.tar.gz", "2"), "a.tar", ".gz");
    assert_like(save(c, "d.d", "a folder has the name"), "d", ".d");
    assert_int_equal(symlink("nowhere", "kept/link"), 0);
    assert_like(save(c, "link", "a link has it"), "link", "");
    return 0;
}

static void nothing_is_overwritten(void **state)
{
    (void)state;
    run(taken_names);
}

static int long_names(ct *c)
{
    char name[300];
    snprintf(name, sizeof name, "x/%.*s.txt", 251, ct_printf(c, "%0251d", 0));
    assert_string_equal(save(c, name, "1"), name);
    const char *other = save(c, name, "2");
    assert_int_equal(strlen(other), strlen(name));
    assert_string_equal(other + strlen(other) - 4, ".txt");
    snprintf(name, sizeof name, "y.%0253d", 0); /* an ending as long as a name */
    save(c, name, "1");
    assert_int_equal(strlen(save(c, name, "2")), 255);
    const char *umlauts = "";
    for (int i = 0; i < 127; i++)
        umlauts = ct_printf(c, "%s\xC3\xA4", umlauts);
    save(c, umlauts, "1");
    other = save(c, umlauts, "2");
    assert_true(ct_utf8_valid(other, strlen(other)));
    assert_int_equal(strlen(other), 246 + 8);
    return 0;
}

static void long_names_stay_names(void **state)
{
    (void)state;
    run(long_names);
}

static int all_of_it(ct *c)
{
    save(c, "b", "1");
    save(c, "a/c", "1");
    save(c, "a/b.txt", "1");
    save(c, ".hidden~", "1");
    save(c, "a.b", "1");
    assert_int_equal(symlink("b", "kept/link"), 0);
    assert_int_equal(mkfifo("kept/fifo", 0644), 0);
    close(open("kept/.canteen-0123", O_CREAT | O_WRONLY, 0644)); /* as a crash may leave it */
    static const char *const expected[] = { ".hidden~", "a.b", "a/b.txt", "a/c", "b" };
    const char *const *names = ct_storage_list(c, "");
    for (size_t i = 0; i < CT_COUNT(expected); i++)
        assert_string_equal(names[i], expected[i]);
    assert_null(names[CT_COUNT(expected)]);
    names = ct_storage_list(c, "a/");
    assert_string_equal(names[0], "a/b.txt");
    assert_string_equal(names[1], "a/c");
    assert_null(names[2]);
    assert_null(ct_storage_list(c, "c")[0]);
    for (int i = 0; i < 100; i++)
        save(c, ct_printf(c, "many/%d", i), "1");
    size_t count = 0;
    for (names = ct_storage_list(c, "many/"); names[count]; count++)
        assert_true(count == 0 || strcmp(names[count - 1], names[count]) < 0);
    assert_int_equal(count, 100);
    return 0;
}

static void lists_have_every_file(void **state)
{
    (void)state;
    run(all_of_it);
}

/* ---- what is refused ---- */

static int bad_names(ct *c)
{
    const char *long_part = ct_printf(c, "%0256d", 0);
    const char *long_name = ct_printf(c, "%0200d/%0200d/%0200d/%0200d/%0221d", 0, 0, 0, 0, 0);
    const char *const names[] = { "",     "/a",  "a/",    "a//b",  ".",       "..",      "../a",       "a/../b",
                                  "a/..", "./a", "a/./b", "a\xff", long_part, long_name, ".canteen-x", "a/.canteen-x" };
    for (size_t i = 0; i < CT_COUNT(names); i++) {
        assert_false(ct_storage_holds(names[i]));
        const char *message =
            ct_printf(c,
                      "ct_storage_save: \"%s\" is no name of a kept file: relative, in UTF-8, its parts 1 to 255 bytes "
                      "and none of them \".\" or \"..\"",
                      names[i]);
        assert_aborts(c, 500, message, save(c, names[i], "x"));
    }
    assert_aborts(c, 500,
                  "ct_storage_delete: \"../a\" is no name of a kept file: relative, in UTF-8, its parts 1 to 255 bytes "
                  "and none of them \".\" or \"..\"",
                  ct_storage_delete(c, "../a"));
    assert_true(ct_storage_holds("..a/b../.c"));
    assert_true(ct_storage_holds(long_part + 1));
    assert_true(ct_storage_holds(long_name + 1));
    return 0;
}

static void names_that_lead_out_are_refused(void **state)
{
    (void)state;
    run(bad_names);
}

static int links_out(ct *c)
{
    save(c, "in", "1");
    assert_int_equal(mkdir("outside", 0755), 0);
    close(open("outside/secret", O_CREAT | O_WRONLY, 0644));
    assert_int_equal(symlink("../outside", "kept/out"), 0);
    assert_int_equal(symlink("../outside/secret", "kept/file"), 0);
    assert_int_equal(ct_storage_open(c, "out/secret"), -1);
    assert_int_equal(ct_storage_open(c, "file"), -1);
    assert_false(ct_storage_delete(c, "out/secret"));
    assert_false(ct_storage_delete(c, "file"));
    assert_int_equal(access("outside/secret", F_OK), 0);
    ct_catch catch;
    if (!ct_catch_begin(c, &catch)) {
        save(c, "out/new", "x");
        fail_msg("it did not abort");
    }
    assert_int_equal(access("outside/new", F_OK), -1);
    return 0;
}

static void links_that_lead_out_are_not_followed(void **state)
{
    (void)state;
    run(links_out);
}

static int not_files(ct *c)
{
    save(c, "a/b", "1");
    assert_int_equal(mkfifo("kept/fifo", 0644), 0);
    assert_int_equal(ct_storage_open(c, "a"), -1);
    assert_int_equal(ct_storage_size(c, "a"), -1);
    assert_int_equal(ct_storage_open(c, "fifo"), -1);
    assert_false(ct_storage_delete(c, "a"));
    assert_false(ct_storage_delete(c, "fifo"));
    assert_int_equal(ct_storage_open(c, "a/b/c"), -1);
    assert_aborts(c, 500, "\"a/b/c\" cannot be kept in \"kept\" (setting upload_folder): Not a directory",
                  save(c, "a/b/c", "x"));
    return 0;
}

static void only_files_are_files(void **state)
{
    (void)state;
    run(not_files);
}

static size_t count_kept(void)
{
    size_t count = 0;
    DIR *all = opendir("kept");
    assert_non_null(all);
    for (const struct dirent *entry; (entry = readdir(all));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(all);
    return count;
}

static int no_room(ct *c)
{
    struct rlimit before;
    save(c, "small", "1234");
    size_t files = open_files();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ .rlim_cur = 4, .rlim_max = before.rlim_max });
    ct_catch catch;
    bool aborted = true;
    if (!ct_catch_begin(c, &catch)) {
        save(c, "in/folders/large", "12345");
        ct_catch_end(c, &catch);
        aborted = false;
    }
    bool fits = strcmp(save(c, "fits", "1234"), "fits") == 0;
    setrlimit(RLIMIT_FSIZE, &before);
    assert_true(aborted && fits);
    assert_int_equal(c->error_status, 507);
    assert_string_equal(c->error_message, "there is no room for \"in/folders/large\" in \"kept\": File too large");
    assert_int_equal(count_kept(), 2);
    assert_int_equal(open_files(), files);
    return 0;
}

static void no_room_is_507_and_leaves_nothing(void **state)
{
    (void)state;
    run(no_room);
}

/* ---- file systems that cannot make files without a name ---- */

/* From here on O_TMPFILE fails as it does there. False where the kernel has no filters. */
static bool refuse_unnamed_files(void)
{
    const uint32_t flag = O_TMPFILE & ~O_DIRECTORY, flags = offsetof(struct seccomp_data, args[2]);
    const size_t half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(flags + half)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { .len = CT_COUNT(lines), .filter = lines };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int keep_hidden(ct *c)
{
    assert_int_equal(open("/tmp", O_TMPFILE | O_RDWR, 0600), -1);
    assert_string_equal(save(c, "a.txt", "hello"), "a.txt");
    assert_like(save(c, "a.txt", "again"), "a", ".txt");
    assert_content(c, "a.txt", "hello");
    int fd = ct_temp_open(c, "test");
    ct_temp_write(c, "test", fd, (ct_bytes){ "upload", 6 });
    assert_true(ct_folder_storage.create(c, "b", fd, (ct_bytes){ 0 }));
    close(fd);
    assert_content(c, "b", "upload");
    assert_int_equal(count_kept(), 3);
    return 0;
}

static void files_with_a_hidden_name_first(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (!refuse_unnamed_files())
            _exit(77);
        run(keep_hidden);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

/* ---- keeping what is in a file ---- */

static int keep_a_file(ct *c)
{
    struct stat unnamed, kept;
    char text[8] = "";
    int fd = ct_temp_open(c, "test");
    ct_temp_write(c, "test", fd, (ct_bytes){ "hello", 5 });
    assert_int_equal(fstat(fd, &unnamed), 0);
    assert_true(ct_folder_storage.create(c, "a", fd, (ct_bytes){ 0 }));
    assert_int_equal(stat("kept/a", &kept), 0);
    assert_int_equal(kept.st_ino, unnamed.st_ino); /* the same file: nothing was copied */
    assert_int_equal(kept.st_mode, S_IFREG | 0644);
    assert_true(ct_folder_storage.create(c, "b", fd, (ct_bytes){ 0 }));
    assert_int_equal(stat("kept/b", &kept), 0);
    assert_int_not_equal(kept.st_ino, unnamed.st_ino); /* two names are two files */
    assert_int_equal(kept.st_size, 5);
    assert_false(ct_folder_storage.create(c, "a", fd, (ct_bytes){ 0 }));
    close(fd);
    assert_true(ct_temp_read(c, ct_storage_open(c, "b"), text, 5));
    assert_string_equal(text, "hello");
    return 0;
}

static void a_file_without_a_name_gets_one(void **state)
{
    (void)state;
    run(keep_a_file);
}

static int keep_from_elsewhere(ct *c)
{
    const size_t size = 3 << 20;
    char *text = ct_alloc(c, size), *copy = ct_alloc(c, size + 1);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(i * 7 + i / 1000);
    int fd = memfd_create("test", MFD_CLOEXEC);
    ct_temp_write(c, "test", fd, (ct_bytes){ text, size });
    assert_true(ct_folder_storage.create(c, "a", fd, (ct_bytes){ 0 }));
    close(fd);
    fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(ct_folder_storage.create(c, "empty", fd, (ct_bytes){ 0 }));
    close(fd);
    assert_int_equal(ct_storage_size(c, "a"), size);
    assert_int_equal(ct_storage_size(c, "empty"), 0);
    assert_true(ct_temp_read(c, ct_storage_open(c, "a"), copy, size));
    assert_memory_equal(text, copy, size);
    assert_false(ct_temp_read(c, ct_storage_open(c, "a"), copy, size + 1));
    return 0;
}

static void a_file_of_another_file_system_is_copied(void **state)
{
    (void)state;
    run(keep_from_elsewhere);
}

/* ---- an app's own storage ---- */

static int created;

static bool create_third(ct *c, const char *name, int fd, ct_bytes data)
{
    (void)c;
    assert_int_equal(fd, -1);
    assert_memory_equal(data.data, "x", 1);
    assert_true(ct_storage_holds(name));
    return ++created == 3;
}

static bool never_create(ct *c, const char *name, int fd, ct_bytes data)
{
    (void)c, (void)name, (void)fd, (void)data;
    return false;
}

static void list_backwards(ct *c, void (*each)(void *arg, const char *name), void *arg)
{
    (void)c;
    each(arg, "b");
    each(arg, "a");
}

static int use_own(ct *c)
{
    assert_like(save(c, "a.b", "x"), "a", ".b");
    assert_int_equal(created, 3);
    assert_string_equal(ct_storage_list(c, "")[0], "a");
    return 0;
}

static int use_full(ct *c)
{
    assert_aborts(c, 500, "ct_storage_save: the storage \"full\" has \"a\" and every name like it", save(c, "a", "x"));
    return 0;
}

static void an_app_has_a_storage_of_its_own(void **state)
{
    (void)state;
    static const ct_storage own = { .name = "own", .create = create_third, .list = list_backwards };
    static const ct_storage full = { .name = "full", .create = never_create };
    static const ct_app app = { .name = "app", .storage = &own }, full_app = { .name = "app", .storage = &full };
    run_app(&app, use_own);
    run_app(&full_app, use_full);
}

/* ---- what `check` says ---- */

static ct_response *nothing(ct *c)
{
    return ct_no_content(c);
}

static const ct_app inner = { .name = "inner", .static_folder = "inner-static" };
static const ct_app public_app = {
    .name = "app",
    .routes = ROUTES(GET("/", nothing), MOUNT("/i", &inner), FRONTEND("/f", "dist")),
};

static void assert_warning(const char *upload_folder, bool is_default, const char *expected)
{
    ct_problems problems = { 0 }, ignored = { 0 };
    ct_site site;
    ct_site_init(&site, &public_app, &ignored);
    site.config = (ct_config){ .upload_folder = upload_folder, .static_folders = "static, public" };
    ct_storage_check(&site, "here", is_default, &problems);
    if (expected) {
        assert_int_equal(problems.count, 1);
        assert_int_equal(problems.errors, 0);
        assert_string_equal(problems.items[0].text, expected);
    } else {
        assert_int_equal(problems.count, 0);
    }
    ct_problems_finish(&problems);
    ct_problems_finish(&ignored);
    ct_site_finish(&site);
}

#define EVERYBODY                                                                                                      \
    ", whose files everybody gets as they are: keep uploads elsewhere and send them with ct_storage_send()"

static void the_folder_is_checked(void **state)
{
    (void)state;
    static const char *const folders[] = { "static", "public", "public/in", "inner-static", "dist", "statics", "good" };
    for (size_t i = 0; i < CT_COUNT(folders); i++)
        assert_int_equal(mkdir(folders[i], 0755), 0);
    assert_int_equal(symlink("public/in", "linked"), 0);
    close(open("file", O_CREAT | O_WRONLY, 0644));
    assert_warning("good", false, NULL);
    assert_warning("good/new/er", false, NULL);
    assert_warning("statics", false, NULL);
    assert_warning("nowhere", true, NULL);
    assert_warning("file", false, "here: upload_folder: \"file\" is no folder");
    assert_warning("file/x", false,
                   "here: upload_folder: the folder \"file/x\" is not there and cannot be made: Not a directory");
    assert_warning("file/x", true, NULL);
    assert_warning("static", false, "here: upload_folder: \"static\" lies in \"static\"" EVERYBODY);
    assert_warning("static/new", true, "here: upload_folder: \"static/new\" lies in \"static\"" EVERYBODY);
    assert_warning("linked", false, "here: upload_folder: \"linked\" lies in \"public\"" EVERYBODY);
    assert_warning("./inner-static/x", false,
                   "here: upload_folder: \"./inner-static/x\" lies in \"inner-static\"" EVERYBODY);
    assert_warning("dist/../dist", false, "here: upload_folder: \"dist/../dist\" lies in \"dist\"" EVERYBODY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(files_are_kept_and_found),
        TEST(nothing_is_kept_at_first),
        TEST(the_umask_counts),
        TEST(nothing_is_overwritten),
        TEST(long_names_stay_names),
        TEST(lists_have_every_file),
        TEST(names_that_lead_out_are_refused),
        TEST(links_that_lead_out_are_not_followed),
        TEST(only_files_are_files),
        TEST(no_room_is_507_and_leaves_nothing),
        TEST(files_with_a_hidden_name_first),
        TEST(a_file_without_a_name_gets_one),
        TEST(a_file_of_another_file_system_is_copied),
        TEST(an_app_has_a_storage_of_its_own),
        TEST(the_folder_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
