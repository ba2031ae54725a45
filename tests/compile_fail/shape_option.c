/* expect: 'max_lenght' */
/* An option that fields do not have. */
#include <canteen.h>

#ifndef RIGHT
CT_SHAPE(Choice, (text, choice, .max_lenght = 200), (integer, votes));
#else
CT_SHAPE(Choice, (text, choice), (integer, votes));
#endif
