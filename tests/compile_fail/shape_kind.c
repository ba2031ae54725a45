/* expect: 'CT_KIND_intger' */
/* expect: did you mean 'CT_KIND_integer'? */
/* A misspelt kind of a field. */
#include <canteen.h>

#ifndef RIGHT
CT_SHAPE(Choice, (text, choice), (intger, votes));
#else
CT_SHAPE(Choice, (text, choice), (integer, votes));
#endif
