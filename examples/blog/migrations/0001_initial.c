/* Create model Author; Create model Tag; Create model Post.
 *
 * Written by makemigrations, 2026-11-21, to be read and edited (docs/migrations.md). */
#include <canteen.h>
#include <canteen/operations.h>

/* clang-format off */
CT_MIGRATION(blog, 0001_initial,
    .initial = true,
    .operations = OPERATIONS(
        CREATE_MODEL("Author",
            (text, username, .max_length = 30, .unique = true)),
        CREATE_MODEL("Tag",
            (text, name, .max_length = 30, .unique = true)),
        CREATE_MODEL("Post",
            (ref, author, "blog.Author", .on_delete = CT_PROTECT),
            (text, title, .max_length = 100),
            (text, body),
            (datetime, created, .auto_now_add = true, .index = true),
            (many_to_many, tags, "blog.Tag"))));
/* clang-format on */
