/* The context switch on aarch64, AAPCS64: x19 to x29, the link register x30 and the low halves of v8 to v15 belong to
 * the callee. A saved context, from its stack pointer upwards: d8-d15, x19-x28, x29, x30 (160 bytes). */
#if defined(__aarch64__) && !defined(CT_USE_UCONTEXT)

        .text
        .globl ct_switch
        .hidden ct_switch
        .type ct_switch, %function
        .p2align 4
ct_switch: /* (void **save, void *to) */
        .cfi_startproc
        sub sp, sp, #160
        stp d8, d9, [sp, #0]
        stp d10, d11, [sp, #16]
        stp d12, d13, [sp, #32]
        stp d14, d15, [sp, #48]
        stp x19, x20, [sp, #64]
        stp x21, x22, [sp, #80]
        stp x23, x24, [sp, #96]
        stp x25, x26, [sp, #112]
        stp x27, x28, [sp, #128]
        stp x29, x30, [sp, #144]
        mov x9, sp
        str x9, [x0]
        mov sp, x1
        ldp d8, d9, [sp, #0]
        ldp d10, d11, [sp, #16]
        ldp d12, d13, [sp, #32]
        ldp d14, d15, [sp, #48]
        ldp x19, x20, [sp, #64]
        ldp x21, x22, [sp, #80]
        ldp x23, x24, [sp, #96]
        ldp x25, x26, [sp, #112]
        ldp x27, x28, [sp, #128]
        ldp x29, x30, [sp, #144]
        add sp, sp, #160
        ret
        .cfi_endproc
        .size ct_switch, . - ct_switch

        /* Where a new context begins: x19 holds the entry. The undefined return address ends every backtrace here. */
        .type ct_switch_begin, %function
        .p2align 4
ct_switch_begin:
        .cfi_startproc
        .cfi_undefined x30
        mov x29, xzr
        mov x30, xzr
        blr x19
        brk #0
        .cfi_endproc
        .size ct_switch_begin, . - ct_switch_begin

        .globl ct_switch_prepare
        .hidden ct_switch_prepare
        .type ct_switch_prepare, %function
        .p2align 4
ct_switch_prepare: /* (void *top, unsigned long size, void (*entry)(void)) */
        .cfi_startproc
        sub x0, x0, #160
        str x2, [x0, #64] /* x19: the entry */
        str xzr, [x0, #144] /* x29 */
        adrp x9, ct_switch_begin
        add x9, x9, :lo12:ct_switch_begin
        str x9, [x0, #152] /* x30 */
        ret
        .cfi_endproc
        .size ct_switch_prepare, . - ct_switch_prepare

#endif

#ifdef __ELF__
        .section .note.GNU-stack, "", %progbits
#endif
