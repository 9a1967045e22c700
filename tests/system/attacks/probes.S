// One piece of code a probe: a process of its own runs it, with rdi as said, and has to end as the mask says.
// What comes behind the piece ends the process with status 42, which stands for "it worked".
// A record in the table: name, begin, end, mask of what may happen (probe.h), argument.
    .set DE, 1 << 0
    .set DB, 1 << 1
    .set BP, 1 << 3
    .set OF, 1 << 4
    .set UD, 1 << 6
    .set SS, 1 << 12
    .set GP, 1 << 13
    .set PF, 1 << 14
    .set MF, 1 << 16
    .set UMIP, 1 << 60          // without user-mode instruction prevention it works
    .set FSGSBASE, 1 << 61      // without that, UD
    .set STATUS0, 1 << 62       // ends with status 0
    .set WORKS, 1 << 63         // ends with status 42
    .set PROCESS_EXIT, 18
    .set CLOCK_READ, 19
    .set YIELD, 16

.macro PROBE name, mask, argument=0
    .pushsection .rodata.names, "a", @progbits
7:  .asciz "\name"
    .popsection
    .pushsection .rodata.probes, "a", @progbits
    .quad 7b, 8f, 9f, \mask, \argument
    .popsection
8:
.endm
// The probe's code ends here.
.macro END
9:
.endm
.macro ONE name, mask, code:vararg
    PROBE "\name", \mask
    \code
    END
.endm
// Ends the process with status 0.
.macro DEFENDED
    movl $PROCESS_EXIT, %eax
    xorl %edi, %edi
    syscall
.endm

    .pushsection .rodata.probes, "a", @progbits
    .balign 8
    .globl probes_begin
probes_begin:
    .popsection
    .section .text.probes, "ax", @progbits

// The harness itself: what works must be seen to work.
    ONE control.works, WORKS, nop
    ONE control.faults, UD, ud2

// Instructions of ring 0 (SDM vol. 3, 5.9).
    ONE privileged.hlt, GP, hlt
    ONE privileged.cli, GP, cli
    ONE privileged.sti, GP, sti
    ONE privileged.clts, GP, clts
    ONE privileged.invd, GP, invd
    ONE privileged.wbinvd, GP, wbinvd
    ONE privileged.invlpg, GP, invlpg (%rsp)
    ONE privileged.lgdt, GP, lgdt -16(%rsp)
    ONE privileged.lidt, GP, lidt -16(%rsp)
    ONE privileged.lldt, GP, lldt %di
    ONE privileged.ltr, GP, ltr %di
    ONE privileged.lmsw, GP, lmsw %di
    ONE privileged.swapgs, GP, swapgs
    ONE privileged.sysret, GP|UD, sysretq
    ONE privileged.sysexit, GP|UD, sysexit
    ONE privileged.rdpmc, GP, rdpmc
    ONE privileged.monitor, UD|GP, monitor
    ONE privileged.mwait, UD|GP, mwait
    PROBE privileged.xsetbv, UD|GP
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $1, %eax
    xsetbv
    END
    ONE privileged.stac, UD|GP, stac
    ONE privileged.clac, UD|GP, clac
    ONE privileged.invpcid, UD|GP, invpcid (%rsp), %rdi
    ONE privileged.vmcall, UD|GP, vmcall
    ONE privileged.vmmcall, UD|GP, vmmcall
    ONE privileged.vmlaunch, UD|GP, vmlaunch
    ONE privileged.vmrun, UD|GP, vmrun %rax
    ONE privileged.vmxon, UD|GP, vmxon (%rsp)
    ONE privileged.clgi, UD|GP, clgi
    ONE privileged.stgi, UD|GP, stgi
    ONE privileged.skinit, UD|GP, skinit %eax
    ONE privileged.invlpga, UD|GP, invlpga %rax, %ecx
    ONE privileged.rsm, UD, rsm
    ONE privileged.getsec, UD|GP, getsec
    ONE privileged.wrpkru, UD|GP, .byte 0x0f, 0x01, 0xef
    ONE privileged.xsaves, UD|GP, xsaves (%rsp)
    ONE privileged.xrstors, UD|GP, xrstors (%rsp)
    ONE privileged.sgdt, GP|UMIP, sgdt -16(%rsp)
    ONE privileged.sidt, GP|UMIP, sidt -16(%rsp)
    ONE privileged.sldt, GP|UMIP, sldt %eax
    ONE privileged.str, GP|UMIP, str %eax
    ONE privileged.smsw, GP|UMIP, smsw %eax

    .irp n, 0, 2, 3, 4, 8
    ONE control-register.read-\n, GP, movq %cr\n, %rax
    PROBE control-register.write-\n, GP
    xorl %eax, %eax
    movq %rax, %cr\n
    END
    .endr
    .irp n, 0, 1, 2, 3, 6, 7
    ONE debug-register.read-\n, GP, movq %db\n, %rax
    PROBE debug-register.write-\n, GP
    xorl %eax, %eax
    movq %rax, %db\n
    END
    .endr

// Ring 0 by a selector. Where there is SMAP, QEMU refuses a program's own far return and iretq the stack: a page fault.
    PROBE ring0.iretq, GP|PF
    pushq $0x10
    pushq %rsp
    pushq $2
    pushq $8
    leaq 1f(%rip), %rax
    pushq %rax
    iretq
1:  END
    PROBE ring0.iretq-rpl-3, GP|PF     // the kernel's code segment, asked for with the program's level
    pushq $0x1b
    pushq %rsp
    pushq $2
    pushq $0xb
    leaq 1f(%rip), %rax
    pushq %rax
    iretq
1:  END
    PROBE ring0.iretq-nested-task, GP|PF
    pushq $0x4002
    popfq
    pushq $0x1b
    pushq %rsp
    pushq $0x4202
    pushq $0x23
    leaq 1f(%rip), %rax
    pushq %rax
    iretq
1:  END
    PROBE ring0.lretq, GP|PF
    pushq $8
    leaq 1f(%rip), %rax
    pushq %rax
    lretq
1:  END
    PROBE ring0.far-jump, GP|PF
    pushq $8
    leaq 1f(%rip), %rax
    pushq %rax
    .byte 0x48, 0xff, 0x2c, 0x24    // ljmp *(%rsp), 64 bits wide
1:  END
    PROBE ring0.tss-selector, GP|PF
    pushq $0x28
    pushq $0
    .byte 0x48, 0xff, 0x2c, 0x24    // ljmp *(%rsp), 64 bits wide
    END
    PROBE ring0.mov-ss, GP
    movl $0x10, %eax
    movl %eax, %ss
    END
    PROBE ring0.mov-ss-null, GP
    xorl %eax, %eax
    movl %eax, %ss
    END
    PROBE ring0.mov-ds, GP
    movl $0x10, %eax
    movl %eax, %ds
    END
    PROBE ring0.compatibility-mode, GP|UD|PF    // there is no 32-bit code segment
    pushq $0x18
    leaq 1f(%rip), %rax
    pushq %rax
    lretq
1:  END

// Exceptions that a program may raise itself.
    ONE raise.int3, BP, int3
    ONE raise.icebp, DB|UD, .byte 0xf1          // QEMU knows no such instruction
    ONE raise.into, UD, .byte 0xce
    PROBE raise.divide, DE
    xorl %ecx, %ecx
    divl %ecx
    END
    PROBE raise.x87, MF             // unmasked and pending: the kernel must not be the one who trips over it
    pushq $0x0340
    fldcw (%rsp)
    fldz
    fldz
    fdivrp
    movl $YIELD, %eax
    syscall
    fldz
    fldcw (%rsp)
    fldz
    fdivrp
    fwait
    END

// Flags, carried in by popf (SDM vol. 3, 5.8.8: IA32_FMASK).
.macro FLAGS name, flags, mask
    PROBE flags.\name, \mask
    pushq $\flags
    popfq
.endm
    FLAGS direction-syscall, 0x402, STATUS0
    DEFENDED
    END
    FLAGS direction-int3, 0x402, BP
    int3
    END
    FLAGS direction-fault, 0x402, UD
    ud2
    END
    FLAGS nested-task-syscall, 0x4002, STATUS0
    DEFENDED
    END
    FLAGS nested-task-int3, 0x4002, BP
    int3
    END
    FLAGS nested-task-fault, 0x4002, UD
    ud2
    END
    FLAGS nested-task-icebp, 0x4002, DB|UD
    .byte 0xf1
    END
    FLAGS alignment-syscall, 0x40002, STATUS0
    DEFENDED
    END
    FLAGS alignment-int3, 0x40002, BP
    int3
    END
    FLAGS alignment-fault, 0x40002, UD
    ud2
    END
    FLAGS resume-syscall, 0x10002, STATUS0
    DEFENDED
    END
    FLAGS everything-syscall, 0x257ed7, STATUS0
    DEFENDED
    END
    FLAGS everything-trap, 0x257fd7, DB
    DEFENDED
    END
    FLAGS trap, 0x102, DB
    nop
    nop
    END
    FLAGS trap-syscall, 0x102, DB
    syscall
    END
    FLAGS trap-int3, 0x102, DB|BP
    int3
    END
    FLAGS trap-icebp, 0x102, DB|UD
    .byte 0xf1
    END
    FLAGS trap-fault, 0x102, DB|UD
    ud2
    END
    PROBE flags.trap-mov-ss-syscall, DB         // CVE-2018-8897: the trap is held back over the syscall
    movl %ss, %ecx
    movl $CLOCK_READ, %eax
    pushq $0x102
    popfq
    movl %ecx, %ss
    syscall
    nop
    END
    PROBE flags.trap-mov-ss-int3, DB|BP
    movl %ss, %ecx
    pushq $0x102
    popfq
    movl %ecx, %ss
    int3
    END
    PROBE flags.io-privilege, STATUS0           // neither IOPL nor a cleared IF gets in by popf
    pushq $0x3002
    popfq
    pushfq
    popq %rax
    andl $0x3200, %eax
    cmpl $0x200, %eax
    jne 1f
    DEFENDED
1:  END
    PROBE flags.io-privilege-iretq, STATUS0|PF     // nor by iretq
    movl %ss, %eax
    movl %cs, %ecx
    movq %rsp, %rdx
    pushq %rax
    pushq %rdx
    pushq $0x3002
    pushq %rcx
    leaq 2f(%rip), %rax
    pushq %rax
    iretq
2:  pushfq
    popq %rax
    andl $0x3200, %eax
    cmpl $0x200, %eax
    jne 1f
    DEFENDED
1:  END
    PROBE flags.syscall-r11, STATUS0            // nor by what r11 holds at a syscall
    movl $0x3000, %r11d
    movl $CLOCK_READ, %eax
    syscall
    pushfq
    popq %rax
    andl $0x3200, %eax
    cmpl $0x200, %eax
    jne 1f
    DEFENDED
1:  END

    // Leaves selectors and vector registers behind for the next process to find: the two probes below.
    PROBE leftovers.left-behind, WORKS
    movl $0x1b, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    pcmpeqd %xmm0, %xmm0
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movdqa %xmm0, %xmm\n
    .endr
    movl $0x7f80, -8(%rsp)
    ldmxcsr -8(%rsp)
    movl $0x7f, -8(%rsp)
    fldcw -8(%rsp)
    fld1
    END
// What a program sees of registers when its thread starts: rdi and rsp, and by sysret its own rip and flags in rcx and
// r11; nothing else.
    PROBE leftovers.registers, STATUS0
    orq %rax, %rbx
    orq %rdx, %rbx
    orq %rsi, %rbx
    orq %rdi, %rbx
    orq %rbp, %rbx
    orq %r8, %rbx
    orq %r9, %rbx
    orq %r10, %rbx
    orq %r12, %rbx
    orq %r13, %rbx
    orq %r14, %rbx
    orq %r15, %rbx
    testq %rbx, %rbx
    jnz 1f
    movl %ds, %eax
    movl %es, %ecx
    orl %ecx, %eax
    movl %fs, %ecx
    orl %ecx, %eax
    movl %gs, %ecx
    orl %ecx, %eax
    jnz 1f
    DEFENDED
1:  END
    PROBE leftovers.vectors, STATUS0
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    por %xmm\n, %xmm0
    .endr
    movq %xmm0, %rax
    movhlps %xmm0, %xmm0
    movq %xmm0, %rcx
    orq %rcx, %rax
    jnz 1f
    stmxcsr -8(%rsp)
    cmpl $0x1f80, -8(%rsp)
    jne 1f
    fnstcw -8(%rsp)
    cmpw $0x37f, -8(%rsp)
    jne 1f
    fnstsw %ax
    testw %ax, %ax
    jne 1f
    DEFENDED
1:  END
    .pushsection .rodata.probes, "a", @progbits
    .globl probes_end
probes_end:
    .popsection
    .section .note.GNU-stack, "", @progbits
