/* Media types: what a browser is told a file is. The table is private, so its source is part of this program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/mime.c"

static void table_is_sorted_and_lower_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT(entries); i++) {
        if (i && strcmp(entries[i - 1].ending, entries[i].ending) >= 0)
            fail_msg("%s does not come after %s", entries[i].ending, entries[i - 1].ending);
        for (const char *p = entries[i].ending; *p; p++)
            assert_int_equal(*p, ct_ascii_lower(*p));
        bool text = strncmp(entries[i].type, "text/", 5) == 0;
        assert_int_equal(text, strstr(entries[i].type, "; charset=utf-8") != NULL);
    }
}

static void endings_of_the_web(void **state)
{
    (void)state;
    assert_string_equal(ct_mime_of("index.html"), "text/html; charset=utf-8");
    assert_string_equal(ct_mime_of("/srv/www.example.org/style.css"), "text/css; charset=utf-8");
    assert_string_equal(ct_mime_of("app.js"), "text/javascript; charset=utf-8");
    assert_string_equal(ct_mime_of("module.mjs"), "text/javascript; charset=utf-8");
    assert_string_equal(ct_mime_of("data.json"), "application/json");
    assert_string_equal(ct_mime_of("logo.svg"), "image/svg+xml");
    assert_string_equal(ct_mime_of("photo.JPeG"), "image/jpeg");
    assert_string_equal(ct_mime_of("favicon.ico"), "image/vnd.microsoft.icon");
    assert_string_equal(ct_mime_of("font.woff2"), "font/woff2");
    assert_string_equal(ct_mime_of("code.wasm"), "application/wasm");
    assert_string_equal(ct_mime_of("site.webmanifest"), "application/manifest+json");
    assert_string_equal(ct_mime_of("backup.tar.gz"), "application/gzip");
    assert_string_equal(ct_mime_of("a.7z"), "application/x-7z-compressed");
    assert_string_equal(ct_mime_of("a.zst"), "application/zstd");
}

static void unknown_is_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",         "README",  "file.",          "file.unknown",    ".html", "dir.html/file",
        "dir/.css", "a.htmlx", "a.webmanifests", "a.web_manifest_", "html",  "a.html/"
    };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        assert_string_equal(ct_mime_of(names[i]), "application/octet-stream");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_lower_case),
        cmocka_unit_test(endings_of_the_web),
        cmocka_unit_test(unknown_is_bytes),
    };
    return cmocka_run_group_tests_name("mime", tests, NULL, NULL);
}
