#pragma once

#include "base/address.h"

#include <array>

/// The BOOTBOOT protocol's structures and addresses, for the loader and for the kernel. docs/boot.md tells
/// what each field may hold.
namespace pith::bootboot {

enum class MemoryKind : u8 { used = 0, free = 1, acpi = 2, mmio = 3 };

/// The kind is in the low four bits of the size, which loses them.
struct MapEntry {
    PhysAddr base;
    u64 size_and_kind;
    [[nodiscard]] constexpr u64 size() const { return size_and_kind & ~u64{15}; }
    /// Kinds that the protocol does not name count as used.
    [[nodiscard]] constexpr MemoryKind kind() const {
        const u64 kind = size_and_kind & 15;
        return kind <= 3 ? static_cast<MemoryKind>(kind) : MemoryKind::used;
    }
};

/// A pixel as a 32-bit word, named from the top byte down.
enum class PixelFormat : u8 { argb = 0, rgba = 1, abgr = 2, bgra = 3 };

inline constexpr u32 header_size = 128;
inline constexpr u32 max_map_entries = (page_size - header_size) / sizeof(MapEntry);

struct Information {
    std::array<char, 4> magic; ///< "BOOT"
    u32 size;                  ///< header and map, bytes
    u8 protocol;               ///< bits 0-1 level, bits 2-6 loader
    PixelFormat framebuffer_format;
    u16 core_count;
    u16 boot_core_id;            ///< local APIC id
    i16 timezone;                ///< minutes
    std::array<u8, 8> date_time; ///< BCD: century, year, month, day, hour, minute, second, hundredths
    PhysAddr initrd;
    u64 initrd_size; ///< rounded up by some loaders: the archive's own end mark decides
    PhysAddr framebuffer;
    u32 framebuffer_size;
    u32 framebuffer_width;
    u32 framebuffer_height;
    u32 framebuffer_scanline; ///< bytes a line; 0: there is no framebuffer
    u64 acpi;                 ///< RSDT or XSDT (check the signature)
    u64 smbios;
    u64 efi;
    u64 mp; ///< never to be relied on
    std::array<u64, 4> unused;
    std::array<MapEntry, max_map_entries> map;

    /// How many entries `size` promises, bounded by the page.
    [[nodiscard]] constexpr u32 map_entries() const {
        if (size < header_size) return 0;
        const u32 count = (size - header_size) / static_cast<u32>(sizeof(MapEntry));
        return count < max_map_entries ? count : max_map_entries;
    }
};
static_assert(sizeof(Information) == page_size);
static_assert(offsetof(Information, initrd) == 0x18 && offsetof(Information, framebuffer) == 0x28);
static_assert(offsetof(Information, acpi) == 0x40 && offsetof(Information, map) == 0x80);

/// Where a level 1 loader puts things, and a level 2 loader where no symbol says otherwise.
inline constexpr VirtAddr default_mmio{0xffff'ffff'f800'0000};
inline constexpr VirtAddr default_framebuffer{0xffff'ffff'fc00'0000};
inline constexpr VirtAddr default_information{0xffff'ffff'ffe0'0000};
inline constexpr VirtAddr default_environment{0xffff'ffff'ffe0'1000};
inline constexpr VirtAddr default_kernel{0xffff'ffff'ffe0'2000};
inline constexpr u32 default_stack_size = 1024;

} // namespace pith::bootboot
