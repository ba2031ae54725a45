/* expect gcc: initialization of 'int' from 'char *' makes integer from pointer without a cast */
/* expect clang: incompatible pointer to integer conversion initializing 'int32_t' */
/* A date is no text. */
#include <canteen.h>

CT_SHAPE(Event, (text, title), (date, day));

Event *make(ct *c);

Event *make(ct *c)
{
#ifndef RIGHT
    return ct_row_new(c, Event, .title = "Opening", .day = "2026-11-21");
#else
    return ct_row_new(c, Event, .title = "Opening", .day = ct_date_make(c, 2026, 11, 21));
#endif
}
