/* Forms with files, for those who read forms. */
#ifndef CANTEEN_WEB_UPLOAD_H
#define CANTEEN_WEB_UPLOAD_H

#include "canteen/upload.h"
#include "web/ct.h"

/* Whether the request says that it has one. */
bool ct_uploads_sent(ct *c);
/* Reads it, once: sets c->form and c->uploads, or ends the request. `function` is what was asked for, for messages. */
void ct_uploads_read(ct *c, const char *function);

/* Calls `each` with every file of a form that has been read. */
void ct_uploads_each(const struct ct_uploads *uploads, void (*each)(void *arg, const ct_upload *file), void *arg);

#endif
