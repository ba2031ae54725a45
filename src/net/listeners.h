/* The listening sockets of the supervisor, each with the address it was opened for: by that a reload finds it again. */
#ifndef CANTEEN_NET_LISTENERS_H
#define CANTEEN_NET_LISTENERS_H

#include "net/address.h"

/* Stands for the address of the sockets that the service manager passed; with those nothing else is bound. */
#define CT_LISTENER_ACTIVATED "systemd"

typedef struct ct_listener {
    int fd;
    bool wanted; /* still configured; else it closes when a reload is complete */
    char address[sizeof(((ct_address *)NULL)->text)];
} ct_listener;

/* Zeroed memory is an empty list. */
typedef struct ct_listeners {
    ct_listener *items;
    size_t count;
} ct_listeners;

/* Takes the descriptor over, as wanted. */
void ct_listeners_add(ct_listeners *listeners, int fd, const char *address);
/* Whether there is a socket for the address already; if so it becomes wanted. */
bool ct_listeners_claim(ct_listeners *listeners, const char *address);
/* Claims or opens. */
bool ct_listeners_open(ct_listeners *listeners, const ct_address *address, ct_error *error);
/* Sets `wanted` of all; those of the service manager are always wanted. */
void ct_listeners_want(ct_listeners *listeners, bool wanted);
size_t ct_listeners_wanted(const ct_listeners *listeners);
/* Closes those not wanted; Unix sockets' files go too (but for those of the service manager). */
void ct_listeners_close_unwanted(ct_listeners *listeners);
/* Closes all of them so. */
void ct_listeners_finish(ct_listeners *listeners);

#endif
