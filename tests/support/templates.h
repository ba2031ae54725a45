/* Templates from texts, for tests of the engine. */
#ifndef SUPPORT_TEMPLATES_H
#define SUPPORT_TEMPLATES_H

#include "template/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct file {
    const char *name, *text;
} file;

/* An engine over files, and what its last render gave. */
typedef struct templates {
    const file *files; /* ends with a NULL name */
    ct_engine_options options;
    ct_engine *engine;
    ct_arena arena;
    ct_buffer out;
    ct_template_error error;
    ct_render_input input; /* limits and hooks, to be set before rendering */
} templates;

static inline bool load_file(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    (void)arena, (void)error;
    for (const file *f = ((templates *)user)->files; f->name; f++)
        if (ct_str_eq(name, ct_str_of(f->name))) {
            *ret_source = (ct_source){ .text = ct_str_of(f->text), .file = f->name };
            return true;
        }
    return false;
}

static inline void list_files(void *user, void (*each)(void *arg, const char *name), void *arg)
{
    for (const file *f = ((templates *)user)->files; f->name; f++)
        each(arg, f->name);
}

static inline void templates_init(templates *t, const file *files)
{
    *t = (templates){ .files = files };
    t->options.loader = (ct_loader){ .user = t, .load = load_file, .list = list_files };
    ct_arena_init(&t->arena, NULL, 16 << 20);
    t->input.arena = &t->arena;
    t->input.max_iterations = 100000;
}

static inline void templates_finish(templates *t)
{
    ct_engine_destroy(t->engine);
    ct_arena_finish(&t->arena);
    ct_buffer_finish(&t->out);
}

/* The page, or NULL with t->error filled. */
static inline const char *render_with(templates *t, const char *name, const ct_kv *pairs, size_t count)
{
    if (!t->engine)
        t->engine = ct_engine_create(&t->options);
    const ct_template *template = ct_engine_get(t->engine, ct_str_of(name), &t->error);
    if (!template)
        return NULL;
    t->input.pairs = pairs;
    t->input.pair_count = count;
    t->out.length = 0;
    t->out.failed = false;
    return ct_template_render(t->engine, template, &t->input, &t->out, &t->error) ? ct_buffer_text(&t->out) : NULL;
}
#define render(t, name, ...) render_with((t), (name), CT_KVS(__VA_ARGS__))

/* What a message would look like on a terminal. */
static inline const char *error_text(templates *t)
{
    t->out.length = 0;
    t->out.failed = false;
    ct_template_error_write(&t->out, &t->error);
    return ct_buffer_text(&t->out);
}

#endif
