/* The migrations of the app techempower, in order. Written by makemigrations each time it writes one: do not edit. */
#include <canteen.h>

extern const ct_migration techempower_0001_initial;
extern const ct_migration *const techempower_migrations[];

const ct_migration *const techempower_migrations[] = {
    &techempower_0001_initial,
    NULL,
};
