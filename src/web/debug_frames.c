/* The backtrace of an error page: functions with their source, and whose they are.
 *
 * A frame is the library's when its module is this one and its file lies below the library's own sources (the library
 * may be linked into the program), the system's when its module lies in the system's folders, and else the app's. */
#include "web/debug_facts.h"

#include "net/backtrace.h"

#include <stdio.h>
#include <unistd.h>

#define MOST_EXCERPTS 20
#define THIS_FILE "web/debug_frames.c"

typedef struct gathering {
    ct_facts *facts;
    size_t capacity, excerpts;
    const char *module; /* of the library */
    ct_str root;        /* of its sources, "" when not known */
} gathering;

static __attribute__((noinline)) uint64_t address_of_caller(void)
{
    return (uint64_t)(uintptr_t)__builtin_return_address(0);
}

static const char *copy(ct_facts *facts, const char *text)
{
    return text ? ct_arena_copy(&facts->arena, text, strlen(text)) : NULL;
}

/* What this file's own frame says of the library. */
static void learn(void *arg, const ct_backtrace_frame *frame)
{
    gathering *g = arg;
    ct_str path = frame->path ? ct_str_of(frame->path) : CT_STR("");
    g->module = copy(g->facts, frame->module);
    if (ct_str_ends(path, CT_STR(THIS_FILE))) {
        path.length -= strlen(THIS_FILE);
        g->root = (ct_str){ ct_arena_copy(&g->facts->arena, path.data, path.length), path.length };
    }
}

static bool is_system(const char *module)
{
    return !module || *module != '/' || ct_str_starts(ct_str_of(module), CT_STR("/lib")) ||
           (ct_str_starts(ct_str_of(module), CT_STR("/usr/")) &&
            !ct_str_starts(ct_str_of(module), CT_STR("/usr/local/")));
}

static bool is_own(const gathering *g, const ct_backtrace_frame *frame)
{
    if (!g->module || !frame->module || strcmp(g->module, frame->module) != 0)
        return !is_system(frame->module);
    return frame->path && g->root.length && !ct_str_starts(ct_str_of(frame->path), g->root);
}

static const ct_excerpt *excerpt_of(gathering *g, const ct_backtrace_frame *frame)
{
    if (!frame->file || g->excerpts == MOST_EXCERPTS)
        return NULL;
    ct_arena *arena = &g->facts->arena;
    const ct_excerpt *excerpt = ct_excerpt_read(arena, frame->path, frame->line);
    if (!excerpt) /* where the build gave a name from its root, the program may have been started there */
        excerpt = ct_excerpt_read(arena, frame->file, frame->line);
    g->excerpts += excerpt != NULL;
    return excerpt;
}

static void add(void *arg, const ct_backtrace_frame *frame)
{
    gathering *g = arg;
    ct_facts *facts = g->facts;
    if (facts->frame_count == g->capacity) {
        size_t old = g->capacity;
        g->capacity = old ? 2 * old : 32;
        facts->frames = ct_arena_grow(&facts->arena, facts->frames, old * sizeof *facts->frames,
                                      g->capacity * sizeof *facts->frames);
    }
    bool own = is_own(g, frame);
    facts->frames[facts->frame_count++] = (ct_debug_frame){ .function = copy(facts, frame->function),
                                                            .file = copy(facts, frame->file),
                                                            .place = copy(facts, frame->place),
                                                            .number = frame->number,
                                                            .line = frame->line,
                                                            .own = own,
                                                            .excerpt = own ? excerpt_of(g, frame) : NULL };
}

static void add_bare(gathering *g, const uint64_t *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[32];
        snprintf(text, sizeof text, "0x%" PRIx64, addresses[i]);
        add(g, &(ct_backtrace_frame){ .number = i, .address = addresses[i], .function = text, .place = "?" });
    }
}

void ct_facts_frames(ct_facts *facts, const uint64_t *addresses, size_t count)
{
    gathering g = { .facts = facts };
    uint64_t here[] = { address_of_caller() };
    ct_backtrace_walk(getpid(), here, 1, learn, &g);
    facts->frames_known = ct_backtrace_walk(getpid(), addresses, count, add, &g);
    if (!facts->frames_known)
        add_bare(&g, addresses, count);
}

const ct_debug_frame *ct_facts_place(const ct_facts *facts)
{
    for (size_t i = 0; i < facts->frame_count; i++)
        if (facts->frames[i].own && facts->frames[i].file)
            return &facts->frames[i];
    return NULL;
}
