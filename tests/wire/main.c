/* Runs the wire cases against a real worker on a real socket: each sent whole, in two parts at every place, and byte
 * by byte.
 *
 *     wire CASES... [-- TITLE]     files of cases; only cases whose title has TITLE in it
 *
 * The parts are seen apart by the server: the second is sent when the first has been read (SIOCOUTQ). */
#include "wire.h"

#include "support/server.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static test_server server;

/* ---- one exchange of bytes ---- */

static void wait_until_read(int fd)
{
    int unread = 1;
    for (int i = 0; i < 100000 && unread > 0; i++) {
        if (ioctl(fd, SIOCOUTQ, &unread))
            return;
        if (unread > 0)
            sched_yield();
    }
}

/* Takes what has come; false at the end. Waits up to `patience` ms for the first byte. */
static bool receive(int fd, wire_bytes *got, int patience)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    if (poll(&wait, 1, patience) != 1)
        return false;
    char part[65536];
    ssize_t n = recv(fd, part, sizeof part, 0);
    if (n <= 0)
        return false;
    wire_add(got, part, (size_t)n);
    return true;
}

/* Sends while it takes what comes back, so that neither side waits for the other. False: the server has closed. */
static bool send_part(int fd, const char *data, size_t length, wire_bytes *got)
{
    while (length) {
        ssize_t n = send(fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            data += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = fd, .events = POLLIN | POLLOUT };
            if (poll(&wait, 1, PATIENCE_MS) != 1 || (wait.revents & POLLIN && !receive(fd, got, 0)))
                return false;
        } else {
            return false;
        }
    }
    return true;
}

static void show(const char *name, const wire_bytes *bytes)
{
    printf("    %s (%zu bytes): \"", name, bytes->length);
    for (size_t i = 0; i < bytes->length && i < 2000; i++) {
        unsigned char ch = (unsigned char)bytes->data[i];
        if (ch == '\r')
            printf("\\r");
        else if (ch == '\n')
            printf("\\n\n        ");
        else if (ch < 0x20 || ch >= 0x7F)
            printf("\\x%02x", ch);
        else
            putchar(ch);
    }
    printf("\"\n");
}

static bool still_answers(int fd)
{
    static const char probe[] = "GET /alive HTTP/1.1\r\nHost: probe\r\n\r\n";
    wire_bytes got = { 0 };
    bool alive = send_part(fd, probe, sizeof probe - 1, &got);
    while (alive && (got.length < 15 || got.length > 4096))
        alive = receive(fd, &got, PATIENCE_MS);
    alive = alive && !memcmp(got.data, "HTTP/1.1 200 OK", 15);
    free(got.data);
    return alive;
}

static const char *check_end(const wire_case *c, int fd, wire_bytes *got)
{
    if (c->end == WIRE_CLOSE) {
        size_t before = got->length;
        while (receive(fd, got, PATIENCE_MS))
            ;
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        if (poll(&wait, 1, 0) != 1)
            return "the server did not close the connection";
        return got->length == before ? NULL : "more came than was expected";
    }
    if (c->end == WIRE_OPEN && !still_answers(fd))
        return "the connection did not stay usable";
    return NULL;
}

/* Sends in parts that end at `step`, 2 * step, ... (first part `first` bytes); NULL when all was as expected. */
static const char *exchange(const wire_case *c, size_t first, size_t step, wire_bytes *got)
{
    int fd = test_server_dial(&server);
    size_t sent = 0;
    bool open = true;
    while (open && sent < c->sent.length) {
        size_t part = sent == 0 && first ? first : step;
        if (part > c->sent.length - sent)
            part = c->sent.length - sent;
        open = send_part(fd, c->sent.data + sent, part, got);
        sent += part;
        if (open && sent < c->sent.length)
            wait_until_read(fd);
    }
    if (c->half_close)
        shutdown(fd, SHUT_WR);
    wire_match match = wire_compare(&c->expected, got);
    while (match == WIRE_MORE && receive(fd, got, PATIENCE_MS))
        match = wire_compare(&c->expected, got);
    const char *why = match == WIRE_MATCHES ? check_end(c, fd, got)
                      : match == WIRE_MORE  ? "the answer ended early"
                                            : "the answer differs";
    close(fd);
    return why;
}

static int number; /* of the case, for the report in TAP */

static bool try(const wire_case *c, size_t first, size_t step, const char *how)
{
    wire_bytes got = { 0 };
    wire_add(&got, "", 0);
    const char *why = exchange(c, first, step, &got);
    if (why) {
        printf("not ok %d - %s (%s:%d)\n    %s, %s", number, c->title, c->file, c->line, why, how);
        if (first)
            printf(" at byte %zu", first);
        printf("\n");
        show("expected", &c->expected);
        show("got", &got);
    }
    free(got.data);
    return !why;
}

static bool run_case(const wire_case *c)
{
    size_t length = c->sent.length;
    number++;
    if (!try(c, 0, length, "sent whole"))
        return false;
    if (!c->whole_only) {
        for (size_t at = 1; at < length; at++)
            if (!try(c, at, length, "sent in two parts"))
                return false;
        if (!try(c, 0, 1, "sent byte by byte"))
            return false;
    }
    printf("ok %d - %s\n", number, c->title);
    return true;
}

int main(int argc, char **argv)
{
    static const char *const settings[] = { "max_file_memory=8", NULL }; /* larger uploads go to files */
    server = test_server_start(&wire_app, settings);
    const char *wanted = NULL;
    int files = argc, failed = 0;
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--")) {
            files = i;
            wanted = i + 1 < argc ? argv[i + 1] : NULL;
            break;
        }
    for (int i = 1; i < files; i++) {
        size_t count;
        wire_case *cases = wire_load(argv[i], &count);
        for (size_t k = 0; k < count; k++)
            if (!wanted || strstr(cases[k].title, wanted)) {
                failed += !run_case(&cases[k]);
                fflush(stdout);
            }
        wire_free(cases, count);
    }
    int status = test_server_stop(&server);
    if (status) {
        printf("not ok %d - the server ended with status %#x\n", number + 1, (unsigned)status);
        failed++;
    }
    printf("1..%d\n", number);
    return failed || !number;
}
