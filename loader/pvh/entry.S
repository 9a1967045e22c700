// Where a virtual machine monitor enters a PVH guest: 32-bit flat protected mode, no paging, interrupts off,
// ebx = the start information. Goes to 64-bit mode with the first 4 GiB mapped one to one.

.section .note.pvh, "a", @note
.balign 4
    .long 4                             // the name's length
    .long 8                             // the value's length
    .long 18                            // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad pvh_entry

.section .text.entry, "ax"
.code32
.globl pvh_entry
pvh_entry:
    cli
    cld
    movl $boot_stack_top, %esp
    movl %ebx, %ebp

    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    btl $29, %edx                       // long mode
    jnc no_long_mode

    // One directory pointer page, four directories of 2 MiB pages: 2048 entries in a row.
    movl $boot_directories, %edi
    movl $0x83, %eax                    // present, writable, large
    xorl %edx, %edx
    movl $2048, %ecx
1:  movl %eax, (%edi)
    movl %edx, 4(%edi)
    addl $0x200000, %eax
    addl $8, %edi
    decl %ecx
    jnz 1b
    movl $boot_pointers, %edi
    movl $(boot_directories + 3), %eax
    movl $4, %ecx
1:  movl %eax, (%edi)
    addl $4096, %eax
    addl $8, %edi
    decl %ecx
    jnz 1b
    movl $(boot_pointers + 3), boot_root

    movl $0x620, %eax                   // PAE, OSFXSR, OSXMMEXCPT
    movl %eax, %cr4
    movl $boot_root, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx              // EFER
    rdmsr
    orl $0x100, %eax                    // LME
    wrmsr
    movl $0x80000033, %eax              // PG, NE, ET, MP, PE
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmpl $0x08, $long_mode

no_long_mode:
    movl $no_long_mode_text, %esi
    movl $0x3f8, %edx
1:  lodsb
    testb %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  cli
    hlt
    jmp 2b

.code64
long_mode:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl $boot_stack_top, %esp
    movl %ebp, %edi
    xorl %ebp, %ebp
    call pvh_main
    ud2

.section .rodata
no_long_mode_text:
    .asciz "pith-loader: this processor has no 64-bit mode\r\n"
.balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff            // 0x08: 64-bit code
    .quad 0x00cf93000000ffff            // 0x10: data
boot_gdt_pointer:
    .word 23
    .quad boot_gdt

.bss
.balign 4096
boot_root:
    .skip 4096
boot_pointers:
    .skip 4096
boot_directories:
    .skip 4 * 4096
    .skip 96 * 1024
boot_stack_top:
