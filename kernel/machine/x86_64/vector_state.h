#pragma once

#include "kernel/machine/x86_64/features.h"

#include <array>
#include <cstddef>

/// x87, SSE and AVX registers, whole and at once (SDM vol. 1, chapter 13; without XSAVE: 10.5).
namespace pith::kernel::vectors {

/// The state after reset with all exceptions masked, in the form that both XRSTOR (whose header asks for the
/// initial state of every component) and FXRSTOR take.
struct alignas(64) Image {
    u16 control = 0x037f;
    std::array<u8, 22> x87{};
    u32 mxcsr = 0x1f80;
    u32 mxcsr_mask = 0;
    std::array<u8, 1024 - 32> rest{};
};
inline constexpr Image initial;

/// XSAVE writes the legacy region, the components that the kernel enables, and the first word of the header;
/// XRSTOR faults where the others are not 0 (SDM vol. 1, 13.4.2, 13.7, 13.8). FXSAVE writes all that FXRSTOR
/// reads.
inline void prepare(std::byte* area) {
    constexpr u64 header = 512, header_size = 64;
    auto* words = reinterpret_cast<u64*>(area + header);
    for (u64 i = 0; i < header_size / sizeof(u64); ++i)
        words[i] = 0;
}

inline void save(std::byte* area, const Features& features) {
    const u32 low = static_cast<u32>(features.vector_components);
    if (features.xsave)
        asm volatile("xsave64 (%0)" ::"r"(area), "a"(low), "d"(0) : "memory");
    else
        asm volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

/// All components that the kernel enables: see load_initial_by_xrstor.
inline void save_by_xsave(std::byte* area) {
    asm volatile("xsave64 (%0)" ::"r"(area), "a"(~u32{0}) : "memory");
}

inline void load(const void* area, const Features& features) {
    const u32 low = static_cast<u32>(features.vector_components);
    if (features.xsave)
        asm volatile("xrstor64 (%0)" ::"r"(area), "a"(low), "d"(0) : "memory");
    else
        asm volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

/// Components that the image's header does not mention get their initial state: all that are asked for.
inline void load_initial_by_xrstor() {
    // Which components: eax says all that the kernel enables; edx, whatever it holds, names none of them.
    asm volatile("xrstor64 %0" ::"m"(initial), "a"(~u32{0}));
}
inline void load_initial(const Features& features) { load(&initial, features); }

} // namespace pith::kernel::vectors
