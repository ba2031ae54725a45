/* What `canteen new` and its tests share: which names a project can have. */
#ifndef CANTEEN_CLI_NEW_H
#define CANTEEN_CLI_NEW_H

#include "base/error.h"

#define CT_PROJECT_NAME_BYTES 40

/* Letters, digits, '_' and '-', a letter first, at most CT_PROJECT_NAME_BYTES, and none of the names that a project's
 * own files and targets have. False with a message that says what is wrong with it. */
bool ct_project_name_valid(const char *name, ct_error *error);

#endif
