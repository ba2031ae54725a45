/* Bind addresses: what is accepted and what the sockets are, and that each mistake is told with its remedy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void parses_as(const char *text, ct_address_kind kind, const char *name, unsigned port, const char *spelling)
{
    ct_address address;
    ct_error error = { 0 };
    if (!ct_address_parse(text, &address, &error))
        fail_msg("%s: %s", text, error.message);
    assert_int_equal(address.kind, kind);
    assert_string_equal(address.name, name);
    assert_int_equal(address.port, port);
    assert_string_equal(address.text, spelling);
}

static void refused_as(const char *text, const char *message)
{
    ct_address address;
    ct_error error = { 0 };
    assert_false(ct_address_parse(text, &address, &error));
    assert_string_equal(error.message, message);
}

static void test_accepted(void **state)
{
    (void)state;
    parses_as("127.0.0.1:8000", CT_ADDRESS_HOST, "127.0.0.1", 8000, "127.0.0.1:8000");
    parses_as(" localhost:0 ", CT_ADDRESS_HOST, "localhost", 0, "localhost:0");
    parses_as("[::1]:65535", CT_ADDRESS_HOST, "::1", 65535, "[::1]:65535");
    parses_as("[fe80::1%lo]:80", CT_ADDRESS_HOST, "fe80::1%lo", 80, "[fe80::1%lo]:80");
    parses_as(":8000", CT_ADDRESS_ANY, "", 8000, ":8000");
    parses_as("8000", CT_ADDRESS_HOST, "127.0.0.1", 8000, "127.0.0.1:8000");
    parses_as("unix:/run/a b.sock", CT_ADDRESS_UNIX, "/run/a b.sock", 0, "unix:/run/a b.sock");
    parses_as("unix:@name", CT_ADDRESS_UNIX, "@name", 0, "unix:@name");
}

#define SYNTAX "write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH"

static void test_refused(void **state)
{
    (void)state;
    refused_as("", "bad address \"\": the port is missing; " SYNTAX);
    refused_as("localhost", "bad address \"localhost\": the port is missing; " SYNTAX);
    refused_as("[::1]", "bad address \"[::1]\": the port is missing; " SYNTAX);
    refused_as("[::1:80", "bad address \"[::1:80\": the port is missing; " SYNTAX);
    refused_as("::1:80", "bad address \"::1:80\": an IPv6 address stands in brackets: [::1]:8000");
    refused_as("[localhost]:80", "bad address \"[localhost]:80\": no IPv6 address in the brackets; " SYNTAX);
    refused_as("[]:80", "bad address \"[]:80\": no IPv6 address in the brackets; " SYNTAX);
    refused_as("http://localhost:80", "bad address \"http://localhost:80\": an IPv6 address stands in brackets: "
                                      "[::1]:8000");
    refused_as("a b:80", "bad address \"a b:80\": ' ' cannot be in a host name; " SYNTAX);
    static const char *const ports[] = { "a:65536", "a:", "a:-1", "a:+1", "a:http", "a:80x", "65536" };
    for (size_t i = 0; i < CT_COUNT(ports); i++) {
        char message[160];
        snprintf(message, sizeof(message),
                 "bad address \"%s\": the port must be a number from 0 (any free port) to 65535", ports[i]);
        refused_as(ports[i], message);
    }
    refused_as("unix:", "bad address \"unix:\": a path is missing: write unix:/run/app.sock or unix:@name");
    refused_as("unix:@", "bad address \"unix:@\": a path is missing: write unix:/run/app.sock or unix:@name");
}

static void test_length_limits(void **state)
{
    (void)state;
    char text[400];
    ct_address address;
    ct_error error;
    snprintf(text, sizeof(text), "unix:/%0106d", 0);
    assert_true(ct_address_parse(text, &address, &error));
    assert_int_equal(strlen(address.name), 107);
    snprintf(text, sizeof(text), "unix:/%0107d", 0);
    assert_false(ct_address_parse(text, &address, &error));
    snprintf(text, sizeof(text), "a%0254d:80", 0);
    assert_true(ct_address_parse(text, &address, &error));
    assert_int_equal(strlen(address.name), 255);
    snprintf(text, sizeof(text), "a%0255d:80", 0);
    assert_false(ct_address_parse(text, &address, &error));
    snprintf(text, sizeof(text), "a%0300d:80", 0);
    assert_false(ct_address_parse(text, &address, &error));
}

static void test_list(void **state)
{
    (void)state;
    ct_address *list;
    size_t count;
    ct_error error;
    assert_true(ct_address_parse_list("127.0.0.1:1, unix:/x ,:2", &list, &count, &error));
    assert_int_equal(count, 3);
    assert_string_equal(list[0].text, "127.0.0.1:1");
    assert_string_equal(list[1].text, "unix:/x");
    assert_string_equal(list[2].text, ":2");
    free(list);
    assert_false(ct_address_parse_list("8000,127.0.0.1:8000", &list, &count, &error));
    assert_string_equal(error.message, "the address 127.0.0.1:8000 is listed twice");
    assert_false(ct_address_parse_list("8000,", &list, &count, &error));
    assert_false(ct_address_parse_list("", &list, &count, &error));
}

static int listen_one(const char *text, char url[CT_ADDRESS_URL_SIZE])
{
    ct_address address;
    ct_error error;
    int fds[CT_ADDRESS_SOCKETS];
    size_t count;
    assert_true(ct_address_parse(text, &address, &error));
    if (!ct_address_listen(&address, fds, &count, &error))
        fail_msg("%s", error.message);
    assert_int_equal(count, 1);
    ct_address_url(fds[0], url);
    return fds[0];
}

static void listen_fails(const char *text, const char *message)
{
    ct_address address;
    ct_error error;
    int fds[CT_ADDRESS_SOCKETS];
    size_t count;
    assert_true(ct_address_parse(text, &address, &error));
    assert_false(ct_address_listen(&address, fds, &count, &error));
    assert_string_equal(error.message, message);
}

static void test_socket_options(void **state)
{
    (void)state;
    char url[CT_ADDRESS_URL_SIZE];
    int fd = listen_one("127.0.0.1:0", url), value = 0;
    socklen_t size = sizeof(value);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
    assert_int_equal(value, 1);
    assert_memory_equal(url, "http://127.0.0.1:", 17);
    assert_true(strtol(url + 17, NULL, 10) > 0);
    close(fd);
}

static void test_taken_port(void **state)
{
    (void)state;
    char url[CT_ADDRESS_URL_SIZE], text[CT_ADDRESS_URL_SIZE], message[400];
    int fd = listen_one("127.0.0.1:0", url);
    snprintf(text, sizeof(text), "%s", url + strlen("http://"));
    snprintf(message, sizeof(message),
             "cannot listen on %s: address already in use: another program (maybe an earlier run) has the port; choose "
             "another with --bind HOST:PORT",
             text);
    listen_fails(text, message);
    close(fd);
    close(listen_one(text, url));
}

static void test_foreign_address(void **state)
{
    (void)state;
    listen_fails("192.0.2.1:8123",
                 "cannot listen on 192.0.2.1:8123: no interface of this machine has that address; use 127.0.0.1:8123 "
                 "(this machine alone) or :8123 (every interface)");
}

/* All addresses of a name are bound, with port 0 all on one port. */
static void test_name(void **state)
{
    (void)state;
    ct_address address;
    ct_error error;
    int fds[CT_ADDRESS_SOCKETS];
    size_t count;
    assert_true(ct_address_parse("localhost:0", &address, &error));
    assert_true(ct_address_listen(&address, fds, &count, &error));
    assert_in_range(count, 1, 2);
    char first[CT_ADDRESS_URL_SIZE], other[CT_ADDRESS_URL_SIZE];
    ct_address_url(fds[0], first);
    for (size_t i = 0; i < count; i++) {
        ct_address_url(fds[i], other);
        assert_string_equal(strrchr(first, ':'), strrchr(other, ':'));
        close(fds[i]);
    }
}

static void connects(int family, const char *url)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    v6.sin6_port = v4.sin_port = htons((uint16_t)strtol(strrchr(url, ':') + 1, NULL, 10));
    int fd = socket(family, SOCK_STREAM, 0);
    if (family == AF_INET6)
        assert_int_equal(connect(fd, (const struct sockaddr *)&v6, sizeof(v6)), 0);
    else
        assert_int_equal(connect(fd, (const struct sockaddr *)&v4, sizeof(v4)), 0);
    close(fd);
}

static void test_every_interface(void **state)
{
    (void)state;
    char url[CT_ADDRESS_URL_SIZE];
    int fd = listen_one(":0", url);
    connects(AF_INET, url);
    if (strncmp(url, "http://[::]:", 12) == 0)
        connects(AF_INET6, url);
    close(fd);
}

static char folder[] = "/tmp/test_address_XXXXXX";

static void unix_path(char *ret, size_t size, const char *name)
{
    snprintf(ret, size, "unix:%s/%s", folder, name);
}

static void test_unix_socket(void **state)
{
    (void)state;
    char text[128], url[CT_ADDRESS_URL_SIZE], message[300];
    unix_path(text, sizeof(text), "a.sock");
    mode_t before = umask(0117);
    int fd = listen_one(text, url);
    umask(before);
    struct stat info;
    assert_int_equal(stat(text + 5, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0660);
    assert_string_equal(url, text);
    snprintf(
        message, sizeof(message),
        "cannot listen on %s: address already in use: another program (maybe an earlier run) answers there; choose "
        "another with --bind unix:PATH",
        text);
    listen_fails(text, message);
    close(fd); /* the file stays, as after a crash */
    fd = listen_one(text, url);
    ct_address_unlink(fd);
    close(fd);
    assert_int_equal(access(text + 5, F_OK), -1);
}

static void test_unix_foreign_file(void **state)
{
    (void)state;
    char text[128], message[256];
    unix_path(text, sizeof(text), "file");
    int fd = open(text + 5, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    snprintf(message, sizeof(message), "cannot listen on %s: the path exists and is no socket; it is left as it is",
             text);
    listen_fails(text, message);
    assert_int_equal(unlink(text + 5), 0);
    unix_path(text, sizeof(text), "none/a.sock");
    snprintf(message, sizeof(message), "cannot listen on %s: the folder of the socket does not exist; make it first",
             text);
    listen_fails(text, message);
}

static void test_abstract_socket(void **state)
{
    (void)state;
    char text[64], url[CT_ADDRESS_URL_SIZE];
    snprintf(text, sizeof(text), "unix:@test_address_%d", (int)getpid());
    int fd = listen_one(text, url);
    assert_string_equal(url, text);
    close(fd);
}

static void test_prepare_refuses(void **state)
{
    (void)state;
    int stream = socket(AF_INET, SOCK_STREAM, 0), datagram = socket(AF_INET, SOCK_DGRAM, 0);
    assert_false(ct_address_prepare(stream)); /* not listening */
    assert_false(ct_address_prepare(datagram));
    close(stream);
    close(datagram);
    assert_false(ct_address_prepare(stream)); /* not open */
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),          cmocka_unit_test(test_refused),
        cmocka_unit_test(test_length_limits),     cmocka_unit_test(test_list),
        cmocka_unit_test(test_socket_options),    cmocka_unit_test(test_taken_port),
        cmocka_unit_test(test_foreign_address),   cmocka_unit_test(test_name),
        cmocka_unit_test(test_every_interface),   cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_unix_foreign_file), cmocka_unit_test(test_abstract_socket),
        cmocka_unit_test(test_prepare_refuses),
    };
    return cmocka_run_group_tests_name("address", tests, make_folder, remove_folder);
}
