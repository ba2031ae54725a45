#ifndef BLOG_H
#define BLOG_H

#include <canteen.h>

/* ---- models ---- */

CT_MODEL_DECLARE(Post);

/* clang-format off */
CT_MODEL(Author,
    (text,         username, .max_length = 30, .pattern = "^[a-z][a-z0-9_]*$", .unique = true,
                             .help_text = "Lower case letters, digits and '_'."),
    (has_many,     posts,    Post, author));

CT_MODEL(Tag,
    (text,         name,     .max_length = 30, .unique = true),
    (has_many,     posts,    Post, tags),
    (options,      .ordering = "name"));

CT_MODEL(Post,
    (ref,          author,   Author, .on_delete = CT_PROTECT),
    (text,         title,    .max_length = 100),
    (text,         body),
    (datetime,     created,  .auto_now_add = true, .index = true),
    (many_to_many, tags,     Tag),
    (options,      .ordering = "-created, -id"));
/* clang-format on */

/* ---- the app ---- */

extern const ct_app blog;
extern const ct_files blog_templates, blog_static; /* written by `canteen embed`, see meson.build */

/* tests.c */
extern const ct_test posts_are_written, mistakes_are_shown, only_authors_change_posts, tags_are_shared,
    pages_ask_few_questions;

#endif
