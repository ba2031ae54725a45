/* The context switch on x86-64, System V ABI: rbx, rbp and r12 to r15 belong to the callee; the rest the compiler has
 * saved around the call. A saved context, from its stack pointer upwards: r15 r14 r13 r12 rbx rbp return-address. */
#if defined(__x86_64__) && !defined(CT_USE_UCONTEXT)

        .text
        .globl ct_switch
        .hidden ct_switch
        .type ct_switch, @function
        .p2align 4
ct_switch: /* (void **save, void *to) */
        .cfi_startproc
        pushq %rbp
        pushq %rbx
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
        popq %rcx
        jmp *%rcx /* not ret: the processor would predict the return of the other stack */
        .cfi_endproc
        .size ct_switch, . - ct_switch

        /* Where a new context begins: rbx holds the entry. The undefined return address ends every backtrace here. */
        .type ct_switch_begin, @function
        .p2align 4
ct_switch_begin:
        .cfi_startproc
        .cfi_undefined rip
        xorl %ebp, %ebp
        call *%rbx
        ud2
        .cfi_endproc
        .size ct_switch_begin, . - ct_switch_begin

        .globl ct_switch_prepare
        .hidden ct_switch_prepare
        .type ct_switch_prepare, @function
        .p2align 4
ct_switch_prepare: /* (void *top, unsigned long size, void (*entry)(void)) */
        .cfi_startproc
        leaq -56(%rdi), %rax /* rsp is then top, aligned for the call */
        movq $0, 0(%rax)  /* r15 */
        movq $0, 8(%rax)  /* r14 */
        movq $0, 16(%rax) /* r13 */
        movq $0, 24(%rax) /* r12 */
        movq %rdx, 32(%rax) /* rbx: the entry */
        movq $0, 40(%rax) /* rbp */
        leaq ct_switch_begin(%rip), %rcx
        movq %rcx, 48(%rax) /* the return address */
        ret
        .cfi_endproc
        .size ct_switch_prepare, . - ct_switch_prepare

#endif

#ifdef __ELF__
        .section .note.GNU-stack, "", %progbits
#endif
