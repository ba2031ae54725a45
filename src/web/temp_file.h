/* Files without a name in the folder of the setting temp_dir: whatever ends the process, nothing of them stays. */
#ifndef CANTEEN_WEB_TEMP_FILE_H
#define CANTEEN_WEB_TEMP_FILE_H

#include "web/ct.h"

/* A descriptor for reading and writing, the caller's to close. On a file system that can, the file may be given a name
 * later (linkat), with the mode 0644 less the umask. Aborts where it cannot be made. `function` is what is asked for,
 * for messages. */
int ct_temp_open(ct *c, const char *function);
/* Writes all of `data` at the descriptor's place, much of it in a thread; aborts as ct_temp_failed() does. */
void ct_temp_write(ct *c, const char *function, int fd, ct_bytes data);
/* Reads the first `size` bytes to `data`, much of it in a thread. False: there are fewer, or errno. */
bool ct_temp_read(ct *c, int fd, void *data, size_t size);
/* Ends the request: 507 where there is no room, else 500. */
CT_NORETURN void ct_temp_failed(ct *c, const char *function, int error);

#endif
