/* Tests of an app, and a client that asks it without a network.
 *
 *     CT_TEST(a_vote_counts)
 *     {
 *         ct_client *web = ct_client_new(c, &app);
 *         ct_reply *r = ct_client_post(web, "/polls/1/vote", FORM(KV("choice", 2)));
 *         CT_CHECK_EQ(r->status, 302);
 *         r = ct_client_get(web, "/polls/%d/", 1);
 *         CT_CHECK_CONTAINS(r->body, "1 vote");
 *     }
 *     ...
 *     extern const ct_test a_vote_counts;        -- where the test stands in another file
 *     const ct_app app = { .name = "polls", .tests = TESTS(&a_vote_counts), ... };
 *
 * `./polls test` runs the tests of the root app and of those it mounts: each in a process of its own, several at once,
 * each with a time limit; a crash or an endless loop is that test's failure alone. Options: --filter TEXT (tests whose
 * "app.name" has it in it), --jobs N, --timeout DURATION, --junit FILE, --list. The exit code is 0 when every test
 * passed, 1 when one failed, 2 when there was none to run. The last line is "N passed, N failed".
 *
 * In tests the setting `debug` is off, `upload_folder` is a folder of the test's own that goes with it, the log goes
 * into the report of a test that fails, and `secret_key` is made up where it is not set. The startup hooks run before a
 * test and the shutdown hooks after it. docs/testing.md begins at the beginning. */
#ifndef CANTEEN_TEST_H
#define CANTEEN_TEST_H

#include "canteen/app.h"
#include "canteen/common.h"
#include "canteen/value.h"

/* ---- tests ---- */

typedef void ct_test_fn(ct *c);

struct ct_test {
    const char *name;
    ct_test_fn *run;
    const char *file; /* where it is defined */
    int line;
};

/* Defines a test: CT_TEST(name) { ... } is the body of a function with the parameter `ct *c`, and `name` a ct_test. */
#define CT_TEST(test)                                                                                                  \
    static void test##_run(ct *c);                                                                                     \
    extern const ct_test test;                                                                                         \
    const ct_test test = { .name = #test, .run = test##_run, .file = __FILE__, .line = __LINE__ };                     \
    static void test##_run(ct *c)
#define CT_TESTS(...) ((const ct_test *const[]){ __VA_ARGS__, NULL })

/* ---- checks ----
 *
 * A check that fails ends the test, after it has printed the place, what was written and both values. Arguments are
 * evaluated once. */

#define CT_CHECK(condition) ((condition) ? (void)0 : ct_test_fail_at(c, __FILE__, __LINE__, "CT_CHECK(%s)", #condition))
/* Both of any kinds that V() takes: numbers by value whatever their types, text by content (NULL equals NULL alone; the
 * word NULL has no type: CT_CHECK(!x)), maps, arrays and rows by what is in them. LT and its like are for two numbers
 * or two texts, which compare byte by byte. */
#define CT_CHECK_EQ(a, b) ct_test_compare(c, __FILE__, __LINE__, CT_TEST_EQ, #a, CT_VALUE(a), #b, CT_VALUE(b))
#define CT_CHECK_NE(a, b) ct_test_compare(c, __FILE__, __LINE__, CT_TEST_NE, #a, CT_VALUE(a), #b, CT_VALUE(b))
#define CT_CHECK_LT(a, b) ct_test_compare(c, __FILE__, __LINE__, CT_TEST_LT, #a, CT_VALUE(a), #b, CT_VALUE(b))
#define CT_CHECK_LE(a, b) ct_test_compare(c, __FILE__, __LINE__, CT_TEST_LE, #a, CT_VALUE(a), #b, CT_VALUE(b))
#define CT_CHECK_GT(a, b) ct_test_compare(c, __FILE__, __LINE__, CT_TEST_GT, #a, CT_VALUE(a), #b, CT_VALUE(b))
#define CT_CHECK_GE(a, b) ct_test_compare(c, __FILE__, __LINE__, CT_TEST_GE, #a, CT_VALUE(a), #b, CT_VALUE(b))
/* Text that has another in it; that has it not. A failure shows the text around the nearest place. */
#define CT_CHECK_CONTAINS(text, part) ct_test_contains(c, __FILE__, __LINE__, true, #text, (text), #part, (part))
#define CT_CHECK_LACKS(text, part) ct_test_contains(c, __FILE__, __LINE__, false, #text, (text), #part, (part))
/* fn(c, arg) ends with ct_abort() of this status. */
#define CT_CHECK_ABORTS(status, fn, arg) ct_test_aborts(c, __FILE__, __LINE__, (status), #fn, (fn), (arg))
/* Exactly so many statements are sent to databases in the block, by the test itself and by what its clients ask:
 *
 *     CT_CHECK_QUERIES(2) {
 *         ct_client_get(web, "/polls/");
 *     }
 *
 * A failure shows the statements. */
#define CT_CHECK_QUERIES(n) CT_CHECK_QUERIES_1(n, CT_UNIQUE(ct_queries_))
#define CT_CHECK_QUERIES_1(n, block)                                                                                   \
    for (ct_query_check * block                                                                                        \
             __attribute__((cleanup(ct_test_queries_end))) = ct_test_queries(c, __FILE__, __LINE__, (n));              \
         block; ct_test_queries_end(&block))
/* Ends the test as failed, with a message. */
#define CT_FAIL(...) ct_test_fail_at(c, __FILE__, __LINE__, __VA_ARGS__)

typedef enum ct_test_relation {
    CT_TEST_EQ,
    CT_TEST_NE,
    CT_TEST_LT,
    CT_TEST_LE,
    CT_TEST_GT,
    CT_TEST_GE
} ct_test_relation;
CT_API void ct_test_compare(ct *c, const char *file, int line, ct_test_relation relation, const char *a_source,
                            ct_value a, const char *b_source, ct_value b);
CT_API void ct_test_contains(ct *c, const char *file, int line, bool wanted, const char *text_source, const char *text,
                             const char *part_source, const char *part);
CT_API void ct_test_aborts(ct *c, const char *file, int line, int status, const char *fn_source,
                           void (*fn)(ct *c, void *arg), void *arg);
typedef struct ct_query_check ct_query_check;
CT_API ct_query_check *ct_test_queries(ct *c, const char *file, int line, size_t count);
CT_API void ct_test_queries_end(ct_query_check **check);
CT_API CT_NORETURN void ct_test_fail_at(ct *c, const char *file, int line, const char *format, ...) CT_PRINTF(4, 5);

/* ---- a client ---- */

/* A browser without a window: it has an app to itself, with settings of its own, and keeps cookies. Requests go through
 * the whole server (parser, limits, middleware, sessions, error pages), on the same fibers, with no port and no
 * network. A request returns when the server has done all that belongs to it, ct_after_response() included. The app's
 * hooks run for each client. Gone with the test. */
typedef struct ct_client ct_client;

typedef struct ct_client_options {
    const ct_setting *settings; /* SETTINGS(SET("debug", "true")): over those of the app and of the environment */
    bool follow;                /* redirects, up to 10 */
    bool https;                 /* as if it came over TLS: the scheme is https, cookies are Secure */
    const char *host;           /* "localhost" */
    const char *remote_addr;    /* "127.0.0.1" */
} ct_client_options;
/* The client of an app; the same app can have several, with other settings. Its tables' problems fail the test. */
#define ct_client_new(c, app, ...) ct_client_of((c), (app), &(const ct_client_options){ __VA_ARGS__ })
CT_API ct_client *ct_client_of(ct *c, const ct_app *app, const ct_client_options *options);

/* An answer. Text and values live as long as the test. */
typedef struct ct_reply {
    int status;
    const char *body; /* NUL-terminated */
    size_t length;    /* of the body */
    const char *url;  /* the target that answered, after redirects: "/login?next=/" */
    int redirects;    /* that were followed */
    const struct ct_reply_headers *headers;
} ct_reply;

/* The first header of a name, whatever its case, or NULL. */
CT_API const char *ct_reply_header(const ct_reply *reply, const char *name);
/* The body as JSON; a body that is none fails the test. */
CT_API ct_value ct_reply_json(ct *c, const ct_reply *reply);

/* The path is a format as printf's: ct_client_get(web, "/polls/%" PRId64, id). Characters that cannot stand in a URL
 * are encoded, '%' and '&' are not. What is no answer of HTTP fails the test. */
CT_API ct_reply *ct_client_get(ct_client *client, const char *path, ...) CT_PRINTF(2, 3);
CT_API ct_reply *ct_client_delete(ct_client *client, const char *path, ...) CT_PRINTF(2, 3);

/* A body: FORM(KV("name", "Ada")), JSON(KV("name", "Ada")), BODY("text/plain", "raw"), and for uploads
 * UPLOAD(FILES({ "photo", "cat.png", "image/png", data }), KV("title", "Cat")): the fields, then the files. In forms
 * and uploads an array is a field for each of its items, and NULL none. */
typedef enum ct_client_kind { CT_CLIENT_FORM, CT_CLIENT_JSON, CT_CLIENT_RAW, CT_CLIENT_UPLOAD } ct_client_kind;

typedef struct ct_client_file {
    const char *field, *filename, *content_type;
    ct_bytes data;
} ct_client_file;

typedef struct ct_client_body {
    ct_client_kind kind;
    const ct_kv *pairs; /* of FORM, JSON, UPLOAD */
    size_t count;
    const char *content_type; /* of RAW */
    ct_bytes data;
    const ct_client_file *files; /* of UPLOAD: the last has no field */
} ct_client_body;

#define CT_FORM(...) ct_client_pairs(CT_CLIENT_FORM, CT_KVS(__VA_ARGS__))
#define CT_JSON(...) ct_client_pairs(CT_CLIENT_JSON, CT_KVS(__VA_ARGS__))
#define CT_BODY(type, text) ct_client_raw((type), (text))
#define CT_UPLOAD(files, ...) ct_client_upload((files), CT_KVS(__VA_ARGS__))
#define CT_FILES(...) ((const ct_client_file[]){ __VA_ARGS__, { .field = NULL } })
CT_API ct_client_body ct_client_pairs(ct_client_kind kind, const ct_kv *pairs, size_t count);
CT_API ct_client_body ct_client_raw(const char *content_type, const char *text);
CT_API ct_client_body ct_client_upload(const ct_client_file *files, const ct_kv *pairs, size_t count);

CT_API ct_reply *ct_client_post(ct_client *client, const char *path, ct_client_body body);
CT_API ct_reply *ct_client_put(ct_client *client, const char *path, ct_client_body body);
CT_API ct_reply *ct_client_patch(ct_client *client, const char *path, ct_client_body body);
/* Any method with any body; NULL for none. */
CT_API ct_reply *ct_client_send(ct_client *client, const char *method, const char *path, const ct_client_body *body);

/* A header of all requests from now on; NULL takes it away. */
CT_API void ct_client_header(ct_client *client, const char *name, const char *value);

/* Cookies that the client has, by the rules of browsers (RFC 6265bis); where several have the name, that of the longest
 * path. NULL: none. Setting one gives it to every path; setting NULL forgets it. */
CT_API const char *ct_client_cookie(ct_client *client, const char *name);
CT_API void ct_client_set_cookie(ct_client *client, const char *name, const char *value);

/* The session as the app's handlers would see it at the next request, and what they shall see. */
CT_API ct_value ct_client_session(ct_client *client, const char *name);
#define ct_client_set_session(client, name, x) ct_client_set_session_value((client), (name), CT_VALUE(x))
CT_API void ct_client_set_session_value(ct_client *client, const char *name, ct_value value);

/* Serves the client's app on a free port of 127.0.0.1 for a browser, until the test ends: "http://127.0.0.1:34567". The
 * requests are answered while the test waits (ct_sleep, ct_client_*, ct_test_run). */
CT_API const char *ct_client_live(ct_client *client);
/* Runs a program and waits for it, while others are served: its exit code, or 128 and the signal that ended it. Its
 * standard output is *ret_output (NULL: not wanted). */
CT_API int ct_test_run(ct *c, const char *const *argv, const char **ret_output);

#ifndef CT_NO_SHORT_NAMES
#define FORM(...) CT_FORM(__VA_ARGS__)
#define JSON(...) CT_JSON(__VA_ARGS__)
#define BODY(...) CT_BODY(__VA_ARGS__)
#define UPLOAD(...) CT_UPLOAD(__VA_ARGS__)
#define FILES(...) CT_FILES(__VA_ARGS__)
#define TESTS(...) CT_TESTS(__VA_ARGS__)
#endif

#endif
