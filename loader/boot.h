#pragma once

#include "loader/acpi.h"
#include "loader/memory_map.h"
#include "loader/plan.h"

namespace pith::loader {

/// What the first step knows about the machine once nobody else runs on it.
struct Machine {
    /// Bits 2-6 of the information page's `protocol`.
    enum class Firmware : u8 { none = 0, uefi = 1 };

    struct Framebuffer {
        PhysAddr start{};
        u32 size = 0;
        ScreenSize screen{};
        u32 scanline = 0; ///< 0: there is none
        bootboot::PixelFormat format = bootboot::PixelFormat::argb;
    };

    Firmware firmware;
    MemoryMap memory{};
    std::optional<Acpi> acpi{};
    Framebuffer framebuffer{};
    std::array<u8, 8> date_time{}; ///< as the protocol has it
    i16 timezone = 0;
    u64 smbios = 0;
    u64 efi = 0;
};

/// Makes everything the kernel is promised, starts all cores and enters the kernel; returns only if it
/// cannot.
[[nodiscard]] Failure boot(const Plan& plan, Machine& machine);

} // namespace pith::loader
