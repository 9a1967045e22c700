#pragma once

#include "base/types.h"

/// The few processor instructions that the loader needs and C++ does not have.
namespace pith::loader {

inline void write_port(u16 port, u8 value) { asm volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
inline void write_port16(u16 port, u16 value) { asm volatile("outw %0, %1" ::"a"(value), "Nd"(port)); }
inline void write_port32(u16 port, u32 value) { asm volatile("outl %0, %1" ::"a"(value), "Nd"(port)); }

[[nodiscard]] inline u8 read_port(u16 port) {
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
[[nodiscard]] inline u16 read_port16(u16 port) {
    u16 value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
[[nodiscard]] inline u32 read_port32(u16 port) {
    u32 value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

struct CpuId {
    u32 eax, ebx, ecx, edx;
};
[[nodiscard]] inline CpuId cpuid(u32 leaf) {
    CpuId id{};
    asm volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(0));
    return id;
}

[[nodiscard]] inline u64 read_msr(u32 msr) {
    u32 low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return u64{high} << 32 | low;
}

[[nodiscard]] inline u64 read_cr4() {
    u64 value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

inline void disable_interrupts() { asm volatile("cli" ::: "memory"); }
inline void pause() { asm volatile("pause" ::: "memory"); }

[[noreturn]] inline void halt() {
    for (;;)
        asm volatile("cli; hlt");
}

} // namespace pith::loader
