/* Addresses to listen on: what `--bind` says, the sockets for it, and how a socket is shown to people.
 *
 *     127.0.0.1:8000  localhost:8000    all addresses of the name (both 127.0.0.1 and ::1)
 *     [::1]:8000                        IPv6 literals stand in brackets; [::] is IPv6 alone
 *     :8000                             every interface, IPv6 and IPv4
 *     8000                              the same as 127.0.0.1:8000
 *     unix:/run/app.sock  unix:@name    Unix socket; @ is Linux's abstract namespace
 *
 * Port 0 is any free port. A Unix socket's file gets mode 0777 less the umask, so the umask says who may connect (0117
 * gives the owner and the group). A file of a socket nobody listens on is removed; any other file is never touched.
 *
 * Errors are one line and name what to do. Nothing here is for hot code. */
#ifndef CANTEEN_NET_ADDRESS_H
#define CANTEEN_NET_ADDRESS_H

#include "base/error.h"

typedef enum ct_address_kind {
    CT_ADDRESS_HOST, /* name: a literal without brackets, or a name to resolve */
    CT_ADDRESS_ANY,  /* name is "" */
    CT_ADDRESS_UNIX  /* name: the path, or "@name" */
} ct_address_kind;

typedef struct ct_address {
    ct_address_kind kind;
    uint16_t port;
    char name[256];
    char text[272]; /* the whole address in its one spelling: "[::1]:8000"; equal texts are equal addresses */
} ct_address;

/* One address. False with an error when it is not well-formed; nothing is resolved here. */
bool ct_address_parse(const char *text, ct_address *ret, ct_error *error);
/* A comma-separated list of at least one address, none of them twice. *ret is the caller's to free(). */
bool ct_address_parse_list(const char *text, ct_address **ret, size_t *ret_count, ct_error *error);

/* Most sockets one address can need (a name with many addresses). */
#define CT_ADDRESS_SOCKETS 16
/* Opens listening sockets: close-on-exec and ready as ct_address_prepare() makes them. All or none. */
bool ct_address_listen(const ct_address *address, int ret_fds[CT_ADDRESS_SOCKETS], size_t *ret_count, ct_error *error);

/* Makes an inherited socket fit to be served on: non-blocking, close-on-exec, answers sent without Nagle's delay
 * (accepted sockets inherit that). False (errno set) when `fd` is no listening stream socket of a family known here. */
bool ct_address_prepare(int fd);

/* How the socket is shown: "http://127.0.0.1:8000", "http://[::1]:8000", "unix:/run/app.sock", "unix:@name". */
#define CT_ADDRESS_URL_SIZE 160
void ct_address_url(int fd, char ret[CT_ADDRESS_URL_SIZE]);
/* Removes the file of a Unix socket before its descriptor is closed; does nothing for other sockets. */
void ct_address_unlink(int fd);

#endif
