/* Time zones of the system's database (RFC 9636), without a `ct`.
 *
 * A zone is read once and kept as long as the process; what the system's package changes later is seen by the next one.
 * UTC needs no database. */
#ifndef CANTEEN_SHAPE_ZONE_H
#define CANTEEN_SHAPE_ZONE_H

#include "base/common.h"
#include "base/error.h"
#include "base/str.h"

typedef struct ct_zone ct_zone;

/* The zone of a name of the database, "Europe/Berlin"; NULL with `error` filled. The name may be anybody's: none leads
 * out of the database's folder. Opens a file the first time. */
const ct_zone *ct_zone_find(const char *name, ct_error *error);

/* Seconds east of UTC at a moment. */
int ct_zone_offset(const ct_zone *zone, ct_time time);
/* A moment as local time, and back (canteen/types.h). */
ct_time ct_zone_to_local(const ct_zone *zone, ct_time time);
ct_time ct_zone_to_utc(const ct_zone *zone, ct_time local);

/* A zone of the bytes of a file, for tests; NULL where they are none. Of the heap: ct_zone_free(). */
ct_zone *ct_zone_parse(ct_str bytes);
void ct_zone_free(ct_zone *zone);

#endif
