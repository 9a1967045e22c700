// The paths that are measured, as short as a program can write them. The time-stamp counter counts instructions
// under `-icount shift=0`. Every stub is counted from the first instruction that prepares the call to the first
// one behind it; loops take their own two instructions off.
//
// A stamp is where a measured path begins or ends. Its name tells which: so whoever follows the program from outside
// (tools/pithlib/census.py) knows whose instructions it sees.

    .text
// Every register but rbp and rsp is lost in a call; r12 to r15 and rbx must be kept for our own caller.
.macro BEGIN
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm
.macro END
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
.endm
.macro OPEN                 // eax, edx; 32 bits are enough for what is measured here
    .globl bench_opens_\@
bench_opens_\@:
    rdtsc
.endm
.macro CLOSE
    .globl bench_closes_\@
bench_closes_\@:
    rdtsc
.endm
.macro CLOSE_AND_OPEN
    .globl bench_closes_\@, bench_opens_\@
bench_closes_\@:
bench_opens_\@:
    rdtsc
.endm

// u64 bench_calls(u64 handle, u64 count, u64 tag): ticks for `count` calls with ten words, without the loop's own.
.globl bench_calls
bench_calls:
    BEGIN
    subq $40, %rsp
    movq %rdi, (%rsp)
    movq %rsi, %rbp
    movq %rsi, 16(%rsp)
    movq %rdx, 24(%rsp)
    OPEN
    movl %eax, 8(%rsp)
1:  movq 24(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    decq %rbp
    jnz 1b
    CLOSE
    subl 8(%rsp), %eax
    movl %eax, %eax
    movq 16(%rsp), %rcx
    leaq (%rcx,%rcx,2), %rcx
    subq %rcx, %rax         // dec, jnz, and the jmp of the server's loop
    subq $2, %rax           // what lies between the two stamps: mov, rdtsc
    addq $40, %rsp
    END

// void bench_serve(u64 handle, u64 tag): answers every call with what it holds, for ever. Word 0 (rbx) returns the
// counter's low half as the call arrived, so that a client can tell one way from the other.
.globl bench_serve
bench_serve:
    subq $24, %rsp
    movq %rdi, (%rsp)
    movq %rsi, 8(%rsp)
    movl $2, %eax           // receive
    syscall
1:  movq 8(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    jmp 1b

// The same, with a stamp: the end of the way there, and the beginning of the way back.
.globl bench_serve_stamped
bench_serve_stamped:
    subq $24, %rsp
    movq %rdi, (%rsp)
    movq %rsi, 8(%rsp)
    movl $2, %eax
    syscall
1:  CLOSE_AND_OPEN
    movl %eax, %ebx
    movq 8(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    jmp 1b

// u64 bench_there(u64 handle, u64 tag): instructions from here to the server.
.globl bench_there
bench_there:
    BEGIN
    subq $40, %rsp
    movq %rdi, (%rsp)
    movq %rsi, 24(%rsp)
    OPEN
    movl %eax, 8(%rsp)
    movq 24(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    subl 8(%rsp), %ebx
    subl $3, %ebx           // our mov, its jmp and rdtsc
    movl %ebx, %eax
    addq $40, %rsp
    END

// u64 bench_back(u64 handle, u64 tag): instructions from the server to here.
.globl bench_back
bench_back:
    BEGIN
    subq $40, %rsp
    movq %rsi, %rax
    syscall
    CLOSE
    subl %ebx, %eax
    subl $2, %eax           // the server's mov, our rdtsc
    addq $40, %rsp
    END

// The same as bench_serve by a server that uses SSE: one instruction more a round, taken off by who asks.
.globl bench_serve_with_sse
bench_serve_with_sse:
    subq $24, %rsp
    movq %rdi, (%rsp)
    movq %rsi, 8(%rsp)
    movl $2, %eax
    syscall
1:  pcmpeqd %xmm7, %xmm7
    movq 8(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    jmp 1b

// void bench_signal(u64 notification, u64 number): signals with the counter's low half as bits, for ever.
.globl bench_signal
bench_signal:
    movq %rdi, %rbx
    movq %rsi, %rbp
1:  OPEN
    movl %eax, %esi
    movq %rbx, %rdi
    movq %rbp, %rax
    syscall
    jmp 1b

// u64 bench_wait(u64 notification, u64 number): instructions from the signaller's stub to here. The stub's own three
// count; the stamp, which is its second argument, does not.
.globl bench_wait
bench_wait:
    movq %rsi, %rax
    movq $-1, %rsi
    syscall
    testq %rax, %rax
    jnz 1f
    movq %rdx, %rcx
    CLOSE
    subl %ecx, %eax
    subl $5, %eax           // the signaller's mov; ours: test, jnz, mov, rdtsc
    movl %eax, %eax
    ret
1:  movq $-1, %rax
    ret

// A thread that ends at once: its argument is the number of ThreadExit.
.globl bench_exit
bench_exit:
    movq %rdi, %rax
    syscall

// A thread that never ends.
.globl bench_spin
bench_spin:
    jmp bench_spin

// The same for a thread that counts how long it ran: rdi is the count, two instructions each.
.globl bench_spin_and_count
bench_spin_and_count:
1:  incq (%rdi)
    jmp 1b

// u64 bench_plain(u64 number, u64 count, const u64 arguments[6]): ticks for `count` ordinary calls.
.globl bench_plain
bench_plain:
    BEGIN
    subq $40, %rsp
    movq %rdi, (%rsp)
    movq %rsi, %rbp
    movq %rsi, 16(%rsp)
    movq %rdx, 24(%rsp)
    movq %rdx, %rbx         // kept
    OPEN
    movl %eax, 8(%rsp)
1:  movq (%rbx), %rdi
    movq 8(%rbx), %rsi
    movq 16(%rbx), %rdx
    movq 24(%rbx), %r10
    movq 32(%rbx), %r8
    movq 40(%rbx), %r9
    movq (%rsp), %rax
    syscall
    testq %rax, %rax
    jnz 2f
    decq %rbp
    jnz 1b
    CLOSE
    subl 8(%rsp), %eax
    movl %eax, %eax
    movq 16(%rsp), %rcx
    leaq (%rcx,%rcx,4), %rcx
    leaq (%rcx,%rcx), %rcx
    subq %rcx, %rax         // six arguments, test, jnz, dec, jnz: mov rax and syscall are the call
    subq $2, %rax
    jmp 3f
2:  movq $-1, %rax
3:  addq $40, %rsp
    END

// u64 bench_open(), u64 bench_close(): the counter, for what is measured in C++.
.globl bench_open, bench_close
bench_open:
    OPEN
    shlq $32, %rdx
    orq %rdx, %rax
    ret
bench_close:
    CLOSE
    shlq $32, %rdx
    orq %rdx, %rax
    ret

// void bench_row_done(): a row has been printed; the next path is another one.
.globl bench_row_done
bench_row_done:
    .rept 8                 // no compiler writes this, so what another program has at these addresses is not taken for it
    nop
    .endr
    ret

// ---- Faults, and a foreign process's calls ----------------------------------------------------------------
// The program that faults: once as measured, and once more to tell what it has counted, in rax.
.globl bench_fault
bench_fault:
    OPEN
    movl %eax, %r12d
    ud2
    CLOSE
    subl %r12d, %eax
    subl $2, %eax           // mov, rdtsc
    ud2
    jmp bench_fault

// The same with a system call in place of the first fault; rdi: its number.
.globl bench_foreign, bench_foreign_again
bench_foreign:
    movq %rdi, %r13
bench_foreign_again:
    OPEN
    movl %eax, %r12d
    movq %r13, %rax
    syscall
    CLOSE
    subl %r12d, %eax
    subl $2, %eax
    ud2
    jmp bench_foreign_again

// Their handler: it answers the fault that it has heard of last, which was the second kind, and hears of the next two.
// rdi endpoint, rsi where the program goes on, rdx how far it goes on behind the path's beginning.
// r14 carries rip, r15 rax (abi/debug.h: words 3 and 4); rbx is the answer, FaultAction::resume_changed.
.macro ANSWER_FAULT
    movl $1, %eax           // reply_and_receive
    movq (%rsp), %rdi
    movl $2, %ebx
    syscall
.endm
.macro BEGIN_FAULTS
    BEGIN
    subq $24, %rsp
    movq %rdi, (%rsp)
    movq %rdx, 8(%rsp)
    movq %rsi, %r14
    ANSWER_FAULT
.endm
.macro END_FAULTS
    addq $24, %rsp
    END
.endm
// u64 bench_fault_there(…): instructions from the fault to here; its program's way back is not looked at.
.globl bench_fault_there
bench_fault_there:
    BEGIN_FAULTS
    CLOSE
    subl %r15d, %eax        // it has its stamp in rax
    subl $2, %eax           // its mov, our rdtsc
    movl %eax, %ebp
    addq 8(%rsp), %r14
    ANSWER_FAULT
    movl %ebp, %eax
    END_FAULTS
// u64 bench_fault_and_back(…): what the program counts, without our own instructions but those that every answer needs.
.globl bench_fault_and_back
bench_fault_and_back:
    BEGIN_FAULTS
    addq 8(%rsp), %r14
    ANSWER_FAULT
    leal -1(%r15), %eax     // the add
    END_FAULTS

// ---- Interrupts -------------------------------------------------------------------------------------------
// void bench_raise(volatile u32 shared[2], volatile u32* device): whenever the first word is not 0, has the device send
// its interrupt and leaves in the second when that was.
.globl bench_raise
bench_raise:
1:  cmpl $0, (%rdi)
    je 1b
    movl $0, (%rdi)
    OPEN
    movl %eax, 4(%rdi)
    movl $1, (%rsi)
    jmp 1b

// u64 bench_wait_for_interrupt(u64 notification, u64 number, volatile u32 shared[2]): instructions from there to here.
.globl bench_wait_for_interrupt
bench_wait_for_interrupt:
    pushq %rbx
    movq %rdx, %rbx
    movq %rsi, %rax
    movq $-1, %rsi
    syscall
    movq %rax, %rcx
    CLOSE
    subl 4(%rbx), %eax
    subl $3, %eax           // its mov; ours: mov, rdtsc
    testq %rcx, %rcx
    popq %rbx
    jnz 1f
    ret
1:  movq $-1, %rax
    ret
    .section .note.GNU-stack, "", @progbits
