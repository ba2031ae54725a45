/* The supervisor's list of listening sockets. An address that needs several sockets has several entries. */
#include "net/listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ct_listeners_add(ct_listeners *listeners, int fd, const char *address)
{
    listeners->items = ct_xrealloc(listeners->items, (listeners->count + 1) * sizeof *listeners->items);
    ct_listener *added = &listeners->items[listeners->count++];
    *added = (ct_listener){ .fd = fd, .wanted = true };
    snprintf(added->address, sizeof(added->address), "%s", address);
}

bool ct_listeners_claim(ct_listeners *listeners, const char *address)
{
    bool found = false;
    for (size_t i = 0; i < listeners->count; i++)
        if (strcmp(listeners->items[i].address, address) == 0)
            listeners->items[i].wanted = found = true;
    return found;
}

bool ct_listeners_open(ct_listeners *listeners, const ct_address *address, ct_error *error)
{
    int fds[CT_ADDRESS_SOCKETS];
    size_t count = 0;
    if (ct_listeners_claim(listeners, address->text))
        return true;
    if (!ct_address_listen(address, fds, &count, error))
        return false;
    for (size_t i = 0; i < count; i++)
        ct_listeners_add(listeners, fds[i], address->text);
    return true;
}

static bool is_activated(const ct_listener *listener)
{
    return strcmp(listener->address, CT_LISTENER_ACTIVATED) == 0;
}

void ct_listeners_want(ct_listeners *listeners, bool wanted)
{
    for (size_t i = 0; i < listeners->count; i++)
        listeners->items[i].wanted = wanted || is_activated(&listeners->items[i]);
}

size_t ct_listeners_wanted(const ct_listeners *listeners)
{
    size_t count = 0;
    for (size_t i = 0; i < listeners->count; i++)
        count += listeners->items[i].wanted;
    return count;
}

static void close_listener(const ct_listener *listener)
{
    if (!is_activated(listener))
        ct_address_unlink(listener->fd);
    close(listener->fd);
}

void ct_listeners_close_unwanted(ct_listeners *listeners)
{
    size_t kept = 0;
    for (size_t i = 0; i < listeners->count; i++)
        if (listeners->items[i].wanted)
            listeners->items[kept++] = listeners->items[i];
        else
            close_listener(&listeners->items[i]);
    listeners->count = kept;
}

void ct_listeners_finish(ct_listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        close_listener(&listeners->items[i]);
    free(listeners->items);
    *listeners = (ct_listeners){ 0 };
}
