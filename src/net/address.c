/* Bind addresses: read the text, open the sockets, explain what went wrong.
 *
 * An address may need several sockets (localhost is 127.0.0.1 and ::1). They are opened all or none; with port 0 the
 * first one's port is the port of the others too. An address of a name that this machine cannot have (::1 without IPv6)
 * is left out as long as one remains. Names are resolved at the time of listening only: what reads settings never waits
 * for a name server.
 *
 * Not here: which sockets live on over a reload (listeners.c) and those that systemd passes (notify.c). */
#include "net/address.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The kernel lowers it to net.core.somaxconn. */
#define BACKLOG 65535
/* With port 0, how often another free port is tried when a name's second address has the first one's port taken. */
#define FREE_PORT_TRIES 16

typedef union any_address {
    struct sockaddr base;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un unix_;
    struct sockaddr_storage storage;
} any_address;

#define SYNTAX "write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH"

static bool parse_port(ct_str text, const char *whole, uint16_t *ret, ct_error *error)
{
    uint64_t port;
    if (!text.length || text.data[0] < '0' || text.data[0] > '9' || !ct_str_to_uint64(text, &port) || port > 65535)
        return ct_fail(error, "bad address \"%s\": the port must be a number from 0 (any free port) to 65535", whole);
    *ret = (uint16_t)port;
    return true;
}

static bool parse_unix(ct_str path, const char *whole, ct_address *ret, ct_error *error)
{
    size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);
    if (!path.length || ct_str_eq(path, CT_STR("@")))
        return ct_fail(error, "bad address \"%s\": a path is missing: write unix:/run/app.sock or unix:@name", whole);
    if (path.length >= room)
        return ct_fail(error, "bad address \"%s\": the path of a Unix socket has at most %zu bytes", whole, room - 1);
    ret->kind = CT_ADDRESS_UNIX;
    snprintf(ret->name, sizeof(ret->name), "%.*s", CT_STR_ARG(path));
    snprintf(ret->text, sizeof(ret->text), "unix:%.*s", CT_STR_ARG(path));
    return true;
}

/* Fills kind, name and the spelling from a host without brackets. */
static bool parse_host(ct_str host, bool brackets, const char *whole, ct_address *ret, ct_error *error)
{
    if (host.length >= sizeof(ret->name))
        return ct_fail(error, "bad address \"%s\": the host name is longer than 255 bytes", whole);
    for (size_t i = 0; i < host.length; i++)
        if ((unsigned char)host.data[i] <= ' ' || strchr("/@[]\"", host.data[i]))
            return ct_fail(error, "bad address \"%s\": '%c' cannot be in a host name; " SYNTAX, whole, host.data[i]);
    ret->kind = host.length ? CT_ADDRESS_HOST : CT_ADDRESS_ANY;
    snprintf(ret->name, sizeof(ret->name), "%.*s", CT_STR_ARG(host));
    struct in6_addr ignored;
    char literal[INET6_ADDRSTRLEN];
    snprintf(literal, sizeof(literal), "%.*s", (int)strcspn(ret->name, "%"), ret->name);
    if (brackets && inet_pton(AF_INET6, literal, &ignored) != 1)
        return ct_fail(error, "bad address \"%s\": no IPv6 address in the brackets; " SYNTAX, whole);
    snprintf(ret->text, sizeof(ret->text), brackets ? "[%s]:%u" : "%s:%u", ret->name, (unsigned)ret->port);
    return true;
}

static bool parse_trimmed(ct_str text, const char *whole, ct_address *ret, ct_error *error)
{
    ct_str unix_prefix = CT_STR("unix:");
    if (ct_str_starts(text, unix_prefix))
        return parse_unix((ct_str){ text.data + unix_prefix.length, text.length - unix_prefix.length }, whole, ret,
                          error);
    if (text.length && strspn(whole, "0123456789") == text.length)
        return parse_port(text, whole, &ret->port, error) && parse_host(CT_STR("127.0.0.1"), false, whole, ret, error);

    const char *colon = text.length ? memrchr(text.data, ':', text.length) : NULL;
    bool brackets = text.length && text.data[0] == '[';
    if (!colon || (brackets && colon[-1] != ']'))
        return ct_fail(error, "bad address \"%s\": the port is missing; " SYNTAX, whole);
    ct_str host = { text.data, (size_t)(colon - text.data) };
    if (brackets)
        host = (ct_str){ text.data + 1, host.length - 2 };
    else if (memchr(host.data, ':', host.length))
        return ct_fail(error, "bad address \"%s\": an IPv6 address stands in brackets: [::1]:8000", whole);
    ct_str port = { colon + 1, (size_t)(text.data + text.length - colon - 1) };
    return parse_port(port, whole, &ret->port, error) && parse_host(host, brackets, whole, ret, error);
}

bool ct_address_parse(const char *text, ct_address *ret, ct_error *error)
{
    ct_str trimmed = ct_str_trim(ct_str_of(text));
    char whole[sizeof(ret->text)];
    if (trimmed.length >= sizeof(whole))
        return ct_fail(error, "bad address \"%.60s...\": too long; " SYNTAX, text);
    snprintf(whole, sizeof(whole), "%.*s", CT_STR_ARG(trimmed));
    ct_address address = { 0 };
    if (!parse_trimmed(ct_str_of(whole), whole, &address, error))
        return false;
    *ret = address;
    return true;
}

bool ct_address_parse_list(const char *text, ct_address **ret, size_t *ret_count, ct_error *error)
{
    ct_address *addresses = NULL;
    size_t count = 0;
    ct_str rest = ct_str_of(text);
    for (ct_str part = ct_str_next(&rest, ','); part.data; part = ct_str_next(&rest, ',')) {
        char one[512];
        snprintf(one, sizeof(one), "%.*s", CT_STR_ARG(part));
        addresses = ct_xrealloc(addresses, (count + 1) * sizeof *addresses);
        if (!ct_address_parse(one, &addresses[count], error))
            goto failed;
        for (size_t i = 0; i < count; i++)
            if (strcmp(addresses[i].text, addresses[count].text) == 0) {
                ct_fail(error, "the address %s is listed twice", addresses[i].text);
                goto failed;
            }
        count++;
    }
    *ret = addresses;
    *ret_count = count;
    return true;
failed:
    free(addresses);
    return false;
}

/* Says why, by the errno of socket, bind or listen. */
static bool explain(const ct_address *address, ct_error *error)
{
    const char *text = address->text;
    bool is_unix = address->kind == CT_ADDRESS_UNIX;
    if (errno == EADDRINUSE && is_unix)
        return ct_fail(error,
                       "cannot listen on %s: address already in use: another program (maybe an earlier run) answers "
                       "there; choose another with --bind unix:PATH",
                       text);
    if (errno == EADDRINUSE)
        return ct_fail(error,
                       "cannot listen on %s: address already in use: another program (maybe an earlier run) has the "
                       "port; choose another with --bind HOST:PORT",
                       text);
    if (errno == EEXIST)
        return ct_fail(error, "cannot listen on %s: the path exists and is no socket; it is left as it is", text);
    if (errno == ENOENT)
        return ct_fail(error, "cannot listen on %s: the folder of the socket does not exist; make it first", text);
    if ((errno == EACCES || errno == EPERM) && is_unix)
        return ct_fail(error, "cannot listen on %s: permission denied: this user may not write to the folder", text);
    if (errno == EACCES || errno == EPERM)
        return ct_fail(error,
                       "cannot listen on %s: permission denied: ports below 1024 need root (workers then become the "
                       "setting `user`) or CAP_NET_BIND_SERVICE; or choose a higher port with --bind HOST:PORT",
                       text);
    if (errno == EADDRNOTAVAIL)
        return ct_fail(error,
                       "cannot listen on %s: no interface of this machine has that address; use 127.0.0.1:%u (this "
                       "machine alone) or :%u (every interface)",
                       text, (unsigned)address->port, (unsigned)address->port);
    return ct_fail(error, "cannot listen on %s: %m", text);
}

static bool set_option(int fd, int level, int name)
{
    int on = 1;
    return setsockopt(fd, level, name, &on, sizeof(on)) == 0;
}

bool ct_address_prepare(int fd)
{
    any_address own = { 0 };
    socklen_t own_size = sizeof(own);
    int listening = 0, type = 0;
    socklen_t size = sizeof(int);
    if (getsockname(fd, &own.base, &own_size) < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        return false;
    bool internet = own.base.sa_family == AF_INET || own.base.sa_family == AF_INET6;
    if (!listening || type != SOCK_STREAM || (!internet && own.base.sa_family != AF_UNIX)) {
        errno = EINVAL;
        return false;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return false;
    return !internet || set_option(fd, IPPROTO_TCP, TCP_NODELAY);
}

/* A listening socket at the address, or -1 with errno. */
static int open_socket(const any_address *at, socklen_t size, bool both_families)
{
    int family = at->base.sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int only = !both_families;
    bool ok = family == AF_UNIX || set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    if (ok && family == AF_INET6)
        ok = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0;
    if (ok && bind(fd, &at->base, size) == 0 && listen(fd, BACKLOG) == 0 && ct_address_prepare(fd))
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void close_all(const int *fds, size_t count)
{
    int saved = errno;
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    errno = saved;
}

/* Opens one socket for each address of the list, all on one port. -1 with errno when one cannot be had. */
static int open_list(const struct addrinfo *list, uint16_t port, int fds[CT_ADDRESS_SOCKETS])
{
    int count = 0, missing = 0;
    for (const struct addrinfo *item = list; item && count < CT_ADDRESS_SOCKETS; item = item->ai_next) {
        any_address at = { 0 };
        if (item->ai_addrlen > sizeof(at))
            continue;
        memcpy(&at, item->ai_addr, item->ai_addrlen);
        if (at.base.sa_family == AF_INET6)
            at.v6.sin6_port = htons(port);
        else
            at.v4.sin_port = htons(port);
        int fd = open_socket(&at, item->ai_addrlen, false);
        if (fd < 0 && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) {
            missing = errno;
            continue;
        }
        if (fd < 0) {
            close_all(fds, (size_t)count);
            return -1;
        }
        fds[count++] = fd;
        socklen_t size = sizeof(at);
        if (!port && getsockname(fd, &at.base, &size) == 0)
            port = ntohs(at.base.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
    }
    errno = missing;
    return count ? count : -1;
}

static bool listen_host(const ct_address *address, int fds[CT_ADDRESS_SOCKETS], size_t *ret_count, ct_error *error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *list;
    int code = getaddrinfo(address->name, NULL, &hints, &list);
    if (code == EAI_SYSTEM)
        return ct_fail(error, "cannot listen on %s: looking up the host failed: %m", address->text);
    if (code)
        return ct_fail(error, "cannot listen on %s: looking up the host failed: %s", address->text, gai_strerror(code));
    int count = -1;
    for (int tries = 0; tries < FREE_PORT_TRIES; tries++) {
        count = open_list(list, address->port, fds);
        if (count > 0 || address->port || errno != EADDRINUSE)
            break;
    }
    int saved = errno;
    freeaddrinfo(list);
    errno = saved;
    if (count < 0)
        return explain(address, error);
    *ret_count = (size_t)count;
    return true;
}

static bool listen_any(const ct_address *address, int *ret_fd, ct_error *error)
{
    any_address at = { .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(address->port) } };
    *ret_fd = open_socket(&at, sizeof(at.v6), true);
    if (*ret_fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EPROTONOSUPPORT)) {
        at = (any_address){ .v4 = { .sin_family = AF_INET, .sin_port = htons(address->port) } };
        *ret_fd = open_socket(&at, sizeof(at.v4), false);
    }
    return *ret_fd >= 0 || explain(address, error);
}

static socklen_t unix_address(const char *name, any_address *ret)
{
    size_t length = strlen(name);
    *ret = (any_address){ .unix_ = { .sun_family = AF_UNIX } };
    memcpy(ret->unix_.sun_path, name, length);
    if (name[0] != '@')
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    ret->unix_.sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Removes the file of a socket that nobody listens on. False with errno: EADDRINUSE somebody does, EEXIST no socket. */
static bool remove_stale(const char *path, const any_address *at, socklen_t size)
{
    struct stat info;
    if (lstat(path, &info) < 0)
        return errno == ENOENT;
    if (!S_ISSOCK(info.st_mode)) {
        errno = EEXIST;
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool dead = connect(fd, &at->base, size) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (dead)
        return unlink(path) == 0 || errno == ENOENT;
    errno = EADDRINUSE;
    return false;
}

static bool listen_unix(const ct_address *address, int *ret_fd, ct_error *error)
{
    any_address at;
    socklen_t size = unix_address(address->name, &at);
    if (address->name[0] != '@' && !remove_stale(address->name, &at, size))
        return explain(address, error);
    *ret_fd = open_socket(&at, size, false);
    return *ret_fd >= 0 || explain(address, error);
}

bool ct_address_listen(const ct_address *address, int ret_fds[CT_ADDRESS_SOCKETS], size_t *ret_count, ct_error *error)
{
    if (address->kind == CT_ADDRESS_HOST)
        return listen_host(address, ret_fds, ret_count, error);
    *ret_count = 1;
    return address->kind == CT_ADDRESS_ANY ? listen_any(address, ret_fds, error) : listen_unix(address, ret_fds, error);
}

static bool own_address(int fd, any_address *ret, socklen_t *ret_size)
{
    *ret = (any_address){ 0 };
    *ret_size = sizeof(*ret);
    return getsockname(fd, &ret->base, ret_size) == 0;
}

void ct_address_url(int fd, char ret[CT_ADDRESS_URL_SIZE])
{
    any_address at;
    socklen_t size;
    char host[INET6_ADDRSTRLEN];
    if (!own_address(fd, &at, &size)) {
        snprintf(ret, CT_ADDRESS_URL_SIZE, "descriptor %d", fd);
    } else if (at.base.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &at.v6.sin6_addr, host, sizeof(host));
        snprintf(ret, CT_ADDRESS_URL_SIZE, "http://[%s]:%u", host, (unsigned)ntohs(at.v6.sin6_port));
    } else if (at.base.sa_family == AF_INET) {
        inet_ntop(AF_INET, &at.v4.sin_addr, host, sizeof(host));
        snprintf(ret, CT_ADDRESS_URL_SIZE, "http://%s:%u", host, (unsigned)ntohs(at.v4.sin_port));
    } else {
        int length = (int)(size - offsetof(struct sockaddr_un, sun_path));
        const char *path = at.unix_.sun_path;
        if (length > 1 && !path[0])
            snprintf(ret, CT_ADDRESS_URL_SIZE, "unix:@%.*s", length - 1, path + 1);
        else
            snprintf(ret, CT_ADDRESS_URL_SIZE, "unix:%.*s", length, path);
    }
}

void ct_address_unlink(int fd)
{
    any_address at;
    socklen_t size;
    if (own_address(fd, &at, &size) && at.base.sa_family == AF_UNIX && at.unix_.sun_path[0])
        unlink(at.unix_.sun_path);
}
