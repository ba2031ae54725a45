/* Renders: their memory, frames, names from outside, and how they fail.
 *
 * Slots of units come from blocks that are kept for the whole render, like a stack; frames that something refers to
 * (macros, calls) are taken from the arena instead and stay. A failure unwinds to ct_template_render() at once:
 * nothing in between holds anything but memory of the render. */
#include "template/render.h"

#include "template/dates.h"
#include "template/django_filters.h"
#include "template/engine.h"
#include "template/escape.h"
#include "template/exec.h"
#include "template/lexer.h"
#include "template/nodes.h"
#include "template/page.h"

#include <stdarg.h>
#include <stdio.h>

#define BLOCK_SLOTS 250
#define DEFAULT_STACK (128 * 1024)
#define DEFAULT_DEPTH 100
#define MOST_IN_TURN 3

/* ---- failing ---- */

/* The visit so many outwards, of those that are shown; NULL: there are not so many. */
static const ct_visit *outwards(const ct_visit *visit, uint32_t count)
{
    for (;; visit = visit->outer) {
        while (visit && !visit->template)
            visit = visit->outer;
        if (!visit || !count--)
            return visit;
    }
}

/* Whether one line would say both. */
static bool same_line(const ct_visit *a, const ct_visit *b)
{
    if (a->template != b->template || strcmp(a->how, b->how) != 0)
        return false;
    const char *first = CT_MIN(a->place, b->place), *last = CT_MAX(a->place, b->place);
    return !memchr(first, '\n', (size_t)(last - first));
}

/* How often the first `length` visits follow one upon the other, as they do in a recursion. */
static uint32_t repeats(const ct_visit *visit, uint32_t length)
{
    uint32_t same = 0;
    const ct_visit *next = outwards(visit, length);
    for (; next && same_line(next, visit); next = outwards(next, 1)) {
        visit = outwards(visit, 1);
        same++;
    }
    return 1 + same / length;
}

static void write_visit(ct_buffer *chain, const ct_visit *visit, uint32_t times)
{
    uint32_t line, column;
    ct_str text;
    ct_source_place(visit->template->source, visit->place, &line, &column, &text);
    ct_buffer_printf(chain, "  %s %s:%" PRIu32, visit->how, visit->template->file, line);
    if (times > 1)
        ct_buffer_printf(chain, " (%" PRIu32 " times)", times);
    ct_buffer_char(chain, '\n');
}

/* "  included by page.html:3", newest first, as many lines as fit. What repeats itself, line by line or two or three
 * lines in turn, is written once. */
static void write_chain(const ct_visit *visit, ct_template_error *error)
{
    ct_buffer chain = { .data = error->chain, .capacity = sizeof(error->chain) - 1, .limit = sizeof(error->chain) - 1 };
    size_t whole = 0;
    for (visit = outwards(visit, 0); visit && !chain.failed;) {
        uint32_t length = 1, times = repeats(visit, 1);
        while (times == 1 && length < MOST_IN_TURN)
            times = repeats(visit, ++length);
        if (times == 1)
            length = 1;
        for (uint32_t i = 0; i < length; i++)
            write_visit(&chain, outwards(visit, i), length == 1 ? times : 1);
        if (length > 1)
            ct_buffer_printf(&chain, "  (these %" PRIu32 " lines %" PRIu32 " times)\n", length, times);
        if (!chain.failed)
            whole = chain.length;
        visit = outwards(visit, length * times);
    }
    error->chain[whole] = '\0';
}

/* A limit is passed. */
static bool is_exhausted(const ct_renderer *r)
{
    return r->exhausted || r->out->failed || r->steps_left == 0;
}

void ct_render_where(const ct_renderer *r, ct_template_error *error)
{
    if (r->template && r->at) {
        uint32_t line, column;
        ct_str text;
        ct_source_place(r->template->source, r->at, &line, &column, &text);
        ct_template_error_at(error, r->template, line, column);
    }
    write_chain(r->visit, error);
}

/* Finding a place walks through the source, which conditions that fail again and again need not do. */
CT_NORETURN static void fail_here(ct_renderer *r)
{
    if (!r->trying || is_exhausted(r))
        ct_render_where(r, r->error);
    longjmp(r->failed, 1);
}

void ct_render_fail(ct_renderer *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->error->message, sizeof(r->error->message), format, args);
    va_end(args);
    fail_here(r);
}

void ct_render_fail_with(ct_renderer *r, const ct_template_error *error, const char *how)
{
    *r->error = *error;
    if (r->trying && !is_exhausted(r))
        longjmp(r->failed, 1);
    r->visit = &(ct_visit){ .outer = r->visit, .template = r->template, .place = r->at, .how = how };
    write_chain(r->visit, r->error);
    longjmp(r->failed, 1);
}

bool ct_render_try(ct_renderer *r, ct_tval (*work)(ct_renderer *r, const void *arg), const void *arg,
                   ct_tval *ret_value)
{
    ct_renderer saved = *r;
    size_t length = r->out->length;
    r->trying = true;
    if (_setjmp(r->failed) == 0) {
        *ret_value = work(r, arg);
        memcpy(r->failed, saved.failed, sizeof(r->failed));
        r->trying = saved.trying;
        return true;
    }
    uint64_t steps_left = r->steps_left;
    bool exhausted = is_exhausted(r);
    *r = saved;
    r->steps_left = steps_left;
    r->exhausted = exhausted;
    r->out->length = length;
    if (exhausted)
        longjmp(r->failed, 1);
    *r->error = (ct_template_error){ 0 };
    return false;
}

void ct_render_step_long_call(ct_renderer *r, size_t length, const ct_fn *fn)
{
    if (fn->flags & CT_FN_SLOW)
        ct_render_step(r, length / 16);
    else if (fn->flags & CT_FN_QUICK)
        ct_render_step(r, length / 1024);
    else
        ct_render_step_walk(r, length);
}

/* ---- memory ---- */

void *ct_render_take_slow(ct_renderer *r, size_t size)
{
    (void)size;
    r->exhausted = true;
    ct_render_fail(r, "the page takes more memory than it may (setting request_memory)");
}

void *ct_render_grown(ct_renderer *r, const void *items, size_t count, size_t size, size_t first)
{
    void *grown = ct_arena_grown(r->arena, items, count, size, first);
    return grown ? grown : ct_render_take_slow(r, size);
}

void ct_render_place(ct_renderer *r, ct_places *places, const void *item)
{
    if (!ct_places_add(places, r->arena, item))
        ct_render_take_slow(r, sizeof(item));
}

ct_tval ct_text_end(ct_renderer *r, ct_buffer *text)
{
    if (text->failed)
        ct_render_take_slow(r, 0);
    if (text->length > UINT32_MAX)
        ct_render_fail(r, "the text is too long");
    return ct_t_text(text->length ? text->data : "", text->length);
}

/* ---- frames ---- */

struct ct_slots_block {
    ct_slots_block *next;
    ct_tval *end;
    ct_tval slots[];
};

static ct_slots_block *new_block(ct_renderer *r, size_t needed)
{
    size_t count = CT_MAX(needed, (size_t)BLOCK_SLOTS);
    ct_slots_block *block = ct_render_take(r, sizeof(*block) + count * sizeof(ct_tval));
    block->next = NULL;
    block->end = block->slots + count;
    return block;
}

/* The block after the current one, made if there is none with the room. */
static void next_block(ct_renderer *r, size_t needed)
{
    ct_slots_block *next = r->block ? r->block->next : NULL;
    if (!next || (size_t)(next->end - next->slots) < needed) {
        next = new_block(r, needed);
        if (r->block)
            r->block->next = next;
    }
    r->block = next;
    r->slots_next = next->slots;
}

static ct_tval *take_slots(ct_renderer *r, const ct_unit *unit)
{
    size_t count = (size_t)unit->slot_count + unit->free_count;
    ct_tval *slots;
    if (unit->captured) {
        slots = ct_render_take(r, (count + 1) * sizeof(*slots));
    } else {
        if (!r->block || (size_t)(r->block->end - r->slots_next) < count)
            next_block(r, count);
        slots = r->slots_next;
        r->slots_next += count;
    }
    memset(slots, 0, count * sizeof(*slots)); /* CT_T_UNSET is 0 */
    return slots + unit->free_count;
}
_Static_assert(CT_T_UNSET == 0, "zeroed slots are unset");

void ct_frame_enter(ct_renderer *r, ct_frame *frame, const ct_unit *unit, ct_page *page, const ct_env *env,
                    const char *how)
{
    uint32_t most = r->input->max_depth ? r->input->max_depth : DEFAULT_DEPTH;
    if (CT_UNLIKELY(r->depth >= most))
        ct_render_fail(r, "includes, macros and parents nest deeper than %" PRIu32 " (setting template_max_depth)",
                       most);
    ct_render_check_stack(r);
    if (how)
        ct_render_step(r, 1); /* macros that call themselves twice end as well */
    *frame = (ct_frame){ .slots = r->slots,
                         .env = r->env,
                         .template = r->template,
                         .block = r->block,
                         .next = r->slots_next,
                         .page = r->page,
                         .at = r->at,
                         .autoescape = r->autoescape,
                         .django = r->django,
                         .number = r->frame,
                         .visit = { .outer = r->visit, .template = r->template, .place = r->at, .how = how } };
    r->visit = &frame->visit;
    r->frame = ++r->frames;
    r->depth++;
    r->slots = take_slots(r, unit);
    r->env = env;
    r->template = unit->template;
    r->django = unit->django;
    r->page = page;
    if (unit->autoescape >= 0)
        r->autoescape = unit->autoescape;
}

void ct_frame_leave(ct_renderer *r, const ct_frame *frame)
{
    r->slots = frame->slots;
    r->env = frame->env;
    r->template = frame->template;
    if (frame->block) {
        r->block = frame->block;
        r->slots_next = frame->next;
    }
    r->page = frame->page;
    r->at = frame->at;
    r->autoescape = frame->autoescape;
    r->django = frame->django;
    r->frame = frame->number;
    r->visit = frame->visit.outer;
    r->depth--;
}

const ct_env *ct_env_keep(ct_renderer *r, const ct_scope *scope)
{
    ct_env *env = ct_render_take(r, sizeof(*env));
    *env = (ct_env){ .outer = r->env, .scope = scope, .slots = r->slots };
    return env;
}

/* ---- names from outside ---- */

static bool find_in_env(const ct_env *env, const ct_symbol *symbol, ct_tval *ret)
{
    for (; env; env = env->outer)
        for (const ct_scope *scope = env->scope; scope; scope = scope->outer) {
            int32_t place = ct_places_find(&scope->symbols, symbol);
            if (place >= 0 && env->slots[scope->slots[place]].type != CT_T_UNSET) {
                *ret = env->slots[scope->slots[place]];
                return true;
            }
        }
    return false;
}

static bool find_given(const ct_render_input *input, ct_str name, ct_tval *ret)
{
    for (size_t i = input->pair_count; i-- > 0;) {
        const char *key = input->pairs[i].key;
        if (key && strncmp(key, name.data, name.length) == 0 && key[name.length] == '\0') {
            *ret = ct_tval_of(input->pairs[i].value);
            return true;
        }
    }
    return false;
}

/* What was set at the top of the page's templates, then what its includer sees, outwards. */
static bool find_in_page(const ct_page *page, const ct_symbol *symbol, ct_tval *ret, bool *ret_isolated)
{
    for (; page; page = page->outer) {
        const ct_tval *exported = ct_page_exported(page, symbol);
        if (exported) {
            *ret = *exported;
            return true;
        }
        if (find_in_env(page->env, symbol, ret))
            return true;
        *ret_isolated |= page->isolated;
    }
    return false;
}

ct_tval ct_lookup_free(ct_renderer *r, const ct_symbol *symbol, bool django)
{
    ct_tval v;
    bool isolated = false;
    if (find_in_env(r->env, symbol, &v) || find_in_page(r->page, symbol, &v, &isolated))
        return v;
    if (!isolated && find_given(r->input, symbol->name, &v))
        return v;
    if (ct_block_name(r, symbol->name, django, &v))
        return v;
    if (r->input->provide && r->input->provide(r->input->user, r, symbol->name, &v))
        return v;
    const ct_callable *global = ct_engine_global(r->engine, symbol->name);
    if (global && !(django && ct_engine_is_builtin_global(r->engine, global)))
        return (ct_tval){ .type = CT_T_FUNCTION, .function = global };
    return ct_t_undefined(symbol->name, CT_T_UNSET);
}

/* ---- output ---- */

void ct_output_full(ct_renderer *r)
{
    if (r->input->max_output)
        ct_render_fail(r, "the page is longer than %zu bytes (setting template_max_output)", r->input->max_output);
    ct_render_fail(r, "the page does not fit into its buffer");
}

/* Django shows dates by its settings, and large reals without an exponent. */
static void output_django_value(ct_renderer *r, ct_tval v)
{
    if (v.type == CT_T_DATETIME) {
        ct_date_write(r->out, v.integer, v.flags & CT_T_DAY ? CT_STR("DATE_FORMAT") : CT_STR("DATETIME_FORMAT"));
        return;
    }
    if (v.type == CT_T_CLOCK) {
        ct_date_write_as(r->out, CT_DATE_CLOCK, v.integer, CT_STR("TIME_FORMAT"));
        return;
    }
    ct_tval text = ct_tval_text(r, v);
    if (r->autoescape && !ct_t_is_safe(text))
        ct_escape_write(r->out, ct_t_get_str(text), true);
    else
        ct_buffer_str(r->out, ct_t_get_str(text));
}

/* Values that are neither text nor whole numbers. */
static void output_other(ct_renderer *r, ct_tval v, bool django)
{
    if (v.type == CT_T_METHOD) /* as in Django; in Python it would show where it lies in memory */
        v = ct_tval_call(r, v, &(ct_call){ .count = 0 });
    if (v.type == CT_T_UNDEFINED) {
        if (r->strict && !django && !(v.flags & CT_T_LENIENT))
            ct_tval_fail_undefined(r, v);
        return;
    }
    if (v.type == CT_T_REAL) {
        if (django && !r->unlocalized)
            ct_write_localized(r->out, v.real, false);
        else
            ct_write_real(r->out, v.real);
        return;
    }
    if (django) {
        output_django_value(r, v);
        return;
    }
    ct_tval text = ct_tval_text(r, v);
    if (r->autoescape && !ct_t_is_safe(text))
        ct_escape_write(r->out, ct_t_get_str(text), false);
    else
        ct_buffer_str(r->out, ct_t_get_str(text));
}

void ct_output_slow(ct_renderer *r, ct_tval v, bool django)
{
    if (v.type == CT_T_TEXT) /* safe, or the place does not escape */
        ct_buffer_str(r->out, ct_t_get_str(v));
    else if (v.type == CT_T_INT)
        ct_buffer_int(r->out, v.integer);
    else
        output_other(r, v, django);
    ct_output_check(r);
}

ct_tval ct_capture_end(ct_renderer *r, size_t start)
{
    ct_output_check(r);
    size_t length = r->out->length - start;
    char *copy = ct_render_take(r, length + 1);
    if (length)
        memcpy(copy, r->out->data + start, length);
    r->out->length = start;
    ct_tval v = ct_t_text(copy, length);
    v.flags = r->autoescape ? CT_T_SAFE : 0;
    return v;
}

/* ---- a whole render ---- */

/* The limit counts from where the page begins. The buffer does not grow past it; what it has grown to before may be
 * more, hence ct_output_check(). */
static void limit_output(ct_renderer *r, size_t max_output)
{
    ct_buffer *out = r->out;
    r->output_end = max_output && max_output < SIZE_MAX - out->length ? out->length + max_output : SIZE_MAX;
    if (r->output_end > out->capacity && (!out->limit || out->limit > r->output_end))
        out->limit = r->output_end == SIZE_MAX ? 0 : r->output_end;
}

bool ct_template_render(ct_engine *engine, const ct_template *template, const ct_render_input *input, ct_buffer *out,
                        ct_template_error *error)
{
    size_t limit = out->limit;
    volatile bool done = false;
    ct_renderer r;
    memset(&r, 0, offsetof(ct_renderer, failed));
    *error = (ct_template_error){ 0 };
    r.out = out;
    r.arena = input->arena;
    r.engine = engine;
    r.input = input;
    r.error = error;
    r.autoescape = template->autoescape;
    r.strict = engine->options.strict;
    r.stack_end = input->stack_end ? input->stack_end : (const char *)__builtin_frame_address(0) - DEFAULT_STACK;
    r.steps_left = input->max_iterations ? input->max_iterations : UINT64_MAX;
    limit_output(&r, input->max_output);
    if (input->running)
        *input->running = &r;
    if (_setjmp(r.failed) == 0) {
        ct_page page = { 0 };
        ct_run_page(&r, &page, template, NULL, NULL);
        ct_output_check(&r);
        done = true;
    }
    out->limit = limit;
    if (input->running)
        *input->running = NULL;
    return done;
}
