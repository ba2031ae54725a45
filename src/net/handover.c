/* The state of a supervisor as text, for the next program in the same process. */
#include "net/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ct_handover_write(ct_buffer *text, const ct_listeners *listeners, const ct_children *children)
{
    ct_buffer_printf(text, "pid %d\n", (int)getpid());
    for (size_t i = 0; i < listeners->count; i++)
        ct_buffer_printf(text, "listener %d %s\n", listeners->items[i].fd, listeners->items[i].address);
    for (size_t i = 0; i < children->count; i++) {
        const ct_child *child = &children->items[i];
        ct_buffer_printf(text, "worker %d %d %d %" PRId64 " %" PRId64 "\n", (int)child->pid, child->control,
                         (int)child->state, child->started, child->deadline);
    }
}

/* The next of the numbers at *text, which moves on. */
static int64_t next_number(char **text)
{
    return strtoll(*text, text, 10);
}

static void take_listener(char *text, ct_listeners *listeners)
{
    int fd = (int)next_number(&text);
    if (*text == ' ' && ct_address_prepare(fd)) {
        ct_listeners_add(listeners, fd, text + 1);
        listeners->items[listeners->count - 1].wanted = false;
    }
}

static void take_worker(char *text, ct_children *children)
{
    ct_child child = { .previous = true };
    child.pid = (pid_t)next_number(&text);
    child.control = (int)next_number(&text);
    child.state = next_number(&text) == CT_CHILD_LEAVING ? CT_CHILD_LEAVING : CT_CHILD_SERVING;
    child.started = next_number(&text);
    child.deadline = next_number(&text);
    child.ready = child.started;
    if (child.control >= 0 && fcntl(child.control, F_SETFD, FD_CLOEXEC) < 0)
        child.control = -1;
    if (child.pid > 0)
        ct_children_add(children, child);
}

/* The rest of the line if it begins with the word. */
static char *after(char *line, const char *word)
{
    size_t length = strlen(word);
    return strncmp(line, word, length) == 0 ? line + length : NULL;
}

bool ct_handover_take(ct_listeners *listeners, ct_children *children)
{
    const char *variable = getenv(CT_HANDOVER_STATE);
    if (!variable)
        return false;
    char *text = ct_xstrdup(variable), *rest = text;
    unsetenv(CT_HANDOVER_STATE);
    char *first = after(strsep(&rest, "\n"), "pid ");
    bool ours = first && next_number(&first) == getpid();
    for (char *line = ours ? strsep(&rest, "\n") : NULL; line; line = strsep(&rest, "\n")) {
        char *fields;
        if ((fields = after(line, "listener ")))
            take_listener(fields, listeners);
        else if ((fields = after(line, "worker ")))
            take_worker(fields, children);
    }
    free(text);
    return ours;
}

bool ct_handover_lists(const char *text, const char *address)
{
    char *copy = ct_xstrdup(text), *rest = copy;
    bool found = false;
    for (char *line = strsep(&rest, "\n"); line && !found; line = strsep(&rest, "\n")) {
        char *fields = after(line, "listener ");
        if (!fields)
            continue;
        next_number(&fields);
        found = *fields == ' ' && (strcmp(fields + 1, address) == 0 || strcmp(fields + 1, CT_LISTENER_ACTIVATED) == 0);
    }
    free(copy);
    return found;
}
