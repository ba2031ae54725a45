/* The floor: the least that a server of one epoll loop can do for a request, so that others can be measured against it.
 *
 *     floor PORT text|json       serves 127.0.0.1:PORT until it is killed
 *
 * What it does: accept, receive, find the blank lines that end heads, send as many fixed replies as there are complete
 * heads, all in one call. The replies have the bytes of hello's /plaintext and /json. A head that arrives in parts is
 * kept until it is whole.
 *
 * What it does not do: parse anything, read bodies, tell the time (Date is a constant), time out, log, or wait for a
 * client that does not read (it is disconnected). Edge-triggered: a receive that does not fill the buffer has emptied
 * the socket, so there is one receive and one send per event, and no call more. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_FDS = 20000,
    MAX_EVENTS = 256,
    INPUT_SIZE = 16384,
    KEPT_SIZE = 1024, /* of a head that is not whole yet */
    MAX_REPLIES = INPUT_SIZE / 16
};

#define HEAD(type, length)                                                                                             \
    "HTTP/1.1 200 OK\r\nServer: canteen\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: " type                 \
    "\r\nContent-Length: " length "\r\n\r\n"

static const char text_reply[] = HEAD("text/plain; charset=utf-8", "13") "Hello, World!";
static const char json_reply[] = HEAD("application/json", "27") "{\"message\":\"Hello, World!\"}";

typedef struct connection {
    size_t length;
    char data[KEPT_SIZE];
} connection;

static connection *connections[MAX_FDS]; /* by descriptor; NULL: nothing kept */
static char input[INPUT_SIZE];
static char *replies; /* MAX_REPLIES of them, one after the other */
static size_t reply_size;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        fail("socket");
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1024) < 0)
        fail("bind");
    return fd;
}

static void watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        int on = 1;
        if (fd >= MAX_FDS || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
            close(fd);
        else
            watch(epoll, fd, EPOLLIN | EPOLLET);
    }
}

static void forget(int fd)
{
    free(connections[fd]);
    connections[fd] = NULL;
}

/* Keeps the beginning of a head for the next event; false if it is too long. */
static bool keep(int fd, const char *data, size_t length)
{
    if (length > KEPT_SIZE)
        return false;
    if (!connections[fd])
        connections[fd] = malloc(sizeof *connections[fd]);
    if (!connections[fd])
        fail("malloc");
    memcpy(connections[fd]->data, data, length);
    connections[fd]->length = length;
    return true;
}

/* Answers what has arrived; false when the connection is over. */
static bool serve(int fd)
{
    ssize_t received;
    size_t kept, room;
    do {
        kept = 0;
        if (connections[fd]) {
            kept = connections[fd]->length;
            memcpy(input, connections[fd]->data, kept);
            forget(fd);
        }
        room = sizeof input - kept;
        received = recv(fd, input + kept, room, 0);
        if (received <= 0)
            return false;
        const char *next = input, *end = input + kept + received, *blank;
        size_t count = 0;
        while ((blank = memmem(next, (size_t)(end - next), "\r\n\r\n", 4)) && count < MAX_REPLIES) {
            next = blank + 4;
            count++;
        }
        if (count && send(fd, replies, count * reply_size, MSG_NOSIGNAL) != (ssize_t)(count * reply_size))
            return false;
        if (next < end && !keep(fd, next, (size_t)(end - next)))
            return false;
    } while ((size_t)received == room);
    return true;
}

static void make_replies(const char *reply)
{
    reply_size = strlen(reply);
    replies = malloc(MAX_REPLIES * reply_size);
    if (!replies)
        fail("malloc");
    for (size_t i = 0; i < MAX_REPLIES; i++)
        memcpy(replies + i * reply_size, reply, reply_size);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: floor PORT text|json\n");
        return 2;
    }
    make_replies(strcmp(argv[2], "json") == 0 ? json_reply : text_reply);
    int listener = listen_on((int)strtol(argv[1], NULL, 10));
    int epoll = epoll_create1(0);
    if (epoll < 0)
        fail("epoll_create1");
    watch(epoll, listener, EPOLLIN);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(epoll, listener);
            } else if (!serve(fd)) {
                forget(fd);
                close(fd);
            }
        }
    }
}
