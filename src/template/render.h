/* A render at work: what evaluators, filters and functions share. */
#ifndef CANTEEN_TEMPLATE_RENDER_H
#define CANTEEN_TEMPLATE_RENDER_H

#include "base/arena.h"
#include "base/places.h"
#include "template/function.h"
#include "template/template.h"
#include "template/tval.h"

#include <inttypes.h>
#include <setjmp.h>

typedef struct ct_scope ct_scope;
typedef struct ct_page ct_page;
typedef struct ct_slots_block ct_slots_block;

/* What a name that is not a unit's own may refer to: variables of the surroundings, innermost first. */
typedef struct ct_env {
    const struct ct_env *outer;
    const ct_scope *scope; /* which variables are visible, and their slots */
    const ct_tval *slots;
} ct_env;

/* How the render got where it is: one for each include, import, parent, block and macro that is running. */
typedef struct ct_visit {
    const struct ct_visit *outer;
    const ct_template *template; /* where it was left ... */
    const char *place;           /* ... and the place in its source */
    const char *how;             /* "included by" */
} ct_visit;

struct ct_renderer {
    /* hot */
    ct_buffer *out;
    ct_arena *arena;             /* for values and text of this render */
    ct_tval *slots;              /* variables of the running unit; those that it looks up outside lie at -1, -2, ... */
    const ct_env *env;           /* what the unit sees of its surroundings */
    ct_page *page;               /* the page being rendered: exports, blocks */
    const ct_template *template; /* whose code runs */
    const char *at;              /* the place in its source, for messages */
    bool autoescape;             /* as the place says that runs now */
    bool exhausted;              /* a limit is passed: nothing goes on after this failure */
    bool trying;                 /* failures are forgiven, so that nobody asks for their places */
    bool strict;                 /* undefined values are errors */
    bool django;                 /* the running unit is of a Django template: repr() of safe text is as Django's */
    const ct_callable *callee;   /* whose function is called, for those with a `user` */
    const char *stack_end;       /* the C stack must not grow below */
    uint64_t steps_left;         /* iterations */
    size_t output_end;           /* what the output may grow to */
    /* the rest */
    ct_slots_block *block; /* where slots of further units come from */
    ct_tval *slots_next;
    const ct_visit *visit; /* newest first */
    uint32_t depth;        /* visits */
    uint64_t frame;        /* of the running unit: each has its own number */
    uint64_t frames;       /* so many there were */
    struct ct_running {    /* the block that runs, for super() */
        const ct_page *page;
        const struct ct_block *block;
        uint32_t level; /* its place in the page's chain */
        const ct_env *env;
    } running;
    const char *language;      /* of the {% language %} around; "": nothing is translated; NULL: none is around */
    bool unlocalized;          /* in {% localize off %} */
    struct ct_module *modules; /* imported without context */
    uint32_t random;           /* state of random, shuffled once a render */
    ct_engine *engine;
    const ct_render_input *input;
    ct_template_error *error;
    jmp_buf failed;
};

/* Ends the render with a message: "cannot add str and int". Where it happened is known from r->at. */
CT_NORETURN void ct_render_fail(ct_renderer *r, const char *format, ...) CT_PRINTF(2, 3);

/* Runs work(r, arg): true and its value, or false when it failed, with the render as it was before. Limits are not
 * forgiven: where iterations, output or memory are used up the render ends all the same. */
bool ct_render_try(ct_renderer *r, ct_tval (*work)(ct_renderer *r, const void *arg), const void *arg,
                   ct_tval *ret_value);

/* Memory of the render, not zeroed; ends the render when the limit is passed. */
void *ct_render_take_slow(ct_renderer *r, size_t size);
static inline void *ct_render_take(ct_renderer *r, size_t size)
{
    void *block = ct_arena_alloc(r->arena, size);
    return CT_LIKELY(block != NULL) ? block : ct_render_take_slow(r, size);
}

/* Room in a table for one item more, as ct_engine_grown() has it, and a table of pointers. */
void *ct_render_grown(ct_renderer *r, const void *items, size_t count, size_t size, size_t first);
void ct_render_place(ct_renderer *r, ct_places *places, const void *item);

/* One iteration of a loop in a filter or function over something a template made long: ends the render at the limit. */
static inline void ct_render_step(ct_renderer *r, uint64_t steps)
{
    if (CT_UNLIKELY(r->steps_left < steps)) {
        r->steps_left = 0;
        ct_render_fail(r, "more than %" PRIu64 " iterations (setting template_max_iterations)",
                       r->input->max_iterations);
    }
    r->steps_left -= steps;
}

/* What looks at text from end to end is charged for its length, so that the limit of iterations is one of time: a step
 * for each KiB where it is compared or counted; where each character is looked at a step for each 64 bytes, of text
 * that is not short. */
static inline void ct_render_step_text(ct_renderer *r, ct_tval v)
{
    if (CT_UNLIKELY(v.type == CT_T_TEXT && v.length >= 1024))
        ct_render_step(r, v.length / 1024);
}

static inline void ct_render_step_walk(ct_renderer *r, size_t length)
{
    if (CT_UNLIKELY(length >= 128))
        ct_render_step(r, length / 64);
}

/* The same for the text that a filter, a test or a method is called with, by its flags. */
void ct_render_step_long_call(ct_renderer *r, size_t length, const ct_fn *fn);
static inline void ct_render_step_call(ct_renderer *r, ct_tval v, const ct_fn *fn)
{
    if (CT_UNLIKELY(v.type == CT_T_TEXT && v.length >= 64))
        ct_render_step_long_call(r, v.length, fn);
}

/* Called at the start of what can call itself through a template or a nested value: ends the render before the C stack
 * is used up. */
static inline void ct_render_check_stack(ct_renderer *r)
{
    if (CT_UNLIKELY((const char *)__builtin_frame_address(0) < r->stack_end))
        ct_render_fail(r, "nested too deeply");
}

/* Ends the render when the output is longer than it may be. */
CT_NORETURN void ct_output_full(ct_renderer *r);
static inline void ct_output_check(ct_renderer *r)
{
    if (CT_UNLIKELY(r->out->failed || r->out->length > r->output_end))
        ct_output_full(r);
}

/* What super, self and (in Django's templates) block are in the block that runs; false: none of them. */
bool ct_block_name(ct_renderer *r, ct_str name, bool django, ct_tval *ret);

/* Builds text: ct_buffer text = ct_text_begin(r); ...; return ct_text_end(r, &text). */
static inline ct_buffer ct_text_begin(ct_renderer *r)
{
    return ct_buffer_in(r->arena);
}
ct_tval ct_text_end(ct_renderer *r, ct_buffer *text); /* fails when the memory limit was passed */

#endif
