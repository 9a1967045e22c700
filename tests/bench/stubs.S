// The paths that are measured, as short as a program can write them. The time-stamp counter counts instructions
// under `-icount shift=0`. Every stub is counted from the first instruction that prepares the call to the first
// one behind it; loops take their own two instructions off.

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
.macro STAMP into           // 32 bits are enough for what is measured here
    rdtsc
    movl %eax, \into
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
    STAMP 8(%rsp)
1:  movq 24(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    decq %rbp
    jnz 1b
    rdtsc
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

// The same, with a stamp.
.globl bench_serve_stamped
bench_serve_stamped:
    subq $24, %rsp
    movq %rdi, (%rsp)
    movq %rsi, 8(%rsp)
    movl $2, %eax
    syscall
1:  rdtsc
    movl %eax, %ebx
    movq 8(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    jmp 1b

// void bench_one_way(u64 handle, u64 tag, u64 out[2]): instructions from here to the server, and from there back.
.globl bench_one_way
bench_one_way:
    BEGIN
    subq $40, %rsp
    movq %rdi, (%rsp)
    movq %rdx, 16(%rsp)
    movq %rsi, 24(%rsp)
    STAMP 8(%rsp)
    movq 24(%rsp), %rax
    movq (%rsp), %rdi
    syscall
    rdtsc
    movq 16(%rsp), %rcx
    movl %eax, %eax
    subl %ebx, %eax
    subl $3, %eax           // the server's mov, its rdtsc; ours
    movq %rax, 8(%rcx)
    subl 8(%rsp), %ebx
    subl $2, %ebx
    movl %ebx, %ebx
    movq %rbx, (%rcx)
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
1:  rdtsc
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
    rdtsc
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
    STAMP 8(%rsp)
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
    rdtsc
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
    .section .note.GNU-stack, "", @progbits
