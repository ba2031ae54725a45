/* The migrations of the app blog, in order. Written by makemigrations each time it writes one: do not edit. */
#include <canteen.h>

extern const ct_migration blog_0001_initial;
extern const ct_migration *const blog_migrations[];

const ct_migration *const blog_migrations[] = {
    &blog_0001_initial,
    NULL,
};
