#pragma once

#include "base/types.h"

#include <array>
#include <cstddef>

/// The parts of the firmware's interface that the loader uses (UEFI 2.10; the chapter beside each). Members
/// that it does not use are there for their place only.
namespace pith::loader::uefi {

using Handle = void*;
enum class Status : u64 { success = 0 };
using Unused = void*;

struct Guid {
    u32 a;
    u16 b, c;
    std::array<u8, 8> d;
    friend bool operator==(const Guid&, const Guid&) = default;
};

/// 4.2
struct TableHeader {
    u64 signature;
    u32 revision, size, checksum, reserved;
};

/// 12.4
struct TextOutput {
    Unused reset;
    Status (*output_string)(TextOutput*, const char16_t*);
};

/// 8.3
struct Time {
    u16 year;
    u8 month, day, hour, minute, second, unused;
    u32 nanosecond;
    i16 zone; ///< minutes; local time is UTC - zone
    u8 daylight, unused2;
    static constexpr i16 zone_unknown = 0x7ff;
};

struct RuntimeServices {
    TableHeader header;
    Status (*get_time)(Time*, void* capabilities);
};

/// 7.2
enum class MemoryType : u32 {
    reserved,
    loader_code,
    loader_data,
    boot_code,
    boot_data,
    runtime_code,
    runtime_data,
    conventional,
    unusable,
    acpi_tables,
    acpi_storage,
    mmio,
    mmio_ports,
};
struct MemoryDescriptor {
    MemoryType type;
    u64 start;
    u64 virtual_start;
    u64 page_count;
    u64 attributes;
};
enum class AllocateType : u32 { any_pages = 0, below_address = 1 };

/// 4.4
struct BootServices {
    TableHeader header;
    Unused raise_level, restore_level;
    Status (*allocate_pages)(AllocateType, MemoryType, u64 count, u64* address);
    Unused free_pages;
    Status (*get_memory_map)(u64* size, void* map, u64* key, u64* descriptor_size, u32* version);
    Unused allocate_pool, free_pool;
    std::array<Unused, 6> events;
    std::array<Unused, 3> install_protocols;
    Status (*handle_protocol)(Handle, const Guid*, void** protocol);
    Unused reserved, register_notify, locate_handle, locate_device_path, install_table;
    Unused load_image, start_image, exit, unload_image;
    Status (*exit_boot_services)(Handle image, u64 key);
    Unused monotonic_count, stall;
    Status (*set_watchdog_timer)(u64 seconds, u64 code, u64 size, const char16_t* data);
    Unused connect, disconnect, open_protocol, close_protocol, open_information, protocols_of, locate_handles;
    Status (*locate_protocol)(const Guid*, void* registration, void** protocol);
};
static_assert(offsetof(BootServices, exit_boot_services) == 24 + 8 * 26);
static_assert(offsetof(BootServices, locate_protocol) == 24 + 8 * 37);

/// 4.6
struct ConfigurationTable {
    Guid kind;
    u64 address;
};

/// 4.3
struct SystemTable {
    TableHeader header;
    const char16_t* vendor;
    u32 revision;
    Handle input_handle;
    Unused input;
    Handle output_handle;
    TextOutput* output;
    Handle error_handle;
    TextOutput* error_output;
    RuntimeServices* runtime;
    BootServices* boot;
    u64 table_count;
    const ConfigurationTable* tables;
};
static_assert(offsetof(SystemTable, boot) == 96);

/// 9.1
struct LoadedImage {
    static constexpr Guid guid{0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
    u32 revision;
    Handle parent;
    SystemTable* system;
    Handle device;
    Unused path, reserved;
    u32 options_size;
    const char16_t* options;
};

/// 13.5
struct File {
    u64 revision;
    Status (*open)(File*, File** opened, const char16_t* name, u64 mode, u64 attributes);
    Status (*close)(File*);
    Unused remove;
    Status (*read)(File*, u64* size, void* to);
    Unused write;
    Status (*get_position)(File*, u64* position);
    Status (*set_position)(File*, u64 position);
    static constexpr u64 mode_read = 1;
    static constexpr u64 position_end = ~u64{0};
};

/// 13.4
struct FileSystem {
    static constexpr Guid guid{0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
    u64 revision;
    Status (*open_volume)(FileSystem*, File** root);
};

/// 12.9
struct GraphicsOutput {
    static constexpr Guid guid{0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}};
    enum class Pixel : u32 { red_first = 0, blue_first = 1 };
    struct Information {
        u32 version, width, height;
        Pixel format;
        std::array<u32, 4> masks;
        u32 pixels_a_line;
    };
    struct Mode {
        u32 count, current;
        const Information* information;
        u64 information_size;
        u64 start;
        u64 size;
    };
    Status (*query_mode)(GraphicsOutput*, u32 mode, u64* size, const Information** information);
    Status (*set_mode)(GraphicsOutput*, u32 mode);
    Unused block_transfer;
    const Mode* mode;
};

} // namespace pith::loader::uefi
