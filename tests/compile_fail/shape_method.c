/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible function pointer types */
/* A method that returns text where a value is wanted. */
#include <canteen.h>

#ifndef RIGHT
const char *choice_label(ct *c, const ct_row *row);
#else
ct_row_method choice_label;
#endif

CT_SHAPE(Choice, (text, choice), (method, label, choice_label));
