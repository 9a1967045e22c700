// Where every loader enters, on every core at about the same time: with no stack worth the name, in an unknown
// state, and possibly on an application core first.
#include "kernel/machine/x86_64/offsets.h"

.set INFORMATION, 0xffffffffffe00000
.set BOOT_CORE_ID, 0x0c

.section .text.start, "ax"
.globl _start
_start:
    jmp 1f
    .balign 32, 0xcc                // byte 16 of the segment must not be 3
1:  cli
    cld
    movl $1, %eax
    cpuid
    shrl $24, %ebx                  // initial local APIC id (SDM vol. 2, CPUID leaf 1)
    movzwl INFORMATION + BOOT_CORE_ID, %eax
    cmpl %eax, %ebx
    jne application_core
    leaq boot_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    xorl %eax, %eax                 // GS base 0: there is no CoreLocal yet
    xorl %edx, %edx
    movl $0xc0000101, %ecx
    wrmsr
    call kernel_main
    ud2

// Touches nothing but the kernel's image until the boot core has prepared a CoreLocal for this APIC id.
application_core:
    leaq start_mailbox(%rip), %rdi
    movb $1, START_ARRIVED(%rdi,%rbx)
    lock incl START_COUNT(%rdi)
2:  pause
    movzbl START_CLOSED(%rdi), %eax // read before the entry, which is written before it
    movq START_CORES(%rdi,%rbx,8), %rsi
    testq %rsi, %rsi
    jnz 4f
    testl %eax, %eax
    jz 2b
3:  cli
    hlt
    jmp 3b
4:
    movl $0xc0000080, %ecx          // IA32_EFER.NXE: the kernel's tables use no-execute
    rdmsr
    orl $0x800, %eax
    wrmsr
    movq START_ROOT(%rdi), %rax
    movq %rax, %cr3
    movq CORE_STACK_TOP(%rsi), %rsp
    movq %rsi, %rdi
    xorl %ebp, %ebp
    call application_core_main
    ud2
