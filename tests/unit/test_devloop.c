/* What `canteen run` reads: a build's output, a Makefile's program, which files matter. */
#include "base/time.h"
#include "cli/devloop.h"
#include "cli/diagnostics.h"
#include "cli/new.h"
#include "cli/project.h"
#include "cli/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

/* The mistakes of an output as "FILE LINE COLUMN MESSAGE", one a line. */
static const char *mistakes_of(const char *output)
{
    static char text[2048];
    ct_str rest = ct_str_of(output);
    ct_diagnostic found;
    size_t length = 0;
    text[0] = '\0';
    while (ct_diagnostic_next(&rest, &found))
        length += (size_t)snprintf(text + length, sizeof text - length, "%.*s %d %d %.*s\n", CT_STR_ARG(found.file),
                                   (int)found.line, (int)found.column, CT_STR_ARG(found.message));
    return text;
}

static void mistakes_of_compilers(void **state)
{
    (void)state;
    assert_string_equal(mistakes_of("app.c: In function 'f':\n"
                                    "app.c:12:5: error: expected ';' before '}' token\n"
                                    "   12 |     x\n"
                                    "      |     ^\n"
                                    "src/a.c:1:10: fatal error: no.h: No such file or directory\n"),
                        "app.c 12 5 expected ';' before '}' token\nsrc/a.c 1 10 no.h: No such file or directory\n");
    assert_string_equal(mistakes_of("/home/a/app.c:3:1: error: last"), "/home/a/app.c 3 1 last\n");
    assert_string_equal(mistakes_of("a.c:4:40: error: 'nmae' undeclared (first use in this function)\n"
                                    "    4 |     return ct_render(c, \"home.html\", V(nmae));\n"
                                    "/usr/include/canteen/value.h:151:41: error: 'ct_kind_of_0' undeclared\n"),
                        "a.c 4 40 'nmae' undeclared (first use in this function)\n"); /* what V() makes of it */
    assert_string_equal(mistakes_of("app.c:3:1: warning: unused\napp.c:4:1: note: here\n"
                                    "In file included from app.c:1:\n1 error generated.\n"),
                        "");
}

static void mistakes_of_linkers_and_make(void **state)
{
    (void)state;
    assert_string_equal(mistakes_of("/usr/bin/ld: build/app.o: in function `f':\n"
                                    "/home/a/app.c:9: undefined reference to `x'\n"
                                    "/usr/bin/ld: /home/a/b.c:7: multiple definition of `y'; build/a.o:a.c:5: first\n"
                                    "app.c:(.text+0x5): undefined reference to `z'\n"),
                        "/home/a/app.c 9 0 undefined reference to `x'\n"
                        "/home/a/b.c 7 0 multiple definition of `y'; build/a.o:a.c:5: first\n");
    assert_string_equal(mistakes_of("Makefile:4: *** missing separator.  Stop.\n"
                                    "make: *** [Makefile:18: build/app.o] Error 1\n"),
                        "Makefile 4 0 *** missing separator.  Stop.\n");
}

static void what_is_no_mistake(void **state)
{
    (void)state;
    static const char *const lines[] = { "",
                                         ":",
                                         "app.c",
                                         "app.c:",
                                         "app.c:1",
                                         "app.c:1:",
                                         "app.c:0: error: x",
                                         "app.c:x:1: error: y",
                                         ":1:1: error: x",
                                         "app.c:1:1:error: x",
                                         "app.c:99999999999999999999:1: error: x" };
    for (size_t i = 0; i < CT_COUNT(lines); i++)
        assert_string_equal(mistakes_of(lines[i]), "");
}

/* ---- macros ---- */

/* The lines that are kept. */
static const char *kept_of(const char *output)
{
    static char text[2048];
    ct_diagnostics_fold fold = { .folding = false };
    size_t length = 0;
    text[0] = '\0';
    for (const char *end; (end = strchr(output, '\n')); output = end + 1)
        if (ct_diagnostics_keeps(&fold, (ct_str){ output, (size_t)(end - output) }))
            length += (size_t)snprintf(text + length, sizeof text - length, "%.*s\n", (int)(end - output), output);
    return text;
}

static void macros_of_gcc_are_folded(void **state)
{
    (void)state;
    assert_string_equal(kept_of("a.c: In function 'home':\n"
                                "a.c:4:40: error: 'nmae' undeclared (first use in this function)\n"
                                "    4 |     return ct_render(c, \"home.html\", V(nmae));\n"
                                "      |                                        ^~~~\n"
                                "/usr/include/canteen/value.h:230:22: note: in definition of macro 'CT_KVS'\n"
                                "  230 |     (const ct_kv[]){ __VA_ARGS__ },\n"
                                "      |                      ^~~~~~~~~~~\n"
                                "a.c:4:12: note: in expansion of macro 'ct_render'\n"
                                "    4 |     return ct_render(c, \"home.html\", V(nmae));\n"
                                "a.c:4:40: note: each undeclared identifier is reported only once for each function\n"
                                "    4 |     return ct_render(c, \"home.html\", V(nmae));\n"
                                "/usr/include/canteen/value.h:151:41: error: 'ct_kind_of_0' undeclared\n"
                                "  151 |     _Generic(CT_VALUE_KIND(x, CT_UNIQUE(ct_kind_of_)),\n"
                                "a.c:4:38: note: in expansion of macro 'V'\n"
                                "    4 |     return ct_render(c, \"home.html\", V(nmae));\n"
                                "a.c: In function 'two':\n"
                                "make: *** [Makefile:24: build/a.o] Error 1\n"),
                        "a.c: In function 'home':\n"
                        "a.c:4:40: error: 'nmae' undeclared (first use in this function)\n"
                        "    4 |     return ct_render(c, \"home.html\", V(nmae));\n"
                        "      |                                        ^~~~\n"
                        "a.c: In function 'two':\n"
                        "make: *** [Makefile:24: build/a.o] Error 1\n");
}

/* A mistake that the compiler sees in a header of ours keeps one place in the program. */
static void mistake_in_a_macro_keeps_its_place(void **state)
{
    (void)state;
    assert_string_equal(kept_of("/usr/include/canteen/value.h:184:72: error: invalid type argument of '->'\n"
                                "  184 |         CT_VALUE_CHOOSE(v)->row);\n"
                                "a.c:9:12: note: in expansion of macro 'ct_json'\n"
                                "    9 |     return ct_json(c, KV(\"a\", odd));\n"
                                "/usr/include/canteen/value.h:151:14: note: in expansion of macro 'CT_VALUE_KIND'\n"
                                "  151 |     _Generic(CT_VALUE_KIND(x)),\n"
                                "a.c:9:23: note: in expansion of macro 'KV'\n"
                                "    9 |     return ct_json(c, KV(\"a\", odd));\n"),
                        "/usr/include/canteen/value.h:184:72: error: invalid type argument of '->'\n"
                        "  184 |         CT_VALUE_CHOOSE(v)->row);\n"
                        "a.c:9:12: note: in expansion of macro 'ct_json'\n"
                        "    9 |     return ct_json(c, KV(\"a\", odd));\n");
}

/* Said once, in the words of V(), though it looks twice; clang shows the condition. */
static void refusal_of_a_struct_is_told_once(void **state)
{
    (void)state;
    assert_string_equal(
        kept_of("a.c:7:30: error: static assertion failed: \"V() and KV() take no struct\"\n"
                "    7 |     return ct_render(c, \"x\", V(o));\n"
                "a.c:7:30: error: invalid type argument of '->' (have 'struct odd')\n"
                "    7 |     return ct_render(c, \"x\", V(o));\n"
                "a.c:7:30: error: static assertion failed: \"V() and KV() take no struct\"\n"
                "    7 |     return ct_render(c, \"x\", V(o));\n"
                "a.c:9:30: error: static_assert failed due to '(ct_kind_of_0) != 12' \"V() and KV() take\"\n"
                "    return ct_json(c, V(o));\n"
                "a.c:9:30: error: no member named 'row' in 'struct odd'\n"
                "    return ct_json(c, V(o));\n"
                "a.c:11:23: error: 'nmae' undeclared (first use in this function)\n"
                "   11 |     return ct_json(c, V(nmae));\n"
                "a.c:11:21: error: expression in static assertion is not an integer\n"
                "   11 |     return ct_json(c, V(nmae));\n"
                "a.c:12:1: error: expression in static assertion is not an integer\n"),
        "a.c:7:30: error: static assertion failed: \"V() and KV() take no struct\"\n"
        "    7 |     return ct_render(c, \"x\", V(o));\n"
        "a.c:9:30: error: static_assert failed due to '(ct_kind_of_0) != 12' \"V() and KV() take\"\n"
        "    return ct_json(c, V(o));\n"
        "a.c:11:23: error: 'nmae' undeclared (first use in this function)\n"
        "   11 |     return ct_json(c, V(nmae));\n"
        "a.c:12:1: error: expression in static assertion is not an integer\n");
    assert_string_equal(
        mistakes_of("a.c:9:30: error: static_assert failed due to '(ct_kind_of_0) != 12' \"V() and KV() "
                    "take\"\n"),
        "a.c 9 30 static_assert failed due to '(ct_kind_of_0) != 12' \"V() and KV() take\"\n");
}

/* Where it leads is not known otherwise. */
static void other_macros_stay(void **state)
{
    (void)state;
    static const char output[] = "parts.h:1:18: error: 'hello' undeclared\n"
                                 "    1 | #define GREETING hello\n"
                                 "part7.c:6:23: note: in expansion of macro 'GREETING'\n"
                                 "    6 |     return ct_text(c, GREETING);\n"
                                 "part7.c:9:1: note: declared here\n"
                                 "part7.c:11:1: warning: unused\n";
    assert_string_equal(kept_of(output), output);
}

static void macros_of_clang_are_folded(void **state)
{
    (void)state;
    assert_string_equal(kept_of("a.c:4:40: error: use of undeclared identifier 'nmae'\n"
                                "    return ct_render(c, \"home.html\", V(nmae));\n"
                                "                                       ^\n"
                                "/usr/include/canteen/value.h:260:11: note: expanded from macro 'V'\n"
                                "#define V CT_V\n"
                                "          ^\n"
                                "note: (skipping 1 expansions in backtrace; use -fmacro-backtrace-limit=0 to see all)\n"
                                "/usr/include/canteen/value.h:230:22: note: expanded from macro 'CT_KVS'\n"
                                "    (const ct_kv[]){ __VA_ARGS__ },\n"
                                "                     ^\n"
                                "1 error generated.\n"),
                        "a.c:4:40: error: use of undeclared identifier 'nmae'\n"
                        "    return ct_render(c, \"home.html\", V(nmae));\n"
                        "                                       ^\n"
                        "1 error generated.\n");
}

/* ---- the page ---- */

static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/canteen-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    write_file("app.c", "one\ntwo\nthree\nfour\nfive\n<six>\nseven\neight\nnine\nten\neleven\n");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/app.c", folder);
    unlink(path);
    return rmdir(folder);
}

static char *page_of(const char *output)
{
    ct_buffer out = { 0 };
    const ct_diagnostics what = {
        .title = "A & B", .text = "text", .speaker = "the build", .output = ct_str_of(output)
    };
    ct_diagnostics_page(&out, &what, folder);
    char *page = ct_xstrdup(ct_buffer_text(&out));
    ct_buffer_finish(&out);
    return page;
}

static void page_shows_the_source_escaped(void **state)
{
    (void)state;
    char *page = page_of("app.c:6:2: error: <no>\n");
    assert_non_null(strstr(page, "<title>A &amp; B</title>"));
    assert_non_null(strstr(page, "<h2><code>app.c:6:2</code></h2>\n<p class=\"message\">&lt;no&gt;</p>\n"
                                 "<pre>    2  two\n    3  three\n    4  four\n    5  five\n"
                                 "<mark>    6  &lt;six&gt;</mark>\n"
                                 "    7  seven\n    8  eight\n    9  nine\n   10  ten\n</pre>\n"));
    assert_non_null(strstr(page, "<pre>app.c:6:2: error: &lt;no&gt;\n</pre>"));
    assert_non_null(strstr(page, "</body>"));
    assert_null(strstr(page, "eleven"));
    free(page);
}

static void page_shows_absolute_names_and_ends_of_files(void **state)
{
    (void)state;
    char line[160];
    snprintf(line, sizeof line, "%s/app.c:11:1: error: x\n", folder);
    char *page = page_of(line);
    assert_non_null(strstr(page, "<mark>   11  eleven</mark>\n</pre>"));
    free(page);
    page = page_of("app.c:900:1: error: x\n");
    assert_null(strstr(page, "<mark>"));
    free(page);
}

static void page_shows_one_mistake_a_line(void **state)
{
    (void)state;
    char *page = page_of("app.c:6:2: error: first\napp.c:6:9: error: follows\napp.c:7:1: error: second\n");
    assert_non_null(strstr(page, "<p class=\"message\">first</p>"));
    assert_null(strstr(page, "<p class=\"message\">follows</p>"));
    assert_non_null(strstr(page, "<p class=\"message\">second</p>"));
    free(page);
}

/* Nothing that is not the project's own. */
static void page_reads_nothing_else(void **state)
{
    (void)state;
    char *page = page_of("/etc/passwd:1:1: error: x\n../../../../../../etc/passwd:1:1: error: y\n");
    assert_non_null(strstr(page, "/etc/passwd:1:1</code>"));
    assert_null(strstr(page, "root:"));
    free(page);
}

static void page_has_limits(void **state)
{
    (void)state;
    ct_buffer output = { 0 };
    for (int i = 0; i < 3000; i++)
        ct_buffer_printf(&output, "app.c:%d:2: error: number %d of many of them\n", i + 1, i);
    char *page = page_of(ct_buffer_text(&output));
    assert_non_null(strstr(page, "<p class=\"message\">number 19 of many of them</p>"));
    assert_null(strstr(page, "<p class=\"message\">number 20 of many of them</p>"));
    assert_non_null(strstr(page, "<h2>The end of what the build said</h2>"));
    assert_true(strlen(page) < 100 * 1024);
    free(page);
    ct_buffer_finish(&output);
}

static void page_has_no_colours(void **state)
{
    (void)state;
    char *page = page_of("\033[1;31mred <b>\033[m\033[Kx\033y\033[\033[3");
    assert_non_null(strstr(page, "<pre>red &lt;b&gt;xy"));
    assert_null(strchr(page, '\033'));
    free(page);
}

/* ---- the program's output ---- */

/* At the limit it is whole; past it lines go from the front, and none is cut. */
static void last_of_an_output(void **state)
{
    (void)state;
    static char text[16 << 10];
    ct_output output = { .read_fd = -1, .write_fd = -1 };
    memset(text, 'x', sizeof text);
    memcpy(text, "first\nsecond\n", 13);
    ct_buffer_append(&output.kept, text, sizeof text);
    assert_int_equal(ct_devoutput_last(&output).length, sizeof text);
    ct_buffer_char(&output.kept, 'y');
    ct_str last = ct_devoutput_last(&output);
    assert_int_equal(last.length, sizeof text + 1 - 6);
    assert_memory_equal(last.data, "second\nxxx", 10);
    ct_devoutput_finish(&output);
}

/* Standard error goes to a file until end_listening(), which tells what it was. */
static int listening, terminal;

static void begin_listening(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/said", folder);
    listening = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    terminal = dup(STDERR_FILENO);
    unlink(path);
    dup2(listening, STDERR_FILENO);
}

static const char *end_listening(void)
{
    static char said[128 << 10];
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    ssize_t n = pread(listening, said, sizeof said - 1, 0);
    close(listening);
    said[n > 0 ? n : 0] = '\0';
    return said;
}

/* What is said is passed on whole, and what is kept does not grow. */
static void output_is_passed_on(void **state)
{
    (void)state;
    ct_output output;
    char line[64];
    begin_listening();
    ct_devoutput_open(&output);
    size_t length = 0;
    for (int i = 0; i < 4000; i++) {
        int n = snprintf(line, sizeof line, "this is line %d\n", i);
        length += (size_t)n;
        if (write(output.write_fd, line, (size_t)n) != n)
            break;
        ct_devoutput_read(&output);
    }
    ct_str last = ct_devoutput_last(&output);
    bool bounded = output.kept.length <= 32 << 10 && last.length <= 16 << 10 && last.length > 15 << 10;
    bool whole = ct_str_starts(last, CT_STR("this is line ")) && ct_str_ends(last, CT_STR("this is line 3999\n"));
    ct_devoutput_finish(&output);
    assert_int_equal(strlen(end_listening()), length);
    assert_true(bounded && whole);
}

/* ---- the build ---- */

static void slow_build_is_told_once(void **state)
{
    (void)state;
    const ct_time began = 7 * CT_SECOND, slow = began + 10 * CT_SECOND;
    ct_cli cli = { .program = "canteen" };
    ct_devloop loop = { .cli = &cli, .build = { .pid = getpid(), .began = began } };
    assert_int_equal(ct_devbuild_watch_at(&loop), slow);
    begin_listening();
    ct_devbuild_watch(&loop, slow - 1);
    assert_string_equal(end_listening(), "");
    begin_listening();
    ct_devbuild_watch(&loop, slow);
    ct_devbuild_watch(&loop, slow + CT_SECOND);
    assert_string_equal(end_listening(), "canteen run: the build is still running\n");
    assert_int_equal(ct_devbuild_watch_at(&loop), INT64_MAX);
}

/* ---- execution ---- */

/* Executes the program in a child, and 100 ms later lets it be executed; the child's exit code: 0, or the errno. */
static int execute(const char *path, void (*let)(void *), void *arg)
{
    const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
    char *argv[] = { "program", NULL };
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        closefrom(3); /* what the parent has open for writing is not open here */
        ct_project_execute(path, argv);
        _exit(errno);
    }
    nanosleep(&pause, NULL);
    let(arg);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void close_file(void *arg)
{
    close(*(int *)arg);
}

static void allow_execution(void *arg)
{
    chmod(arg, 0700);
}

static void do_nothing(void *arg)
{
    (void)arg;
}

/* As the linker does, which makes the program executable in the end. */
static void program_that_is_written_is_waited_for(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/program", folder);
    write_file("program", "#!/bin/sh\nexit 0\n");
    assert_int_equal(execute(path, allow_execution, path), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(execute(path, close_file, &fd), 0);
    unlink(path);
    ct_time began = ct_monotonic();
    assert_int_equal(execute(path, do_nothing, NULL), ENOENT); /* but not one that there is not */
    assert_true(ct_monotonic() < began + CT_SECOND);
}

/* ---- the Makefile ---- */

static void program_of_a_makefile(void **state)
{
    (void)state;
    static const struct {
        const char *text, *program;
    } cases[] = {
        { "program = polls\n", "polls" },
        { "# x\nprogram=polls", "polls" },
        { "CC = gcc\nprogram := bin/polls # here\r\n", "bin/polls" },
        { "program ::= polls\nprogram = other\n", "polls" },
        { "program ?= polls\n", "polls" },
        { "programs = a\nprogram: x\nmy program = b\n", NULL },
        { " program = polls\n", NULL },
        { "program =\n", "" },
        { "", NULL },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_str found = ct_project_program(ct_str_of(cases[i].text));
        assert_int_equal(found.data != NULL, cases[i].program != NULL);
        if (found.data)
            assert_true(ct_str_eq(found, ct_str_of(cases[i].program)));
    }
}

static void program_option_goes_first(void **state)
{
    (void)state;
    char *words[] = { "--program", "polls", "--bind", "8001", NULL }, **rest = words;
    char *joined[] = { "--program=polls", NULL }, *other[] = { "--bind", "8001", "--program", "x", NULL };
    char *missing[] = { "--program", NULL }, *none[] = { NULL };
    const char *program;
    char *const *at = rest;
    assert_true(ct_project_take_program(&at, &program));
    assert_string_equal(program, "polls");
    assert_ptr_equal(at, words + 2);
    at = joined;
    assert_true(ct_project_take_program(&at, &program));
    assert_string_equal(program, "polls");
    assert_null(*at);
    at = other;
    assert_true(ct_project_take_program(&at, &program));
    assert_null(program);
    assert_ptr_equal(at, other);
    at = missing;
    assert_false(ct_project_take_program(&at, &program));
    at = none;
    assert_true(ct_project_take_program(&at, &program));
    assert_null(program);
}

/* ---- files ---- */

static void judges_files(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        unsigned change;
    } cases[] = {
        { "app.c", CT_CHANGE_SOURCE },
        { "Makefile", CT_CHANGE_SOURCE },
        { "polls/views.h", CT_CHANGE_SOURCE },
        { "templates/home.html", CT_CHANGE_PAGE },
        { "static/style.css", CT_CHANGE_PAGE },
        { ".env", CT_CHANGE_SETTINGS },
        { "sub/.env", 0 },
        { "polls", 0 },
        { "polls/polls", CT_CHANGE_SOURCE },
        { ".app.c.swp", 0 },
        { ".git", 0 },
        { "app.c~", 0 },
        { "#app.c#", 0 },
        { "4913", 0 },
        { "app.o", 0 },
        { "build/app.o", 0 },
        { "notes.log", 0 },
        { "deep/notes.log", 0 },
        { "out", 0 },
        { "deep/out", CT_CHANGE_SOURCE },
        { "data/a.db", 0 },
        { "deep/data/a.db", CT_CHANGE_SOURCE },
        { "data/deep/a.db", CT_CHANGE_SOURCE },
        { "kept.txt", CT_CHANGE_PAGE },
        { "cache", CT_CHANGE_SOURCE },
    };
    ct_watcher watcher = { .fd = -1, .program = "polls" };
    ct_arena_init(&watcher.arena, NULL, 0);
    ct_watcher_ignore(&watcher, CT_STR("# comment\n*.log\n/out\r\n\ndata/*.db\n!kept.txt\n/\ncache/"));
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_int_equal(ct_watcher_judge(&watcher, cases[i].path, false), cases[i].change);
    assert_int_equal(ct_watcher_judge(&watcher, "cache", true), 0);
    assert_int_equal(ct_watcher_judge(&watcher, "deep/cache", true), 0);
    assert_int_equal(ct_watcher_judge(&watcher, "deep/node_modules", true), 0);
    assert_int_not_equal(ct_watcher_judge(&watcher, "2024", true), 0);
    ct_watcher_finish(&watcher);
}

/* The modification of a file that came so many microseconds after it was written, in microseconds before now. */
static ct_time age_of_moved(ct_watcher *watcher, ct_time age)
{
    struct stat info;
    ct_time then = ct_now() - age;
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { then / CT_SECOND, then % CT_SECOND * 1000 } };
    write_file(".moved", "z");
    assert_int_equal(utimensat(AT_FDCWD, ".moved", times, 0), 0);
    assert_int_equal(rename(".moved", "put_back.c"), 0);
    assert_int_equal(ct_watcher_read(watcher), CT_CHANGE_SOURCE);
    assert_int_equal(stat("put_back.c", &info), 0);
    return ct_now() - ((ct_time)info.st_mtim.tv_sec * CT_SECOND + info.st_mtim.tv_nsec / 1000);
}

static void old_times_are_renewed(void **state)
{
    (void)state;
    ct_watcher watcher;
    ct_error error;
    assert_int_equal(chdir(folder), 0);
    assert_true(ct_watcher_init(&watcher, "polls", &error));
    assert_true(age_of_moved(&watcher, CT_SECOND / 4) >= CT_SECOND / 4); /* as editors save: it is left alone */
    assert_string_equal(watcher.renewed, "");
    assert_true(age_of_moved(&watcher, 5 * CT_SECOND) < 4 * CT_SECOND);
    assert_string_equal(watcher.renewed, "put_back.c");
    unlink("put_back.c");
    ct_watcher_finish(&watcher);
}

static void reads_changes(void **state)
{
    (void)state;
    char path[160], other[160];
    ct_watcher watcher;
    ct_error error;
    assert_int_equal(chdir(folder), 0);
    assert_true(ct_watcher_init(&watcher, "polls", &error));
    assert_int_equal(ct_watcher_read(&watcher), 0);
    write_file("app.c", "changed\n");
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_SOURCE);
    assert_int_equal(mkdir("new", 0777), 0);
    write_file("new/page.html", "x"); /* before the folder is watched */
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_PAGE);
    write_file("new/page.html", "y");
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_PAGE);
    snprintf(path, sizeof path, "%s/new", folder);
    snprintf(other, sizeof other, "%s/moved", folder);
    assert_int_equal(rename(path, other), 0);
    assert_int_not_equal(ct_watcher_read(&watcher), 0);
    write_file("moved/app.c", "z");
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_SOURCE);
    write_file(".moved", "z");
    assert_int_equal(rename(".moved", "moved/app.c"), 0); /* as editors save */
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_SOURCE);
    assert_int_equal(symlink("app.c", "moved/link.c"), 0);
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_SOURCE);
    unlink("moved/link.c");
    unlink("moved/page.html");
    unlink("moved/app.c");
    assert_int_equal(ct_watcher_read(&watcher), CT_CHANGE_SOURCE | CT_CHANGE_PAGE);
    rmdir("moved");
    assert_int_not_equal(ct_watcher_read(&watcher), 0);
    ct_watcher_finish(&watcher);
}

/* ---- names ---- */

static void names_of_projects(void **state)
{
    (void)state;
    static const char *const good[] = { "polls", "a", "My-Site_2" }, *const bad[] = { "",      "1a",  "-a", "a b",
                                                                                      "a/b",   "é",   "..", "build",
                                                                                      "tests", "main" };
    for (size_t i = 0; i < CT_COUNT(good); i++)
        assert_true(ct_project_name_valid(good[i], NULL));
    for (size_t i = 0; i < CT_COUNT(bad); i++)
        assert_false(ct_project_name_valid(bad[i], NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_of_compilers),
        cmocka_unit_test(mistakes_of_linkers_and_make),
        cmocka_unit_test(what_is_no_mistake),
        cmocka_unit_test(macros_of_gcc_are_folded),
        cmocka_unit_test(mistake_in_a_macro_keeps_its_place),
        cmocka_unit_test(refusal_of_a_struct_is_told_once),
        cmocka_unit_test(other_macros_stay),
        cmocka_unit_test(macros_of_clang_are_folded),
        cmocka_unit_test(page_shows_the_source_escaped),
        cmocka_unit_test(page_shows_absolute_names_and_ends_of_files),
        cmocka_unit_test(page_shows_one_mistake_a_line),
        cmocka_unit_test(page_reads_nothing_else),
        cmocka_unit_test(page_has_limits),
        cmocka_unit_test(page_has_no_colours),
        cmocka_unit_test(last_of_an_output),
        cmocka_unit_test(output_is_passed_on),
        cmocka_unit_test(slow_build_is_told_once),
        cmocka_unit_test(program_that_is_written_is_waited_for),
        cmocka_unit_test(program_of_a_makefile),
        cmocka_unit_test(program_option_goes_first),
        cmocka_unit_test(judges_files),
        cmocka_unit_test(reads_changes),
        cmocka_unit_test(old_times_are_renewed),
        cmocka_unit_test(names_of_projects),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
