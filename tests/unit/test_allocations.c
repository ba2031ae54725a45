/* A worker that has warmed up allocates nothing from the heap for a request: counted, request by request. */
#include "support/server.h"

#include "base/common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define WARM_UP 200
#define COUNTED 1000

/* Shared with the server's process, which counts. */
static atomic_ulong *allocations;

#if CT_ASAN
/* Of the sanitizers' runtime; gcc ships no header for it. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *block, size_t size),
                                              void (*on_free)(const volatile void *block));

static void on_malloc(const volatile void *block, size_t size)
{
    (void)block, (void)size;
    atomic_fetch_add(allocations, 1);
}

static void on_free(const volatile void *block)
{
    (void)block;
}

static void count_allocations(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#else
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static void count(void)
{
    if (allocations)
        atomic_fetch_add(allocations, 1);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t items, size_t size)
{
    count();
    return __libc_calloc(items, size);
}

void *realloc(void *block, size_t size)
{
    count();
    return __libc_realloc(block, size);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

static void count_allocations(void)
{
}
#endif

static ct_response *plain(ct *c)
{
    return ct_text(c, "Hello, World!");
}

static ct_response *json(ct *c)
{
    return ct_json(c, KV("message", "Hello, World!"), KV("id", ct_path_int(c, "id")), KV("q", ct_query(c, "q")));
}

static ct_response *echo(ct *c)
{
    ct_response *r = ct_data(c, "text/plain", ct_body(c));
    ct_set_cookie(r, "seen", "1", .max_age = CT_HOUR);
    return r;
}

static ct_response *parked(ct *c)
{
    ct_sleep(c, CT_MILLISECOND / 2);
    return ct_text(c, "slept");
}

static void two_lines(ct *c, ct_writer *out, void *arg)
{
    (void)c, (void)arg;
    ct_write_text(out, "one\n");
    ct_flush(out);
    ct_write_text(out, "two\n");
}

static ct_response *stream(ct *c)
{
    return ct_stream(c, "text/plain", two_lines, NULL);
}

static const ct_embedded template_items[] = {
#define TEMPLATE(path, text)                                                                                           \
    {                                                                                                                  \
        path, text, sizeof(text) - 1, ""                                                                               \
    }
    TEMPLATE("base.html", "<h1>{% block title %}{% endblock %}</h1>{% block main %}{% endblock %}{{ year }} end"),
    TEMPLATE("page.html",
             "{% extends 'base.html' %}{% block title %}{{ request.args.q|upper }}{% endblock %}"
             "{% block main %}{% for i in range(rows) %}<p>{{ i }} {{ name|mine }} {{ loop.index }} of many, "
             "<a href=\"{{ url_for('json', id=i) }}\">more</a></p>{% endfor %}{% endblock %}"),
};
static const ct_files templates = { template_items, CT_COUNT(template_items) };

static ct_response *page(ct *c)
{
    return ct_render(c, "page.html", KV("rows", ct_query_int(c, "rows")), KV("name", "<Ada>"));
}

static ct_value mine(ct *c, const ct_value *args)
{
    return CT_VALUE(ct_printf(c, "[%s]", args[0].text));
}

static void add_year(ct *c, ct_map *context)
{
    (void)c;
    ct_map_set(context, "year", 2026);
}

static ct_response *layer(ct *c, ct_next *next)
{
    ct_response *r = ct_next_call(c, next);
    ct_set_header(r, "X-Layer", "1");
    return r;
}

static const ct_app app = {
    .name = "allocations",
    .routes = ROUTES(GET("/", plain), GET("/json/<int:id>", json), POST("/echo", echo), GET("/parked", parked),
                     GET("/stream", stream), GET("/page", page)),
    .embedded = &templates,
    .filters = FILTERS(FILTER("mine", mine, "text value")),
    .context = CONTEXT(add_year),
    .middleware = MIDDLEWARE(layer),
};

/* One request and its answer, which is read until `end` has come. */
static void ask(int fd, const char *request, const char *end)
{
    static char answer[100000];
    size_t got = 0;
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    do {
        ssize_t n = recv(fd, answer + got, sizeof answer - 1 - got, 0);
        assert_true(n > 0);
        got += (size_t)n;
        answer[got] = '\0';
    } while (!strstr(answer, end));
}

static void ask_all(int fd, int times)
{
    for (int i = 0; i < times; i++) {
        ask(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "World!");
        ask(fd, "GET /json/7?q=a%20b HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", "\"a b\"}");
        ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "body");
        ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", "body");
        ask(fd, "GET /parked HTTP/1.1\r\nHost: a\r\n\r\n", "slept");
        ask(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n\r\n");
        ask(fd, "GET /page?q=a&rows=3 HTTP/1.1\r\nHost: a\r\n\r\n", "2026 end");
        ask(fd, "GET /page?q=b&rows=300 HTTP/1.1\r\nHost: a\r\n\r\n", "2026 end"); /* more than the output's buffer */
        ask(fd, "GET /missing HTTP/1.1\r\nHost: a\r\n\r\n", "address");
    }
}

static void test_requests_on_a_kept_connection_allocate_nothing(void **state)
{
    (void)state;
    allocations = mmap(NULL, sizeof *allocations, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(allocations != MAP_FAILED);
    count_allocations();
    test_server server = test_server_start(&app, NULL);
    int fd = test_server_dial(&server);
    ask_all(fd, WARM_UP);
    unsigned long before = atomic_load(allocations);
    assert_true(before > 0); /* the counting works: the server's start allocates */
    ask_all(fd, COUNTED);
    unsigned long after = atomic_load(allocations);
    close(fd);
    for (int i = 0; i < 100; i++) {
        fd = test_server_dial(&server);
        ask(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "World!");
        close(fd);
    }
    unsigned long connected = atomic_load(allocations);
    assert_int_equal(test_server_stop(&server), 0);
    assert_int_equal(after - before, 0);
    assert_true(connected - after <= 4); /* a hundred new connections: at most the pools' growth for one more */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_requests_on_a_kept_connection_allocate_nothing) };
    return cmocka_run_group_tests_name("allocations", tests, NULL, NULL);
}
