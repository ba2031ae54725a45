/* expect: 'Autor_shape' */
/* expect: did you mean 'Author_shape'? */
/* A row of a shape that does not exist. */
#include <canteen.h>

CT_SHAPE(Author, (text, name));

#ifndef RIGHT
CT_SHAPE(Post, (text, title), (row, author, Autor));
#else
CT_SHAPE(Post, (text, title), (row, author, Author));
#endif
