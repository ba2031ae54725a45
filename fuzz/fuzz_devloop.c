/* What `canteen run` reads of others: the output of a build, whose mistakes lie within it and whose page has no tag
 * that is not ours, and what of it the terminal gets; the program of a Makefile; the patterns of a .gitignore. */
#include "check.h"

#include "cli/diagnostics.h"
#include "cli/project.h"
#include "cli/watch.h"

static void check_mistakes(ct_str text)
{
    ct_str rest = text;
    ct_diagnostic found;
    while (ct_diagnostic_next(&rest, &found)) {
        const char *end = text.data + text.length;
        FUZZ_CHECK(found.file.length && found.line);
        FUZZ_CHECK(found.file.data >= text.data && found.file.data + found.file.length < found.message.data);
        FUZZ_CHECK(found.message.data + found.message.length <= end);
        FUZZ_CHECK(!memchr(found.message.data, '\n', found.message.length));
        FUZZ_CHECK(rest.data <= end && rest.data + rest.length == end);
    }
}

/* No mistake is left out but of the inside of macros and at a place of which one is told, nor a line that is not behind
 * something left out. */
static void check_fold(ct_str text)
{
    ct_diagnostics_fold fold = { .folding = false };
    ct_diagnostic found;
    bool kept = true;
    while (text.length) {
        const char *end = memchr(text.data, '\n', text.length);
        ct_str line = { text.data, end ? (size_t)(end - text.data) : text.length }, rest = line;
        size_t used = end ? line.length + 1 : line.length;
        text = (ct_str){ text.data + used, text.length - used };
        bool before = kept;
        kept = ct_diagnostics_keeps(&fold, line);
        bool told = fold.place[0] && ct_str_starts(line, ct_str_of(fold.place));
        FUZZ_CHECK(kept || told || !ct_diagnostic_next(&rest, &found));
        FUZZ_CHECK(kept || told || !before || memmem(line.data, line.length, "note: ", 6) ||
                   memmem(line.data, line.length, "ct_kind_of_", 11));
        FUZZ_CHECK(strlen(fold.place) < sizeof fold.place);
    }
}

static bool is_ours(const char *at)
{
    static const char *const tags[] = {
        "!doctype html>", "html lang", "head>",    "meta charset", "title>", "style>", "body>", "h1>",   "p>",
        "p class=",       "code>",     "section>", "h2>",          "pre>",   "mark>",  "/",     "/html>"
    };
    for (size_t i = 0; i < CT_COUNT(tags); i++)
        if (strncmp(at, tags[i], strlen(tags[i])) == 0)
            return true;
    return false;
}

static void check_page(ct_str text)
{
    ct_buffer out = { 0 };
    const ct_diagnostics what = { .title = "title", .text = "text", .speaker = "the build", .output = text };
    ct_diagnostics_page(&out, &what, "/nonexistent");
    ct_buffer_char(&out, '\0');
    for (size_t i = 0; i < out.length; i++)
        FUZZ_CHECK(out.data[i] != '\033' && (out.data[i] != '<' || is_ours(out.data + i + 1)));
    ct_buffer_finish(&out);
}

static void check_patterns(ct_str text)
{
    ct_watcher watcher = { .fd = -1, .program = "x" };
    ct_arena_init(&watcher.arena, NULL, 0);
    ct_watcher_ignore(&watcher, text);
    for (size_t i = 0; i < watcher.ignored_count; i++) {
        const char *pattern = watcher.ignored[i].pattern;
        FUZZ_CHECK(*pattern != '!' || watcher.ignored[i].anchored);
        FUZZ_CHECK(!strchr(pattern, '\n'));
    }
    ct_watcher_finish(&watcher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_str text = { (const char *)data, size };
    check_mistakes(text);
    check_fold(text);
    check_page(text);
    check_patterns(text);
    ct_str program = ct_project_program(text);
    FUZZ_CHECK(!program.data || (program.data >= text.data && program.data + program.length <= text.data + size));
    FUZZ_CHECK(!program.length || !memchr(program.data, '#', program.length));
    return 0;
}
