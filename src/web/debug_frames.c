/* The backtrace of an error page: functions with their source, and whose they are (net/own_code.h). */
#include "web/debug_facts.h"

#include "net/own_code.h"

#include <stdio.h>
#include <unistd.h>

#define MOST_EXCERPTS 20

typedef struct gathering {
    ct_facts *facts;
    size_t capacity, excerpts;
    ct_own_code code;
} gathering;

static const char *copy(ct_facts *facts, const char *text)
{
    return text ? ct_arena_copy(&facts->arena, text, strlen(text)) : NULL;
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
    bool own = ct_own_code_is_app(&g->code, frame);
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
    ct_own_code_find(&g.code);
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
