/* Files as responses, for what serves them besides ct_send_file(). */
#ifndef CANTEEN_WEB_FILE_H
#define CANTEEN_WEB_FILE_H

#include "canteen/response.h"

#include <sys/stat.h>

/* The regular file `name` below the folder `root`, from which no name leads out: its descriptor, closed when the
 * request ends. -1: there is none, or none that can be read (which the log then tells). */
int ct_file_open(ct *c, const char *root, const char *name, struct stat *ret_info);
/* A place for a descriptor, which is closed when the request ends: -1 until one is there. Made before the file is
 * opened, for afterwards it could fail with the file open. */
int *ct_file_slot(ct *c);
/* Whether errno of opening a file says that there is none that could be had: 404, whatever the reason. */
bool ct_file_is_missing(int error);

/* A response of an open regular file, which stays open until the answer is sent: closing it is a deferred call of the
 * caller's. It has no headers yet. */
ct_response *ct_file_response(ct *c, int fd, const struct stat *info);
/* ETag and Last-Modified by the file's size and time. */
void ct_file_set_validators(ct_response *r, const struct stat *file);
/* The response as ct_send_file() makes it: with validators and the headers that the options ask for. The content type
 * is by the ending of `name` unless they say one. */
ct_response *ct_file_send(ct *c, int fd, const struct stat *info, const char *name, const ct_file_options *options);

#endif
