/* The inside of the settings, for the files that make them. */
#ifndef CANTEEN_WEB_SETTINGS_TABLE_H
#define CANTEEN_WEB_SETTINGS_TABLE_H

#include "base/map.h"
#include "base/nearest.h"
#include "web/settings.h"

struct ct_settings {
    ct_arena *arena;
    ct_setting_value *values;
    size_t count;
    ct_strmap by_name; /* of pointers into values */
};

/* One row of Canteen's own. */
typedef struct ct_own_setting {
    ct_setting setting;
    size_t offset; /* in ct_config: a const char * for TEXT, a bool for FLAG, else an int64_t */
} ct_own_setting;

extern const ct_own_setting ct_own_settings[];
extern const size_t ct_own_settings_count;

/* The name as the environment has it: CANTEEN_MAX_BODY. */
const char *ct_setting_variable(ct_arena *arena, const char *name);
/* Where it is declared: "main.c:12". */
const char *ct_setting_place(ct_arena *arena, const ct_setting_value *value);
/* Takes `text` from `source`, or adds what is wrong with it to the problems: "SOURCE: NAME: ...". */
void ct_setting_assign(ct_setting_value *value, const char *text, const char *source, ct_problems *problems);

#endif
