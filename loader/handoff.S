// The last page of the loader: copied below 1 MiB, where each core leaves the loader for the kernel. Everything
// in it is found relative to the page, whose address is in (r)bx. The page stays taken for ever: cores that come
// too late halt in it, and the kernel's first segment registers come from its GDT.
//
// handoff.h describes `handoff_parameters`.

#define AT(label) (label - handoff_begin)

.text
.balign 16
.globl handoff_begin
handoff_begin:

// An application core after its start-up message: real mode, CS:IP = page:0 (Intel SDM vol. 3, 9.4).
.code16
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    movzwl %ax, %ebx
    shll $4, %ebx
    lgdtl AT(gdt_pointer)
    movl $0x11, %eax                    // PE, ET; caches on
    movl %eax, %cr0
    ljmpl *AT(far_protected)

.code32
protected_mode:
    movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    // The order of arrival is the core's index. Whoever comes after the boot core has closed the gate gets a
    // ticket that no core can have, and stays here.
    movl $1, %esi
    lock xaddl %esi, AT(next_index)(%ebx)
    cmpl $0x10000, %esi
    jae park
wait_for_gate:
    pause
    cmpl $0, AT(gate)(%ebx)
    je wait_for_gate
    // Into 64-bit mode (SDM vol. 3, 10.8.5).
    movl $0x620, %eax                   // PAE, OSFXSR, OSXMMEXCPT
    movl %eax, %cr4
    movl AT(root)(%ebx), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx              // EFER
    rdmsr
    orl $0x100, %eax                    // LME
    wrmsr
    movl $0x80000033, %eax              // PG, NE, ET, MP, PE
    movl %eax, %cr0
    ljmpl *AT(far_long)(%ebx)
park:
    cli
    hlt
    jmp park

.code64
// The boot core comes here in 64-bit mode: rdi = the page.
enter_boot_core:
    cli
    cld
    movq %rdi, %rbx
    xorl %esi, %esi                     // index 0
    lgdt AT(gdt_pointer)(%rbx)
    movl $0x620, %eax
    movq %rax, %cr4
    movl AT(root)(%rbx), %eax
    movq %rax, %cr3
    movl $0x80000033, %eax
    movq %rax, %cr0
    movl $1, AT(gate)(%rbx)

// Every core: rsi = index, rbx = the page, page tables loaded.
long_mode:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl %esi, %edi
    movq %rdi, %rax
    imulq AT(stack_size)(%rbx), %rax
    negq %rax
    movq %rax, %rsp                     // core i: i stacks below the top of the address space
    pushq $0x08
    leaq set_code_segment(%rip), %rax
    pushq %rax
    lretq
set_code_segment:
    xorl %eax, %eax
    lldt %ax
    lidt AT(no_interrupts)(%rbx)
    fninit
    ldmxcsr AT(vector_control)(%rbx)
    pushq $2
    popfq
    movq AT(entry)(%rbx), %rax
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %ebp, %ebp
    jmpq *%rax

.balign 16
gdt:
    .quad 0
    .quad 0x00af9b000000ffff            // 0x08: 64-bit code
    .quad 0x00cf93000000ffff            // 0x10: data
    .quad 0x00cf9b000000ffff            // 0x18: 32-bit code

.balign 16
.globl handoff_parameters
handoff_parameters:
far_protected:
    .long AT(protected_mode)            // the loader adds the page's address
    .word 0x18, 0
far_long:
    .long AT(long_mode)
    .word 0x08, 0
    .word 0, 0, 0
gdt_pointer:
    .word 31
    .quad AT(gdt)
no_interrupts:
    .word 0
    .quad 0
    .word 0
next_index:
    .long 1
gate:
    .long 0
root:
    .long 0
vector_control:
    .long 0x1f80                        // MXCSR: all exceptions masked, round to nearest
enter:
    .long AT(enter_boot_core)
entry:
    .quad 0
stack_size:
    .quad 0

.globl handoff_end
handoff_end:
