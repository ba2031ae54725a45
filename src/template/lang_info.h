/* What languages are called: the codes, names and directions that Django knows. */
#ifndef CANTEEN_TEMPLATE_LANG_INFO_H
#define CANTEEN_TEMPLATE_LANG_INFO_H

#include "base/str.h"

typedef struct ct_lang_info {
    char code[8], name[28], name_local[36]; /* "de", "German", "Deutsch" */
    bool bidi;                              /* written from right to left */
} ct_lang_info;

/* The language of a code: that of "de" for "de-ch", where there is no other; NULL where it is unknown. */
const ct_lang_info *ct_lang_info_of(ct_str code);
/* Whether pages in the language run from right to left. */
bool ct_lang_is_bidi(ct_str code);

#endif
