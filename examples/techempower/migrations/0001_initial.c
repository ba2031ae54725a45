/* Create model World; Create model Fortune.
 *
 * Written by makemigrations, 2026-11-21. To be read and edited; docs/migrations.md is the manual.
 * */
#include <canteen.h>
#include <canteen/operations.h>

/* clang-format off */
CT_MIGRATION(techempower, 0001_initial,
    .initial = true,
    .operations = OPERATIONS(
        CREATE_MODEL("World",
            (integer, randomNumber, .column = "randomnumber"),
            (options, .table = "world")),
        CREATE_MODEL("Fortune",
            (text, message, .max_length = 2048),
            (options, .table = "fortune"))));
/* clang-format on */
