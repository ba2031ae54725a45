/* The context switch: the only part of fibers that depends on the processor.
 *
 * A context that does not run is its stack pointer; everything else it must keep lies on its stack. Implemented in
 * switch_x86_64.S, switch_aarch64.S, and switch_ucontext.c for any other processor. */
#ifndef CANTEEN_NET_SWITCH_H
#define CANTEEN_NET_SWITCH_H

/* Saves the running context into *save and goes on in `to`. Returns when somebody switches back. */
void ct_switch(void **save, void *to);
/* A context that will call entry() on the stack that ends (exclusively) at `top`, 16-byte aligned, and has at least
 * `size` bytes below it. entry never returns. */
void *ct_switch_prepare(void *top, unsigned long size, void (*entry)(void));

#endif
