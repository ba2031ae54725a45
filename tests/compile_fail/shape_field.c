/* expect: 'mesage' */
/* expect: did you mean 'message'? */
/* A misspelt field of a new row. */
#include <canteen.h>

CT_SHAPE(Fortune, (integer, id), (text, message));

Fortune *make(ct *c);

Fortune *make(ct *c)
{
#ifndef RIGHT
    return ct_row_new(c, Fortune, .id = 1, .mesage = "hi");
#else
    return ct_row_new(c, Fortune, .id = 1, .message = "hi");
#endif
}
