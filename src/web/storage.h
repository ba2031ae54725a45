/* The app's storage of files, for those who keep something there. */
#ifndef CANTEEN_WEB_STORAGE_H
#define CANTEEN_WEB_STORAGE_H

#include "base/problems.h"
#include "canteen/storage.h"
#include "web/ct.h"

#define CT_STORAGE_NAME 1024 /* bytes of a name, at most; of each part 255 */

/* Whether it is a name of the rules of canteen/storage.h. */
bool ct_storage_holds(const char *name);

/* Keeps the content of `fd`, or `data` where fd is -1, under the name or one like it; returns that. Ends the request
 * when it cannot. `function` is what was called, for messages. */
const char *ct_storage_keep(ct *c, const char *function, const char *name, int fd, ct_bytes data);

/* Looks at the folder of the setting upload_folder, where the app keeps its files there: adds warnings when it cannot
 * be written to, or lies in a folder of static files. One that is not there and that nobody asked for (`is_default`)
 * may never be needed. `source` is where the setting comes from. */
void ct_storage_check(const ct_site *site, const char *source, bool is_default, ct_problems *problems);

#endif
