/* The short words of migrations, for their files alone: migration.h is the manual. */
#ifndef CANTEEN_OPERATIONS_H
#define CANTEEN_OPERATIONS_H

#include "canteen/migration.h"

#define AFTER(...) CT_AFTER(__VA_ARGS__)
#define REPLACES(...) CT_REPLACES(__VA_ARGS__)
#define OPERATIONS(...) CT_OPERATIONS(__VA_ARGS__)
#define MODEL(...) CT_PAST_MODEL(__VA_ARGS__)
#define CREATE_MODEL(...) CT_CREATE_MODEL(__VA_ARGS__)
#define CREATE_TABLE(...) CT_CREATE_TABLE(__VA_ARGS__)
#define DROP_MODEL(...) CT_DROP_MODEL(__VA_ARGS__)
#define RENAME_MODEL(...) CT_RENAME_MODEL(__VA_ARGS__)
#define ADD_FIELD(...) CT_ADD_FIELD(__VA_ARGS__)
#define REMOVE_FIELD(...) CT_REMOVE_FIELD(__VA_ARGS__)
#define ALTER_FIELD(...) CT_ALTER_FIELD(__VA_ARGS__)
#define RENAME_FIELD(...) CT_RENAME_FIELD(__VA_ARGS__)
#define ADD_INDEX(...) CT_ADD_INDEX(__VA_ARGS__)
#define REMOVE_INDEX(...) CT_REMOVE_INDEX(__VA_ARGS__)
#define ADD_INDEX_CONCURRENTLY(...) CT_ADD_INDEX_CONCURRENTLY(__VA_ARGS__)
#define REMOVE_INDEX_CONCURRENTLY(...) CT_REMOVE_INDEX_CONCURRENTLY(__VA_ARGS__)
#define ADD_CHECK(...) CT_ADD_CHECK(__VA_ARGS__)
#define REMOVE_CHECK(...) CT_REMOVE_CHECK(__VA_ARGS__)
#define ALTER_OPTIONS(...) CT_ALTER_OPTIONS(__VA_ARGS__)
#define RUN_SQL(...) CT_RUN_SQL(__VA_ARGS__)
#define RUN(...) CT_RUN(__VA_ARGS__)
#define SEPARATE(...) CT_SEPARATE(__VA_ARGS__)

#endif
