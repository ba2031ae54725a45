/* The floor of requests that ask PostgreSQL: the least that one thread can do for the database tests of TechEmpower, so
 * that others can be measured against it.
 *
 *     floor_pg PORT CONNINFO      serves /db, /queries?queries=N, /fortunes, /updates?queries=N on 127.0.0.1:PORT
 *
 * One epoll loop, one libpq connection in pipeline mode, prepared statements, binary results, one sync and one flush
 * for all that a turn of the loop has asked:
 *
 *   turn: read requests -> queue queries -> sync, flush -> read results -> answer the requests that are complete
 *
 * Results come in the order of the queries, so a queue of pointers says whose each one is. A request is told by the
 * first letter behind the slash; one request of a connection at a time. What it does not do: parse heads, escape more
 * than '<', '>', '&' and '"', time out, survive an error. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FDS = 4096, MAX_EVENTS = 512, MAX_ROWS = 500, QUEUE = 1 << 20, OUTPUT = 65536, WORLDS = 10000 };

typedef struct row {
    uint32_t id, number;
} row;

typedef struct job {
    int fd, wanted, waiting; /* waiting: results that have not come */
    char kind;               /* 'd', 'q', 'u', 'f' */
    int count;
    row rows[MAX_ROWS];
} job;

static job *jobs[MAX_FDS];
static job *queue[QUEUE]; /* whose the next results are; NULL: a sync */
static unsigned queue_in, queue_out;
static PGconn *pg;
static char output[OUTPUT];
static bool asked;

static void fail(const char *what)
{
    fprintf(stderr, "floor_pg: %s: %s\n", what, pg ? PQerrorMessage(pg) : "");
    exit(1);
}

static uint32_t random_number(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % WORLDS + 1;
}

/* ---- asking ---- */

static void ask(job *of, const char *statement, int count, const char *const *values, const int *lengths,
                const int *formats)
{
    if (!PQsendQueryPrepared(pg, statement, count, values, lengths, formats, 1))
        fail(statement);
    queue[queue_in++ % QUEUE] = of;
    of->waiting++;
    asked = true;
}

static void ask_world(job *of)
{
    static const int length = 4, format = 1;
    uint32_t id = htonl(random_number());
    const char *value = (const char *)&id;
    ask(of, "world", 1, &value, &length, &format);
}

static int by_id(const void *a, const void *b)
{
    const row *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

/* One statement for all rows: ids and numbers are arrays. */
static void ask_update(job *of)
{
    static char ids[MAX_ROWS * 8 + 20], numbers[MAX_ROWS * 8 + 20];
    static const int formats[] = { 1, 1 };
    qsort(of->rows, (size_t)of->count, sizeof *of->rows, by_id);
    int length = 20 + of->count * 8;
    for (int array = 0; array < 2; array++) {
        char *data = array ? numbers : ids;
        const uint32_t head[] = { htonl(1), 0, htonl(23), htonl((uint32_t)of->count), htonl(1) };
        memcpy(data, head, sizeof head);
        for (int i = 0; i < of->count; i++) {
            if (array)
                of->rows[i].number = random_number();
            const uint32_t item[] = { htonl(4), htonl(array ? of->rows[i].number : of->rows[i].id) };
            memcpy(data + 20 + i * 8, item, sizeof item);
        }
    }
    of->kind = 'U';
    ask(of, "update", 2, (const char *const[]){ ids, numbers }, (const int[]){ length, length }, formats);
}

/* ---- answering ---- */

static void answer(job *of, const char *type, const char *body, size_t length)
{
    static char head[256];
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                        type, length);
    char *start = output + 256 - size;
    memcpy(start, head, (size_t)size);
    (void)body;
    if (send(of->fd, start, (size_t)size + length, MSG_NOSIGNAL) < 0)
        shutdown(of->fd, SHUT_RDWR);
    of->kind = 0;
}

static char *put_uint(char *at, uint32_t value)
{
    char digits[10];
    int count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

#define PUT(at, literal) ((char *)memcpy((at), (literal), sizeof(literal) - 1) + sizeof(literal) - 1)

static void answer_rows(job *of)
{
    char *body = output + 256, *at = body;
    bool list = of->kind != 'd';
    if (list)
        *at++ = '[';
    for (int i = 0; i < of->count; i++) {
        if (i)
            *at++ = ',';
        at = PUT(at, "{\"id\":");
        at = put_uint(at, of->rows[i].id);
        at = PUT(at, ",\"randomNumber\":");
        at = put_uint(at, of->rows[i].number);
        *at++ = '}';
    }
    if (list)
        *at++ = ']';
    answer(of, "application/json", body, (size_t)(at - body));
}

typedef struct fortune {
    uint32_t id;
    const char *message;
    int length;
} fortune;

static int by_message(const void *a, const void *b)
{
    return strcmp(((const fortune *)a)->message, ((const fortune *)b)->message);
}

static char *put_escaped(char *at, const char *text, int length)
{
    for (int i = 0; i < length; i++)
        switch (text[i]) {
        case '<':
            at = PUT(at, "&lt;");
            break;
        case '>':
            at = PUT(at, "&gt;");
            break;
        case '&':
            at = PUT(at, "&amp;");
            break;
        case '"':
            at = PUT(at, "&#34;");
            break;
        case '\'':
            at = PUT(at, "&#39;");
            break;
        default:
            *at++ = text[i];
        }
    return at;
}

static uint32_t read_uint(const PGresult *result, int at, int column)
{
    uint32_t value;
    memcpy(&value, PQgetvalue(result, at, column), sizeof value);
    return ntohl(value);
}

static void answer_fortunes(job *of, const PGresult *result)
{
    static const char more[] = "Additional fortune added at request time.";
    fortune fortunes[64] = { { 0, more, sizeof more - 1 } };
    int count = PQntuples(result);
    for (int i = 0; i < count && i < 63; i++)
        fortunes[i + 1] = (fortune){ read_uint(result, i, 0), PQgetvalue(result, i, 1), PQgetlength(result, i, 1) };
    qsort(fortunes, (size_t)count + 1, sizeof *fortunes, by_message);
    char *body = output + 256, *at = body;
    at = PUT(at, "<!DOCTYPE html>\n<html>\n<head><title>Fortunes</title></head>\n<body>\n<table>\n"
                 "<tr><th>id</th><th>message</th></tr>\n");
    for (int i = 0; i <= count; i++) {
        at = PUT(at, "<tr><td>");
        at = put_uint(at, fortunes[i].id);
        at = PUT(at, "</td><td>");
        at = put_escaped(at, fortunes[i].message, fortunes[i].length);
        at = PUT(at, "</td></tr>\n");
    }
    at = PUT(at, "</table>\n</body>\n</html>\n");
    answer(of, "text/html; charset=utf-8", body, (size_t)(at - body));
}

static void take(job *of, const PGresult *result)
{
    of->waiting--;
    if (of->kind == 'f') {
        answer_fortunes(of, result);
        return;
    }
    if (of->kind != 'U')
        of->rows[of->count++] = (row){ read_uint(result, 0, 0), read_uint(result, 0, 1) };
    if (of->waiting)
        return;
    if (of->kind == 'u')
        ask_update(of);
    else
        answer_rows(of);
}

static void read_results(void)
{
    if (!PQconsumeInput(pg))
        fail("read");
    while (queue_out != queue_in && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        if (!result)
            continue; /* the end of one query */
        ExecStatusType status = PQresultStatus(result);
        job *of = queue[queue_out++ % QUEUE];
        if (status == PGRES_PIPELINE_SYNC ? of != NULL : status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            fail("result");
        if (of)
            take(of, result);
        PQclear(result);
    }
}

/* ---- requests ---- */

static void begin(job *of, const char *request, ssize_t length)
{
    const char *count = memmem(request, (size_t)length, "queries=", 8);
    of->kind = request[5];
    of->wanted = count ? (int)strtol(count + 8, NULL, 10) : 1;
    of->wanted = of->wanted < 1 ? 1 : of->wanted > MAX_ROWS ? MAX_ROWS : of->wanted;
    of->count = of->waiting = 0;
    if (of->kind == 'f') {
        ask(of, "fortune", 0, NULL, NULL, NULL);
        return;
    }
    for (int i = of->kind == 'd' ? 1 : of->wanted; i > 0; i--)
        ask_world(of);
}

static void serve(int epoll, int fd)
{
    static char input[16384];
    ssize_t length = recv(fd, input, sizeof input - 1, 0);
    if (length <= 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
        if (!jobs[fd]->waiting)
            close(fd);
        return;
    }
    input[length] = '\0';
    begin(jobs[fd], input, length);
}

static void watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MAX_FDS)
            fail("too many connections");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!jobs[fd])
            jobs[fd] = calloc(1, sizeof(job));
        jobs[fd]->fd = fd;
        watch(epoll, fd, EPOLLIN | EPOLLET);
    }
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
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1024) < 0)
        fail("bind");
    return fd;
}

static void prepare(const char *name, const char *sql)
{
    PGresult *result = PQprepare(pg, name, sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(name);
    PQclear(result);
}

static void connect_to(const char *conninfo)
{
    pg = PQconnectdb(conninfo);
    if (PQstatus(pg) != CONNECTION_OK)
        fail("connect");
    prepare("world", "select id::int4, randomnumber::int4 from world where id = $1::int4");
    prepare("fortune", "select id::int4, message from fortune");
    prepare("update", "update world set randomnumber = v.n from unnest($1::int4[], $2::int4[]) as v(i, n) "
                      "where world.id = v.i");
    if (!PQenterPipelineMode(pg) || PQsetnonblocking(pg, 1))
        fail("pipeline");
}

static void send_what_was_asked(void)
{
    if (!asked)
        return;
    if (!PQpipelineSync(pg))
        fail("sync");
    queue[queue_in++ % QUEUE] = NULL;
    asked = false;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: floor_pg PORT CONNINFO\n");
        return 2;
    }
    connect_to(argv[2]);
    int listener = listen_on((int)strtol(argv[1], NULL, 10)), epoll = epoll_create1(0);
    watch(epoll, listener, EPOLLIN);
    watch(epoll, PQsocket(pg), EPOLLIN);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(epoll, events, MAX_EVENTS, PQflush(pg) == 1 ? 1 : -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(epoll, listener);
            else if (fd == PQsocket(pg))
                read_results();
            else
                serve(epoll, fd);
        }
        send_what_was_asked();
    }
}
