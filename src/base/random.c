/* The system's random source. Each call asks it anew, so that forked processes have nothing in common. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

void ct_random_bytes(void *ret_data, size_t size)
{
    char *at = ret_data;
    while (size) {
        ssize_t n = getrandom(at, size, 0);
        if (n < 0 && errno != EINTR)
            ct_die("the system gives no random bytes: %m");
        at += CT_MAX(n, 0);
        size -= (size_t)CT_MAX(n, 0);
    }
}
