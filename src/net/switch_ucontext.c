/* The context switch by ucontext(3), where there is no assembly for the processor (or CT_USE_UCONTEXT asks for it). A
 * context is a pointer to a ucontext_t at the top of its stack (or, for the loop, in static memory of the thread); it
 * costs two system calls a switch. */
#include "net/switch.h"

#if defined(CT_USE_UCONTEXT) || (!defined(__x86_64__) && !defined(__aarch64__))

#include <stdlib.h>
#include <ucontext.h>

void ct_switch(void **save, void *to)
{
    ucontext_t here;
    *save = &here;
    if (swapcontext(&here, to))
        abort();
}

void *ct_switch_prepare(void *top, unsigned long size, void (*entry)(void))
{
    ucontext_t *context = (ucontext_t *)((char *)top - (sizeof *context + 63) / 64 * 64);
    if (getcontext(context))
        abort();
    context->uc_stack.ss_sp = (char *)top - size;
    context->uc_stack.ss_size = (size_t)((char *)context - ((char *)top - size));
    context->uc_link = NULL;
    makecontext(context, entry, 0);
    return context;
}

#endif
