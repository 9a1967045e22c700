// How a core enters and leaves the kernel. The contract is kernel/entry.h; the offsets are offsets.h.
#include "kernel/machine/x86_64/offsets.h"

.section .text, "ax"

// A register of the current context, relative to %gs:CORE_REGISTERS_END.
#define AT_END(offset) (offset - REG_SIZE)

.macro ZERO regs:vararg
    .irp r, \regs
    xorl %\r, %\r
    .endr
.endm

// Pushes what the processor has not: the rest of Registers below vector and error.
.macro PUSH_REGISTERS
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rdi
    pushq %rsi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm
.macro POP_REGISTERS               // and vector and error, up to what iretq takes
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rsi
    popq %rdi
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
.endm

// ---- System calls -----------------------------------------------------------------------------------------
// rax tag or number. IF, TF, DF, AC, NT are clear (IA32_FMASK). Between here and the stack switch nothing may
// fault; NMI, #MC and #DB come on stacks of their own.
// What every way into the kernel but direct calls saves: rbp, and what the processor has put elsewhere. rsp: the end
// of the context's registers.
.macro SAVE_FIRST
    movq %rsp, %gs:CORE_SCRATCH
    movq %gs:CORE_REGISTERS_END, %rsp
    movq %rbp, AT_END(REG_RBP)(%rsp)
    movq %rcx, AT_END(REG_RIP)(%rsp)
    movq %r11, AT_END(REG_RFLAGS)(%rsp)
    movq %gs:CORE_SCRATCH, %rcx
    movq %rcx, AT_END(REG_RSP)(%rsp)
.endm

// What a C++ function keeps, but rbp.
.macro SAVE_KEPT into
    movq %rbx, AT_END(REG_RBX)(%\into)
    movq %r12, AT_END(REG_R12)(%\into)
    movq %r13, AT_END(REG_R13)(%\into)
    movq %r14, AT_END(REG_R14)(%\into)
    movq %r15, AT_END(REG_R15)(%\into)
.endm
.macro LOAD_KEPT from
    movq AT_END(REG_RBX)(%\from), %rbx
    movq AT_END(REG_R12)(%\from), %r12
    movq AT_END(REG_R13)(%\from), %r13
    movq AT_END(REG_R14)(%\from), %r14
    movq AT_END(REG_R15)(%\from), %r15
.endm

.globl syscall_entry_without_fast_path
syscall_entry_without_fast_path:    // for processors on which a switch takes more than the fast path knows
    swapgs
    cmpq $255, %rax
    jbe direct_call
    SAVE_FIRST
    movq %gs:CORE_STACK_TOP, %rsp
    jmp slow_call

// Messages: rax tag, rdi handle; words in rbx r12-r15 rdx rsi r8 r9 r10. Words 0 to 4 are in callee-saved registers,
// words 6 to 8 where a C++ function has arguments: it hands them on to where it jumps to. Words 5 and 9 wait on the
// stack, so that the function has six registers for itself.
.globl syscall_entry
.balign 64
syscall_entry:
    swapgs
    cmpq $1, %rax
    ja 1f
    SAVE_FIRST
    movq %gs:CORE_STACK_TOP, %rsp
    pushq %r10
    pushq %rdx
    movq %gs:CORE_CORE, %rcx
    jmp *fast_paths(,%rax,8)

1:  cmpq $255, %rax
    ja with_more_words
// Ordinary calls: rax number; rdi rsi rdx r10 r8 r9, of which C++ wants one elsewhere.
direct_call:
    movq %rsp, %gs:CORE_SCRATCH
    movq %gs:CORE_STACK_TOP, %rsp
    pushq %rcx
    pushq %r11
    movq %r10, %rcx
    call *direct_calls(,%rax,8)
    ZERO esi, r8d
.macro LEAVE_DIRECTLY               // rax, rdx, rsi, r8 are the answer
    ZERO edi, r9d, r10d
    popq %r11
    popq %rcx                       // canonical: a syscall's own return address
    movq %gs:CORE_SCRATCH, %rsp
    swapgs
    sysretq
.endm
    LEAVE_DIRECTLY

.globl direct_call_answered, direct_call_left, direct_call_refused, direct_call_unknown
direct_call_answered:
    addq $8, %rsp                   // nobody returns
    movq %rdi, %rax
    LEAVE_DIRECTLY

// rdi, rcx: the ends of the registers of whom the core leaves and of whom it runs now, whose GS base it has already;
// rdx: a value; r8: the kernel's lock, given back when another core may run whom this one leaves. Kernel memory is the
// same in both address spaces.
.globl direct_call_handed_over
direct_call_handed_over:
    movq %rbp, AT_END(REG_RBP)(%rdi)
    SAVE_KEPT rdi
    movq AT_END(REG_RBP)(%rcx), %rbp
    LOAD_KEPT rcx
    movq AT_END(REG_RFLAGS)(%rcx), %r11
    movq AT_END(REG_RSP)(%rcx), %rsp
    movq AT_END(REG_RIP)(%rcx), %rcx // canonical: as LEAVE_FAST
    movb $0, (%r8)
    ZERO eax, esi, edi, r8d, r9d, r10d
    sysretq

.macro SAVE_FIRST_BEHIND_DIRECT_CALL into
    movq %gs:CORE_REGISTERS_END, %\into
    movq %rbp, AT_END(REG_RBP)(%\into)
    popq %rbp                       // a return address
    popq AT_END(REG_RFLAGS)(%\into)
    popq AT_END(REG_RIP)(%\into)
    movq %gs:CORE_SCRATCH, %rbp
    movq %rbp, AT_END(REG_RSP)(%\into)
    movq AT_END(REG_RBP)(%\into), %rbp
.endm
direct_call_left:
    SAVE_FIRST_BEHIND_DIRECT_CALL rcx
    SAVE_KEPT rcx
    movq %gs:CORE_CORE, %rdi
    call kernel_leave
    jmp leave_kernel

direct_call_unknown:
    movq %rcx, %r10
    movq %gs:CORE_REGISTERS_END, %rcx
    movq %rax, AT_END(REG_RAX)(%rcx)
    jmp 1f
direct_call_refused:
    movq %rcx, %r10
1:  SAVE_FIRST_BEHIND_DIRECT_CALL rax
    movq AT_END(REG_RAX)(%rax), %rax
    jmp slow_call

// Messages with words beyond those in registers, whose tag is in the context, too; and whatever else looks like that.
with_more_words:
    SAVE_FIRST
    movq %rax, AT_END(REG_RAX)(%rsp)
    movq %gs:CORE_STACK_TOP, %rsp
    pushq %r10
    pushq %rdx
    movq %gs:CORE_CORE, %rcx
    andl $1, %eax
    jmp *fast_paths+16(,%rax,8)

// rdi: the badge, rcx: the end of the next context's registers. GS base is the program's already.
.globl fast_path_taken, fast_path_with_words_taken
fast_path_taken:
    xorl %eax, %eax                 // MessageTag: a message
.macro LEAVE_FAST
    popq %rdx
    popq %r10
    movq AT_END(REG_RFLAGS)(%rcx), %r11
    movq AT_END(REG_RBP)(%rcx), %rbp
    movq AT_END(REG_RSP)(%rcx), %rsp
    movq AT_END(REG_RIP)(%rcx), %rcx // canonical: a syscall's own return address, or checked when it was set
    sysretq
.endm
    LEAVE_FAST
fast_path_with_words_taken:
    movq AT_END(REG_RAX)(%rcx), %rax
    LEAVE_FAST

// rdi: the handle.
.globl fast_call_refused, fast_reply_refused, fast_path_with_words_refused
fast_call_refused:
    xorl %eax, %eax                 // the tag
    jmp 1f
fast_reply_refused:
    movl $1, %eax
    jmp 1f
fast_path_with_words_refused:
    movq %gs:CORE_REGISTERS_END, %rax
    movq AT_END(REG_RAX)(%rax), %rax
1:  popq %rdx
    popq %r10

slow_call:                          // all registers but rcx, r11, rsp are the user's
    movq %gs:CORE_REGISTERS_END, %rcx
    movq %rax, AT_END(REG_RAX)(%rcx)
    movq %rdi, AT_END(REG_RDI)(%rcx)
    movq %rsi, AT_END(REG_RSI)(%rcx)
    movq %rdx, AT_END(REG_RDX)(%rcx)
    movq %r8, AT_END(REG_R8)(%rcx)
    movq %r9, AT_END(REG_R9)(%rcx)
    movq %r10, AT_END(REG_R10)(%rcx)
    SAVE_KEPT rcx
    movq %gs:CORE_CORE, %rdi
    call kernel_system_call

// ---- Leaving: rax, rdx hold an Exit -----------------------------------------------------------------------
leave_kernel:
    testq %rax, %rax
    jz go_idle
    cmpb $0, CONTEXT_INTERRUPTED(%rax)
    jne leave_by_iret
    movq REG_RIP(%rax), %rcx
    movq %rcx, %r11
    shrq $47, %r11                  // sysret to a non-canonical address faults in ring 0 on Intel's (CVE-2012-0217)
    jnz 1f
    movq REG_RFLAGS(%rax), %r11
    andl $0x240dd5, %r11d           // the flags that a program may set: CF PF AF ZF SF TF DF OF AC ID
    orl $0x202, %r11d               // IF
    movq REG_R15(%rax), %r15
    movq REG_R14(%rax), %r14
    movq REG_R13(%rax), %r13
    movq REG_R12(%rax), %r12
    movq REG_RBP(%rax), %rbp
    movq REG_RBX(%rax), %rbx
    movq REG_R10(%rax), %r10
    movq REG_R9(%rax), %r9
    movq REG_R8(%rax), %r8
    movq REG_RSI(%rax), %rsi
    movq REG_RDI(%rax), %rdi
    movq REG_RDX(%rax), %rdx
    movq REG_RSP(%rax), %rsp
    movq REG_RAX(%rax), %rax
    swapgs
    sysretq
1:  ud2                             // a context that was never checked: the kernel's own mistake

leave_by_iret:
    movb $0, CONTEXT_INTERRUPTED(%rax)
    movq %rax, %rsp
    movq REG_RIP(%rsp), %rcx
    shrq $47, %rcx                  // stopped between a jump to nowhere and its fault (AMD): iretq would fault in
    jnz 2f                          // ring 0
1:
    movq $USER_CS, REG_CS(%rsp)
    movq $USER_SS, REG_SS(%rsp)
    andl $0x250dd5, REG_RFLAGS(%rsp) // as above, and RF
    orl $0x202, REG_RFLAGS(%rsp)
    POP_REGISTERS
    swapgs
    iretq
2:  movabsq $0x00007ffffffff000, %rcx // the last page of user space is never mapped: the fault comes in ring 3
    movq %rcx, REG_RIP(%rsp)
    jmp 1b

// ---- Idle -------------------------------------------------------------------------------------------------
go_idle:
    movq %gs:CORE_STACK_TOP, %rsp
    xorl %ebp, %ebp
    cmpl $0, %edx
    jne poll
    sti
.globl idle_begin
idle_begin:                         // an interrupt here abandons the frame: common_entry
    hlt
    jmp idle_begin
poll:
    sti
    nop                             // sti takes effect behind the next instruction
    cli
.globl idle_end
idle_end:
    movq %gs:CORE_CORE, %rdi
    call kernel_continue
    jmp leave_kernel

// Core's first step into the kernel proper: rdi CoreLocal. The stack it stood on until now is left for ever.
.globl enter_kernel
enter_kernel:
    movq CORE_STACK_TOP(%rdi), %rsp
    xorl %ebp, %ebp
    jmp idle_end

// ---- Interrupts and exceptions ----------------------------------------------------------------------------

common_entry:                       // from user mode the stack is the current context itself
    PUSH_REGISTERS
    testb $3, REG_CS(%rsp)
    jz entered_from_kernel
    swapgs
    movb $1, CONTEXT_INTERRUPTED(%rsp)
    movq %rsp, %rax
    movq %gs:CORE_STACK_TOP, %rsp
continue_from_user:                 // rax: the context, on the core's own stack
    pushq $2                        // DF, AC, NT and all others: gates leave the user's
    popfq
    movq %gs:CORE_SELF, %rdi
    movq REG_VECTOR(%rax), %rsi
    xorl %ebp, %ebp
    call trap_from_user
    jmp leave_kernel

entered_from_kernel:
    cld
    movq %rsp, %rsi                 // Registers
    cmpq $32, REG_VECTOR(%rsp)
    jb 1f
    leaq idle_begin(%rip), %rax     // only there are interrupts let in
    cmpq %rax, REG_RIP(%rsp)
    jb 1f
    leaq idle_end(%rip), %rax
    cmpq %rax, REG_RIP(%rsp)
    ja 1f
    movq REG_VECTOR(%rsp), %rsi
    movq %gs:CORE_STACK_TOP, %rsp
    movq %gs:CORE_SELF, %rdi
    xorl %ebp, %ebp
    call interrupt_while_idle
    jmp leave_kernel
1:  movq %gs:CORE_SELF, %rdi
    movq %cr2, %rdx
    leaq (%rsp), %rax
    andq $-16, %rsp
    call fault_in_kernel            // does not return
    ud2

// Debug, NMI, double fault, machine check: they come at any instruction, also between an entry and its swapgs, so
// neither the code segment nor the sign of GS base (FSGSBASE lets a program set it) says whose GS base this is. The
// core's address lies at the top of the stack; the GS base that was found is put back.
own_stack_entry:
    PUSH_REGISTERS
    cld
    movl $0xc0000101, %ecx          // IA32_GS_BASE
    rdmsr
    shlq $32, %rdx
    orq %rdx, %rax
    movq %rax, %rbx                 // callee-saved: what was found
    movq REG_SIZE(%rsp), %rdi
    movq %rdi, %rax
    movq %rdi, %rdx
    shrq $32, %rdx
    wrmsr
    movq %rsp, %rbp
    movq %rsp, %rsi
    movq %cr2, %rdx
    andq $-16, %rsp
    call trap_on_own_stack          // true: an exception of the program's; it goes on as any other
    movq %rbp, %rsp
    testb %al, %al
    jnz 1f
    movl $0xc0000101, %ecx
    movq %rbx, %rax
    movq %rbx, %rdx
    shrq $32, %rdx
    wrmsr
    POP_REGISTERS
    iretq
1:  movl $0xc0000101, %ecx          // as if entered by common_entry: the program's GS base behind swapgs
    movq %rbx, %rax
    movq %rbx, %rdx
    shrq $32, %rdx
    wrmsr
    swapgs
    movq %gs:CORE_REGISTERS_END, %rax
    subq $REG_SIZE, %rax            // the registers have been copied there
    movb $1, CONTEXT_INTERRUPTED(%rax)
    movq %gs:CORE_STACK_TOP, %rsp
    jmp continue_from_user

// One stub a vector, 16 bytes each.
.macro STUB vector
    .balign 16
    // vectors whose exception brings an error code (SDM vol. 3, 6.3.1)
    .if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30)
    .else
    pushq $0
    .endif
    pushq $\vector
    .if (\vector == 1) || (\vector == 2) || (\vector == 8) || (\vector == 18)
    jmp own_stack_entry
    .else
    jmp common_entry
    .endif
.endm
.balign 16
.globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    STUB vector
    .set vector, vector + 1
    .endr
