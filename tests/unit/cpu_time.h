/* How long something takes, on a machine that is busy with other things besides. */
#ifndef CPU_TIME_H
#define CPU_TIME_H

#include "base/common.h"

#include <sys/resource.h>

/* What this process and its children that have ended have used of the processors, µs. */
static inline ct_time cpu_time(void)
{
    ct_time used = 0;
    static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
    for (size_t i = 0; i < CT_COUNT(whose); i++) {
        struct rusage usage;
        getrusage(whose[i], &usage);
        used += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * CT_SECOND + usage.ru_utime.tv_usec +
                usage.ru_stime.tv_usec;
    }
    return used;
}

#endif
