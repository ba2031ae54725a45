/* expect: 'CT_KIND_txt' */
/* expect: did you mean 'CT_KIND_text'? */
/* A misspelt kind of the elements of an array. */
#include <canteen.h>

#ifndef RIGHT
CT_SHAPE(Post, (text, title), (array, tags, txt));
#else
CT_SHAPE(Post, (text, title), (array, tags, text));
#endif
