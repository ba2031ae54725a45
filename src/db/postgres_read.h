/* What the readers of binary and text forms share. Each returns NULL, or what does not fit. */
#ifndef CANTEEN_DB_POSTGRES_READ_H
#define CANTEEN_DB_POSTGRES_READ_H

#include "db/postgres.h"

extern const char ct_pg_no_memory[];

const char *ct_pg_copy_text(ct_str text, ct_arena *arena, ct_value *ret_value);
const char *ct_pg_read_json(ct_str text, ct_arena *arena, ct_value *ret_value);
const char *ct_pg_read_text_form(Oid type, ct_str text, ct_arena *arena, ct_value *ret_value);

#endif
