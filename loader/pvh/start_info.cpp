#include "loader/pvh/start_info.h"

#include "loader/physical.h"

namespace pith::loader::pvh {

namespace {

struct RawStartInfo {
    u32 magic;
    u32 version;
    u32 flags;
    u32 module_count;
    u64 modules;
    u64 command_line;
    u64 rsdp;
    u64 map; ///< from version 1
    u32 map_count;
    u32 reserved;
};
static_assert(sizeof(RawStartInfo) == 56);

struct RawModule {
    u64 address;
    u64 size;
    u64 command_line;
    u64 reserved;
};

struct RawPiece {
    u64 address;
    u64 size;
    u32 type;
    u32 reserved;
};

constexpr u32 magic = 0x336e'c578;
/// Memory is mapped up to here.
constexpr u64 reachable = u64{1} << 32;

/// The types are those of the BIOS memory map (ACPI 6.5, 15.1).
Use use_of(u32 type) {
    switch (type) {
    case 1: return Use::free;
    case 3:
    case 4: return Use::acpi;
    default: return Use::used;
    }
}

Outcome<> read_map(const RawStartInfo& raw, StartInfo& info) {
    if (raw.version < 1 || raw.map_count == 0) return give_up("the monitor gives no memory map");
    if (raw.map_count > StartInfo::max_pieces) return give_up("the monitor's memory map is too long");
    for (u32 i = 0; i < raw.map_count; ++i) {
        const auto piece = read_physical<RawPiece>(PhysAddr{raw.map + u64{i} * sizeof(RawPiece)});
        const auto end = checked_add(piece.address, piece.size);
        info.memory[info.memory_count++] = {piece.address, end.value_or(MemoryMap::limit),
                                            use_of(piece.type)};
    }
    return {};
}

void read_command_line(const RawStartInfo& raw, StartInfo& info) {
    if (raw.command_line == 0) return;
    for (const std::byte b : physical_bytes({raw.command_line}, info.command_line.size())) {
        const char c = std::to_integer<char>(b);
        if (c == '\0') return;
        info.command_line[info.command_line_size++] = c;
    }
}

Outcome<> read_initrd(const RawStartInfo& raw, StartInfo& info) {
    if (raw.module_count == 0) return {};
    const auto module = read_physical<RawModule>({raw.modules});
    if (!within(module.address, module.size, reachable)) return give_up("the initrd lies above 4 GiB");
    info.initrd = physical_bytes({module.address}, module.size);
    return {};
}

} // namespace

Outcome<StartInfo> StartInfo::read(PhysAddr at) {
    StartInfo info;
    const auto raw = read_physical<RawStartInfo>(at);
    if (raw.magic != magic) return give_up("not started by the PVH protocol");
    TRY(read_map(raw, info));
    TRY(read_initrd(raw, info));
    read_command_line(raw, info);
    info.rsdp = {raw.rsdp};
    return info;
}

} // namespace pith::loader::pvh
