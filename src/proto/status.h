/* Status lines of HTTP/1.1 (RFC 9112, 4), made beforehand. The table is in canteen/status.h. */
#ifndef CANTEEN_PROTO_STATUS_H
#define CANTEEN_PROTO_STATUS_H

#include "base/str.h"
#include "canteen/status.h"

/* "HTTP/1.1 200 OK\r\n". Any status of 100 to 599 has a line, with the reason "Unknown" where the table has none; for
 * another number it is that of 500. The text lives as long as the program. */
ct_str ct_status_line(int status);

#endif
