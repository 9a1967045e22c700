// Copying that ends with an error where a page of a guarded mapping is missing (abi/memory_calls.h, map_guarded).

    .section .text.os_guarded_copy, "ax", @progbits
// u64 os_guarded_copy(void* to, const void* from, u64 count): 0, or the error. Uses no stack, so that the recovery
// can return in its place.
    .globl os_guarded_copy
    .type os_guarded_copy, @function
os_guarded_copy:
    movq %rdx, %rcx
    shrq $3, %rcx
    rep movsq
    movl %edx, %ecx
    andl $7, %ecx
    rep movsb
.Lcopied:
    xorl %eax, %eax
    ret

// The kernel continues here with the error in rax and the instruction's address in rcx. Touched by anything but
// the copy above, the page is a fault after all.
    .globl os_guarded_recovery
    .type os_guarded_recovery, @function
os_guarded_recovery:
    leaq os_guarded_copy(%rip), %rsi
    cmpq %rsi, %rcx
    jb 1f
    leaq .Lcopied(%rip), %rsi
    cmpq %rsi, %rcx
    jae 1f
    ret
1:  ud2
    .section .note.GNU-stack, "", @progbits
