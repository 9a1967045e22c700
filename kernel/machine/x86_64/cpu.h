#pragma once

#include "base/types.h"

/// The processor's instructions that C++ has no words for. Nothing here decides anything.
namespace pith::kernel::cpu {

struct Cpuid {
    u32 eax, ebx, ecx, edx;
};
[[nodiscard]] inline Cpuid cpuid(u32 leaf, u32 subleaf = 0) {
    Cpuid r{};
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

/// Model-specific registers (SDM vol. 4; AMD APM vol. 2, appendix A).
enum class Msr : u32 {
    apic_base = 0x1b,
    pat = 0x277,
    efer = 0xc000'0080,
    star = 0xc000'0081,
    lstar = 0xc000'0082,
    cstar = 0xc000'0083,
    fmask = 0xc000'0084,
    fs_base = 0xc000'0100,
    gs_base = 0xc000'0101,
    kernel_gs_base = 0xc000'0102,
};
[[nodiscard]] inline u64 read_msr(Msr msr) {
    u32 low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return u64{high} << 32 | low;
}
inline void write_msr(Msr msr, u64 value) {
    asm volatile("wrmsr" ::"c"(msr), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32))
                 : "memory");
}

inline void write_back_caches() { asm volatile("wbinvd" ::: "memory"); }

inline void out8(u16 port, u8 value) { asm volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
inline void out16(u16 port, u16 value) { asm volatile("outw %0, %1" ::"a"(value), "Nd"(port)); }
inline void out32(u16 port, u32 value) { asm volatile("outl %0, %1" ::"a"(value), "Nd"(port)); }
[[nodiscard]] inline u8 in8(u16 port) {
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
[[nodiscard]] inline u16 in16(u16 port) {
    u16 value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
[[nodiscard]] inline u32 in32(u16 port) {
    u32 value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

[[nodiscard]] inline u64 read_cr0() {
    u64 v;
    asm volatile("mov %%cr0, %0" : "=r"(v));
    return v;
}
[[nodiscard]] inline u64 read_cr2() {
    u64 v;
    asm volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}
[[nodiscard]] inline u64 read_cr3() {
    u64 v;
    asm volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}
[[nodiscard]] inline u64 read_cr4() {
    u64 v;
    asm volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}
inline void write_cr0(u64 v) { asm volatile("mov %0, %%cr0" ::"r"(v) : "memory"); }
inline void write_cr3(u64 v) { asm volatile("mov %0, %%cr3" ::"r"(v) : "memory"); }
inline void write_cr4(u64 v) { asm volatile("mov %0, %%cr4" ::"r"(v) : "memory"); }
inline void write_xcr0(u64 v) {
    asm volatile("xsetbv" ::"c"(0), "a"(static_cast<u32>(v)), "d"(static_cast<u32>(v >> 32)));
}
/// The data segment registers, all of them in one number: 0 if none holds anything.
[[nodiscard]] inline u32 data_selectors() {
    u32 all, one;
    asm volatile("movl %%ds, %0\n movl %%es, %1\n orl %1, %0\n"
                 "movl %%fs, %1\n orl %1, %0\n movl %%gs, %1\n orl %1, %0"
                 : "=&r"(all), "=&r"(one));
    return all;
}
/// Whether the bases of FS and GS are kept or become 0 is the processor's choice (AMD APM vol. 2, 4.5.3).
inline void clear_data_selectors() {
    asm volatile("movl %0, %%ds\n movl %0, %%es\n movl %0, %%fs\n movl %0, %%gs" ::"r"(0));
}
inline void invalidate_page(u64 address) { asm volatile("invlpg (%0)" ::"r"(address) : "memory"); }
inline void clear_debug_registers() { asm volatile("mov %0, %%db7\n mov %0, %%db6" ::"r"(u64{0})); }

/// SDM vol. 3, 18.17: not ordered with what surrounds it, which a clock does not need.
[[nodiscard]] inline u64 read_tsc() {
    u64 low, high; // the upper halves become 0
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}
inline void pause() { asm volatile("pause" ::: "memory"); }
[[noreturn]] inline void halt_for_ever() {
    for (;;)
        asm volatile("cli\n hlt");
}

/// A register of a device in memory.
[[nodiscard]] inline u32 read32(const volatile u32* at) { return *at; }
inline void write32(volatile u32* at, u32 value) { *at = value; }

} // namespace pith::kernel::cpu
