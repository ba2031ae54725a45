/* Where templates come from: a list of places, in the order in which a name is looked for in them. A place is a folder
 * on disk or a table of the executable. */
#ifndef CANTEEN_WEB_TEMPLATE_LOADER_H
#define CANTEEN_WEB_TEMPLATE_LOADER_H

#include "base/problems.h"
#include "canteen/app.h"
#include "template/template.h"

typedef struct ct_template_place {
    const char *folder;       /* what messages put before the names too; "" for names as they are */
    const ct_files *embedded; /* NULL: the folder is read */
} ct_template_place;

typedef struct ct_template_places {
    ct_template_place *items;
    size_t count, capacity;
    ct_arena *arena; /* without a limit */
} ct_template_places;

/* Zeroed but for the arena: an empty list. */
void ct_template_places_add(ct_template_places *places, const char *folder, const ct_files *embedded);
/* Adds `folders` (the setting template_folders), then the apps' places: `.embedded` where there is one, unless `reload`
 * is set and `.templates` is a folder. A folder of the setting that is not there is passed over (for good, unless
 * `reload` is set); one of an app's that is not there, and not embedded either, is a problem. */
void ct_template_places_find(ct_template_places *places, const char *folders, const ct_app *root, bool reload,
                             ct_problems *problems);

/* A loader of the places, which are borrowed. Its list calls a name that is in several places once for each. */
ct_loader ct_template_places_loader(const ct_template_places *places);

/* A number that changes when a file or folder below the places changes, comes or goes: by its times, size, inode. */
uint64_t ct_template_places_stamp(const ct_template_places *places);

#endif
