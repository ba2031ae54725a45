/* Opening files that are sent, for what serves them besides ct_send_file(). */
#ifndef CANTEEN_WEB_FILE_H
#define CANTEEN_WEB_FILE_H

#include "canteen/response.h"

#include <sys/stat.h>

/* The regular file `name` below the folder `root`, from which no name leads out: its descriptor, closed when the
 * request ends. -1: there is none, or none that can be read (which the log then tells). */
int ct_file_open(ct *c, const char *root, const char *name, struct stat *ret_info);
/* A response of the open file; it has no headers yet. */
ct_response *ct_file_response(ct *c, int fd, const struct stat *info);
/* ETag and Last-Modified by the file's size and time. */
void ct_file_set_validators(ct_response *r, const struct stat *info);

#endif
