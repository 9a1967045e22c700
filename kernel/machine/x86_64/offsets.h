#pragma once

// Numbers that the assembly shares with the C++ structures; core_local.h checks each of them.

#define CORE_SELF 0
#define CORE_STACK_TOP 8
#define CORE_CORE 16
#define CORE_KERNEL 24
#define CORE_SCRATCH 32
#define CORE_REGISTERS_END 48 /* = TSS.RSP0: the end of the current context's registers */

#define REG_R15 0
#define REG_R14 8
#define REG_R13 16
#define REG_R12 24
#define REG_RBP 32
#define REG_RBX 40
#define REG_R11 48
#define REG_R10 56
#define REG_R9 64
#define REG_R8 72
#define REG_RSI 80
#define REG_RDI 88
#define REG_RDX 96
#define REG_RCX 104
#define REG_RAX 112
#define REG_VECTOR 120
#define REG_ERROR 128
#define REG_RIP 136
#define REG_CS 144
#define REG_RFLAGS 152
#define REG_RSP 160
#define REG_SS 168
#define REG_SIZE 176

#define CONTEXT_INTERRUPTED 208

#define KERNEL_CS 0x08
#define KERNEL_SS 0x10
#define USER_SS 0x1b
#define USER_CS 0x23
#define TSS_SELECTOR 0x28

// boot/start.h
#define START_COUNT 0
#define START_CLOSED 4
#define START_ROOT 8
#define START_ARRIVED 16
#define START_CORES 272
