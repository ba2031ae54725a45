/* Content negotiation: what a client gets of several offers, by the examples of the RFC and by real browsers'
 * headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "proto/accept.h"

#include <string.h>

static void assert_best(ct_accept_kind kind, const char *header, const char *const *offers, const char *expected)
{
    const char *best = ct_accept_best(kind, header, offers);
    if (!best != !expected || (best && strcmp(best, expected) != 0))
        fail_msg("\"%s\" chose %s instead of %s", header ? header : "(absent)", best ? best : "nothing",
                 expected ? expected : "nothing");
}

#define OFFERS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define MEDIA(header, expected, ...) assert_best(CT_ACCEPT_MEDIA, header, OFFERS(__VA_ARGS__), expected)
#define LANGUAGE(header, expected, ...) assert_best(CT_ACCEPT_LANGUAGE, header, OFFERS(__VA_ARGS__), expected)
#define ENCODING(header, expected, ...) assert_best(CT_ACCEPT_ENCODING, header, OFFERS(__VA_ARGS__), expected)
#define CHARSET(header, expected, ...) assert_best(CT_ACCEPT_CHARSET, header, OFFERS(__VA_ARGS__), expected)

static void absent_or_empty_takes_the_first(void **state)
{
    (void)state;
    MEDIA(NULL, "a/b", "a/b", "c/d");
    MEDIA("", "a/b", "a/b", "c/d");
    MEDIA(" , ,", "a/b", "a/b", "c/d");
    LANGUAGE(NULL, "en", "en", "de");
    CHARSET(NULL, "utf-8", "utf-8", "x");
    assert_null(ct_accept_best(CT_ACCEPT_MEDIA, NULL, (const char *const[]){ NULL }));
    assert_null(ct_accept_best(CT_ACCEPT_MEDIA, "*/*", (const char *const[]){ NULL }));
}

static void media_quality_and_order(void **state)
{
    (void)state;
    MEDIA("audio/*; q=0.2, audio/basic", "audio/basic", "audio/ogg", "audio/basic");
    MEDIA("text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/html", "text/plain", "text/x-dvi",
          "text/html", "text/x-c");
    MEDIA("text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/x-dvi", "text/plain", "text/x-dvi");
    MEDIA("a/b, c/d", "c/d", "c/d", "a/b"); /* equals: the server's order, not the client's */
    MEDIA("application/json", NULL, "text/html");
    MEDIA("TEXT/Html", "text/html", "text/html");
    MEDIA("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html", "application/json",
          "text/html");
    MEDIA("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json", "application/json");
    MEDIA("*/*", "application/json", "application/json", "text/html");
    MEDIA("text/*", "text/csv", "texts/csv", "text/csv");
    MEDIA("text/htm", NULL, "text/html");
    MEDIA("text/html", NULL, "text/htm");
}

static void media_specific_beats_general(void **state)
{
    (void)state;
    /* The table of RFC 9110, 12.5.1, by comparing neighbours of quality. */
    const char *header =
        "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";
    MEDIA(header, "text/plain;format=flowed", "text/plain", "text/plain;format=flowed"); /* 1 > 0.7 */
    MEDIA(header, "text/plain", "image/jpeg", "text/plain");                             /* 0.7 > 0.5 */
    MEDIA(header, "image/jpeg", "text/plain; format=fixed", "image/jpeg");               /* 0.5 > 0.4 */
    MEDIA(header, "text/plain;format=fixed", "text/html", "text/plain;format=fixed");    /* 0.4 > 0.3 */
    MEDIA(header, "text/html;level=3", "text/html;level=3");
    MEDIA("text/html;q=0, */*", "text/plain", "text/html", "text/plain");
    MEDIA("text/html;q=0, */*", NULL, "text/html");
    MEDIA("*/*;q=0", NULL, "text/html");
    MEDIA("*/*;q=0, text/*", "text/html", "image/png", "text/html");
}

static void media_parameters(void **state)
{
    (void)state;
    MEDIA("text/html;level=1", NULL, "text/html", "text/html;level=2", "text/html;level=11");
    MEDIA("text/html;LEVEL=1", "text/html;b=2;level=1", "text/html;b=2;level=1");
    MEDIA("text/plain;charset=\"UTF\\-8\"", "text/plain; charset=utf-8", "text/plain; charset=utf-8");
    MEDIA("text/plain;charset=utf-8", "text/plain;charset=\"utf-8\"", "text/plain;charset=\"utf-8\"");
    MEDIA("text/plain;a=\"x,y;q=0\"", "text/plain;a=\"x,y;q=0\"", "text/plain;a=\"x,y;q=0\"");
    MEDIA("text/html;a=1;b=2;q=0.1, text/html;a=1", "text/html;a=1", "text/html;a=1;b=2", "text/html;a=1");
    MEDIA("text/html;;q=0.1, text/plain;q=0.2", "text/plain", "text/html",
          "text/plain"); /* an empty parameter is none */
    MEDIA("text/html;q=0.1;ext=5, text/plain;q=0.2", "text/plain", "text/html", "text/plain");
    MEDIA("text/html \t; \tQ=0.1 , text/plain;q=0.2", "text/plain", "text/html", "text/plain");
}

static void qualities_have_three_decimals(void **state)
{
    (void)state;
    MEDIA("a/a;q=0.001, b/b;q=0.002", "b/b", "a/a", "b/b");
    MEDIA("a/a;q=0.999, b/b;q=1.000", "b/b", "a/a", "b/b");
    MEDIA("a/a;q=0.1, b/b;q=0.09", "a/a", "b/b", "a/a");
    MEDIA("a/a;q=0.001", "a/a", "a/a");
    MEDIA("a/a;q=0.000", NULL, "a/a");
    MEDIA("a/a;q=0.", NULL, "a/a");
    MEDIA("a/a;q=1.", "a/a", "a/a");
    static const char *const bad[] = { "1.001", "1.1", "2",  "0.0001", "-1",    "+1", ".5",
                                       "0,5",   "0x1", "00", "1.0.0",  "\"1\"", "" };
    for (size_t i = 0; i < CT_COUNT(bad); i++) {
        char header[64] = "b/b;q=0.1, a/a;q=";
        memcpy(header + strlen(header), bad[i], strlen(bad[i]) + 1);
        MEDIA(header, "b/b", "a/a", "b/b");
    }
}

static void malformed_elements_are_skipped(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "text",         "text/",           "/html",         "*/html",          "*",
        "text/html/x",  "text/html x",     "te xt/html",    "text/html;a",     "text/html;a=",
        "text/html;=1", "text/html;a=\"x", "text/html q=1", "text/html;a=b c", "(text/html)",
        "text/html@"
    };
    for (size_t i = 0; i < CT_COUNT(bad); i++) {
        char header[64] = "b/b;q=0.1,";
        memcpy(header + strlen(header), bad[i], strlen(bad[i]) + 1);
        MEDIA(header, "b/b", "text/html", "b/b");
        MEDIA(header, NULL, "text/html");
    }
    MEDIA("nonsense", "text/html", "text/html"); /* nothing left: as if absent */
    LANGUAGE("en;q=x, de-*, *-CH, fr;level=1, it", "it", "en", "de", "fr", "it");
}

static void elements_past_the_limit_do_not_count(void **state)
{
    (void)state;
    char header[CT_ACCEPT_MAX_ELEMENTS * 4 + 16] = "";
    for (int i = 0; i < CT_ACCEPT_MAX_ELEMENTS - 1; i++)
        memcpy(header + 4 * i, "x/x,", 5);
    memcpy(header + strlen(header), "a/b", 4);
    MEDIA(header, "a/b", "a/b");
    memcpy(header + 4 * (CT_ACCEPT_MAX_ELEMENTS - 1), "x/x,a/b", 8);
    MEDIA(header, NULL, "a/b");
}

static void languages(void **state)
{
    (void)state;
    LANGUAGE("da, en-gb;q=0.8, en;q=0.7", "da", "en", "da");
    LANGUAGE("da, en-gb;q=0.8, en;q=0.7", "en-GB", "en", "en-GB");
    LANGUAGE("da, en-gb;q=0.8, en;q=0.7", "en-US", "fr", "en-US"); /* filtering: a range takes what it begins */
    LANGUAGE("de-CH", "de", "en", "de");                           /* lookup: and what begins it */
    LANGUAGE("de-CH-1996, en;q=0.5", "de-CH", "en", "de-CH");
    LANGUAGE("de-CH, de-AT;q=0.5", "de-CH", "de-AT", "de-CH");
    LANGUAGE("en-US, en;q=0.2, de;q=0.5", "de", "en", "de"); /* "en" itself says 0.2 */
    LANGUAGE("en-US;q=0, en-GB;q=0.3", "en", "en");
    LANGUAGE("en-US;q=0", NULL, "en-US");
    LANGUAGE("de", NULL, "deu", "d");
    LANGUAGE("de, *;q=0.1", "fr", "fr");
    LANGUAGE("de, *;q=0", NULL, "fr");
    LANGUAGE("*;q=0.5, fr;q=0", "en", "fr", "en");
    LANGUAGE("zh-Hant", "zh-Hant-TW", "zh-Hans-CN", "zh-Hant-TW");
}

static void encodings(void **state)
{
    (void)state;
    ENCODING(NULL, "identity", "br", "gzip", "identity");
    ENCODING(NULL, NULL, "br", "gzip");
    ENCODING("", "identity", "br", "identity");
    ENCODING("gzip, deflate, br", "br", "br", "gzip", "identity");
    ENCODING("gzip, deflate, br", "gzip", "gzip", "br", "identity");
    ENCODING("gzip", "gzip", "identity", "gzip"); /* not named, so last, though the server's first */
    ENCODING("gzip;q=0.001", "identity", "identity", "gzip");
    ENCODING("gzip;q=0", "identity", "gzip", "identity");
    ENCODING("gzip;q=1.0, identity; q=0.5, *;q=0", "gzip", "br", "identity", "gzip");
    ENCODING("gzip;q=0.1, identity; q=0.5, *;q=0", "identity", "br", "identity", "gzip");
    ENCODING("identity;q=0", NULL, "identity");
    ENCODING("*;q=0", NULL, "identity", "br");
    ENCODING("*;q=0, br", "br", "identity", "br");
    ENCODING("*", "br", "br", "identity");
    ENCODING("X-GZIP, x-compress;q=0.5", "gzip", "compress", "gzip");
    ENCODING("x-gzip;q=0, x-compress", "compress", "gzip", "compress");
    ENCODING("x-br", NULL, "br");
    ENCODING("gzip;level=9, br", "br", "gzip", "br");
}

static void charsets(void **state)
{
    (void)state;
    CHARSET("iso-8859-5, unicode-1-1;q=0.8", "iso-8859-5", "unicode-1-1", "iso-8859-5");
    CHARSET("UTF-8", "utf-8", "iso-8859-1", "utf-8");
    CHARSET("utf-8;q=0.1, *", "x", "utf-8", "x");
    CHARSET("utf-8", NULL, "utf-16");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_or_empty_takes_the_first),
        cmocka_unit_test(media_quality_and_order),
        cmocka_unit_test(media_specific_beats_general),
        cmocka_unit_test(media_parameters),
        cmocka_unit_test(qualities_have_three_decimals),
        cmocka_unit_test(malformed_elements_are_skipped),
        cmocka_unit_test(elements_past_the_limit_do_not_count),
        cmocka_unit_test(languages),
        cmocka_unit_test(encodings),
        cmocka_unit_test(charsets),
    };
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
