// bool hold(const State& expected, State& found, u64 turns): fills every register that a program has from `expected`,
// counts down without touching any of them but rcx, and stores what is then in them. state.h has the offsets.
    .set GPR, 0
    .set FLAGS, 112
    .set MXCSR, 120
    .set X87_CONTROL, 124
    .set X87, 128
    .set YMM, 192
    .section .text, "ax"
    .globl hold_registers
// rdi expected, rsi found, rdx turns, ecx whether there is AVX
hold_registers:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rcx                      // 16(%rsp) below: AVX
    pushq %rsi                      // 8: found
    pushq %rdx                      // 0: turns
    fninit
    fldcw X87_CONTROL(%rdi)
    .irp n, 7, 6, 5, 4, 3, 2, 1, 0
    fldl X87+8*\n(%rdi)
    .endr
    ldmxcsr MXCSR(%rdi)
    testl %ecx, %ecx
    jz 1f
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqu YMM+32*\n(%rdi), %ymm\n
    .endr
    jmp 2f
1:  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movdqu YMM+32*\n(%rdi), %xmm\n
    .endr
2:  movq GPR+0(%rdi), %rax
    movq GPR+8(%rdi), %rbx
    movq GPR+16(%rdi), %rdx
    movq GPR+24(%rdi), %rsi
    movq GPR+32(%rdi), %rbp
    movq GPR+40(%rdi), %r8
    movq GPR+48(%rdi), %r9
    movq GPR+56(%rdi), %r10
    movq GPR+64(%rdi), %r11
    movq GPR+72(%rdi), %r12
    movq GPR+80(%rdi), %r13
    movq GPR+88(%rdi), %r14
    movq GPR+96(%rdi), %r15
    movq (%rsp), %rcx
    pushq FLAGS(%rdi)
    movq GPR+104(%rdi), %rdi
    popfq
3:  leaq -1(%rcx), %rcx             // neither instruction touches the flags
    jrcxz 4f
    jmp 3b
4:  pushfq                          // 0: flags; turns 8, found 16, AVX 24
    cld
    pushq %rdi
    movq 24(%rsp), %rdi
    movq %rax, GPR+0(%rdi)
    movq %rbx, GPR+8(%rdi)
    movq %rdx, GPR+16(%rdi)
    movq %rsi, GPR+24(%rdi)
    movq %rbp, GPR+32(%rdi)
    movq %r8, GPR+40(%rdi)
    movq %r9, GPR+48(%rdi)
    movq %r10, GPR+56(%rdi)
    movq %r11, GPR+64(%rdi)
    movq %r12, GPR+72(%rdi)
    movq %r13, GPR+80(%rdi)
    movq %r14, GPR+88(%rdi)
    movq %r15, GPR+96(%rdi)
    popq GPR+104(%rdi)
    popq FLAGS(%rdi)
    stmxcsr MXCSR(%rdi)
    fnstcw X87_CONTROL(%rdi)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    fstpl X87+8*\n(%rdi)
    .endr
    cmpl $0, 16(%rsp)
    jz 5f
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqu %ymm\n, YMM+32*\n(%rdi)
    .endr
    vzeroupper
    jmp 6f
5:  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movdqu %xmm\n, YMM+32*\n(%rdi)
    .endr
6:  fninit
    pushq $0x1f80
    ldmxcsr (%rsp)
    addq $32, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .section .note.GNU-stack, "", @progbits
