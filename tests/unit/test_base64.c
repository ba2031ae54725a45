/* base64url: the vectors of RFC 4648, every length, and texts that are none. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void vectors(void **state)
{
    static const struct {
        const char *data, *text;
    } cases[] = {
        { "", "" },
        { "f", "Zg" },
        { "fo", "Zm8" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg" },
        { "fooba", "Zm9vYmE" },
        { "foobar", "Zm9vYmFy" },
        { "\xFB\xEF\xBE", "----" },
        { "\xFF\xFF\xFF", "____" },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char text[16] = "", data[16] = "";
        size_t size = strlen(cases[i].data);
        ct_base64_encode(text, cases[i].data, size);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(CT_BASE64_LENGTH(size), strlen(cases[i].text));
        assert_int_equal(CT_BASE64_SIZE(strlen(text)), size);
        assert_true(ct_base64_decode(ct_str_of(text), data));
        assert_string_equal(data, cases[i].data);
    }
}

static void every_length_comes_back(void **state)
{
    unsigned char data[64];
    (void)state;
    for (size_t size = 0; size <= sizeof(data); size++) {
        for (size_t i = 0; i < size; i++)
            data[i] = (unsigned char)(i * 37 + size * 11);
        size_t length = CT_BASE64_LENGTH(size);
        char *text = malloc(length + 1);
        unsigned char *back = malloc(size + 1);
        ct_base64_encode(text, data, size);
        assert_int_equal(CT_BASE64_SIZE(length), size);
        assert_true(ct_base64_decode((ct_str){ text, length }, back));
        assert_memory_equal(back, data, size);
        free(text);
        free(back);
    }
}

static void other_texts_are_refused(void **state)
{
    static const char *const cases[] = { "A",      "AAAAA", "Zh",   "Zm9",  "Zg==",   "Zm8=",
                                         "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9\x80" };
    char data[16];
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (ct_base64_decode(ct_str_of(cases[i]), data))
            fail_msg("\"%s\" was taken", cases[i]);
    assert_false(ct_base64_decode((ct_str){ "Zm\0v", 4 }, data));
}

static void padded_text_is_the_other_alphabet(void **state)
{
    static const char *const cases[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "\xFB\xEF\xBE", "++++" },
                                            { "\xFF\xFF\xFF", "////" },
                                            { "\xFF", "/w==" } };
    static const char *const refused[] = { "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9v\n", "----", "Zg==Zg==" };
    char text[16], data[16];
    size_t size;
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        size_t length = CT_BASE64_PADDED_LENGTH(strlen(cases[i][0]));
        assert_int_equal(length, strlen(cases[i][1]));
        ct_base64_encode_padded(text, cases[i][0], strlen(cases[i][0]));
        assert_memory_equal(text, cases[i][1], length);
        assert_true(ct_base64_decode_padded(ct_str_of(cases[i][1]), data, &size));
        assert_int_equal(size, strlen(cases[i][0]));
        assert_memory_equal(data, cases[i][0], size);
    }
    for (size_t i = 0; i < CT_COUNT(refused); i++)
        if (ct_base64_decode_padded(ct_str_of(refused[i]), data, &size))
            fail_msg("\"%s\" was taken", refused[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(padded_text_is_the_other_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
