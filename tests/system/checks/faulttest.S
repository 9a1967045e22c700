// What the children of faulttest run into. The names' meanings stand in faulttest.cpp.
    .text
    .globl faulttest_touch
faulttest_touch:
    pushq %rbx
    leaq 1f(%rip), %rbx
    movq (%rdi), %rax
1:  popq %rbx
    ret

    .globl faulttest_step, faulttest_stepped, faulttest_called
faulttest_step:
    movq %rdi, %rax
    int3
faulttest_stepped:
    nop
    nop
    nop
    nop
    nop
    syscall
faulttest_called:
    nop
    ud2

    .globl faulttest_based
faulttest_based:
    int3
    movq %fs:0, %rax
    ret

    .globl faulttest_spin
faulttest_spin:
    movl $0x51, %eax
1:  pause
    jmp 1b

    .globl faulttest_leave
faulttest_leave:
    movl $44, %edi
    call faulttest_exit

    .globl faulttest_foreign
faulttest_foreign:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rdi, %rax
    movl $1, %edi
    movl $2, %esi
    movl $3, %edx
    movl $4, %r10d
    movl $5, %r8d
    movl $6, %r9d
    movl $7, %ebx
    movl $8, %ebp
    movl $9, %r12d
    movl $10, %r13d
    movl $11, %r14d
    movl $12, %r15d
    movq %rbp, %xmm7
    syscall
1:  leaq 1b(%rip), %r11
    subq %rcx, %r11             // rcx: the address behind the call
    subq $1, %rdi
    orq %rdi, %r11
    subq $2, %rsi
    orq %rsi, %r11
    subq $3, %rdx
    orq %rdx, %r11
    subq $4, %r10
    orq %r10, %r11
    subq $5, %r8
    orq %r8, %r11
    subq $6, %r9
    orq %r9, %r11
    subq $7, %rbx
    orq %rbx, %r11
    movq %xmm7, %rcx
    subq $8, %rcx
    orq %rcx, %r11
    subq $8, %rbp
    orq %rbp, %r11
    subq $9, %r12
    orq %r12, %r11
    subq $10, %r13
    orq %r13, %r11
    subq $11, %r14
    orq %r14, %r11
    subq $12, %r15
    orq %r15, %r11
    subq $0x1234, %rax
    orq %rax, %r11
    movq %r11, %rax
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .globl faulttest_break
faulttest_break:
    int3
    ret

    .globl faulttest_forget
faulttest_forget:
    pxor %xmm7, %xmm7
    ret
    .section .note.GNU-stack, "", @progbits
