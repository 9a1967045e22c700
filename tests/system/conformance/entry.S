// Every core enters here. Each writes down the state that it came in, in a record of its own; the boot core goes
// on to C++ on a larger stack, the others halt.

.section .text.entry, "ax"
.globl _start
_start:
    jmp 1f
    .skip 30, 0x90                      // a reference loader looks at byte 16 of the segment
1:  movq %rsp, %r8
    pushfq
    popq %r9
    movq %cr0, %r10
    movq %cr4, %r11
    cli
    cld
    movl $1, %eax
    cpuid
    shrl $24, %ebx                      // our local APIC id
    movl $1, %esi
    lock xaddl %esi, core_records_used(%rip)
    cmpl $64, %esi
    jae 2f
    movl %esi, %edx
    imull $48, %edx, %edx
    leaq core_records(%rip), %rcx
    addq %rdx, %rcx
    movq %r8, 0(%rcx)
    movq %r9, 8(%rcx)
    movq %r10, 16(%rcx)
    movq %r11, 24(%rcx)
    movl %ebx, 32(%rcx)
    movl $1, 40(%rcx)                   // complete
    cmpw %bx, bootboot + 12(%rip)
    je 3f
2:  hlt
    jmp 2b
3:  leaq boot_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call conformance_main
4:  hlt
    jmp 4b

// Vectors 0 to 31, 16 bytes each: the return address tells which. Nothing returns from here.
.text
.balign 16
.globl exception_vectors
exception_vectors:
.rept 32
    .balign 16
    call exception
.endr
exception:
    popq %rdi
    leaq exception_vectors(%rip), %rax
    subq %rax, %rdi
    shrq $4, %rdi
    movl $0x227d00, %eax                // those that push an error code: 8, 10 to 14, 17, 21
    btl %edi, %eax
    jnc 1f
    addq $8, %rsp
1:  movq (%rsp), %rsi
    movq %cr2, %rdx
    andq $-16, %rsp
    call conformance_exception
    ud2

.bss
.balign 16
    .skip 32768
boot_stack_top:
