/* Compressing files that are sent as they are: part of the program `canteen` alone, as are the libraries for it. */
#ifndef CANTEEN_CLI_COMPRESS_H
#define CANTEEN_CLI_COMPRESS_H

#include "base/buffer.h"

/* Whether compressing a file of that name can gain anything: text and such, by its ending. */
bool ct_compressible(const char *name);
/* Appends the data compressed as well as can be: as a Brotli stream (RFC 7932), as a gzip file (RFC 1952) without name
 * and time. The same data and library give the same bytes. False: there is no memory for it. */
bool ct_compress_br(ct_buffer *out, ct_str data);
bool ct_compress_gz(ct_buffer *out, ct_str data);

#endif
