// The first instruction of a program: rdi holds the start-up page, rsp the top of the stack (abi/startup.h).
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call pith_start
    ud2
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
