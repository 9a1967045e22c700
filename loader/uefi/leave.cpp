#include "loader/uefi/leave.h"

#include "loader/physical.h"
#include "loader/processor.h"

namespace pith::loader::uefi {

namespace {

/// Room for some 1300 descriptors.
constexpr PageCount map_room = pages(16);

Use use_of(MemoryType type) {
    switch (type) {
    case MemoryType::conventional: return Use::free;
    case MemoryType::boot_code:
    case MemoryType::boot_data: return Use::later;
    case MemoryType::loader_code:
    case MemoryType::loader_data: return Use::taken; // our image, our files
    case MemoryType::acpi_tables:
    case MemoryType::acpi_storage: return Use::acpi;
    case MemoryType::mmio:
    case MemoryType::mmio_ports: return Use::mmio;
    case MemoryType::reserved:
    case MemoryType::runtime_code:
    case MemoryType::runtime_data:
    case MemoryType::unusable: return Use::used;
    }
    return Use::used; // types of later firmware
}

struct RawMap {
    PhysAddr start;
    u64 size = 0;
    u64 key = 0;
    u64 descriptor_size = 0;
};

Outcome<RawMap> read_raw_map(const BootServices& boot, PhysAddr room) {
    RawMap map{.start = room, .size = map_room.bytes()};
    u32 version = 0;
    if (boot.get_memory_map(&map.size, physical_pointer(room), &map.key, &map.descriptor_size, &version) !=
            Status::success ||
        map.descriptor_size < sizeof(MemoryDescriptor))
        return give_up("the firmware gives no memory map");
    return map;
}

Outcome<MemoryMap> convert(const RawMap& raw) {
    std::array<Piece, MemoryMap::capacity> pieces;
    u32 count = 0;
    for (u64 at = 0; at + raw.descriptor_size <= raw.size; at += raw.descriptor_size) {
        const auto descriptor = read_physical<MemoryDescriptor>(raw.start + at);
        if (count == pieces.size()) return give_up("the firmware's memory map is too long");
        const auto size = checked_multiply(descriptor.page_count, page_size);
        const auto end = checked_add(descriptor.start, size.value_or(0));
        pieces[count++] = {descriptor.start, size && end ? *end : MemoryMap::limit, use_of(descriptor.type)};
    }
    return MemoryMap::from_firmware(std::span{pieces}.first(count));
}

} // namespace

Outcome<MemoryMap> leave_firmware(Handle image, const BootServices& boot) {
    u64 room = 0;
    if (boot.allocate_pages(AllocateType::any_pages, MemoryType::boot_data, map_room.raw, &room) !=
        Status::success)
        return give_up("not enough memory");
    // The map may change between the two calls, as events run (UEFI 2.10, 7.4.6).
    for (u32 tries = 0; tries < 8; ++tries) {
        const RawMap raw = TRY(read_raw_map(boot, {room}));
        if (boot.exit_boot_services(image, raw.key) != Status::success) continue;
        disable_interrupts();
        return convert(raw);
    }
    return give_up("the firmware does not let go of the machine");
}

} // namespace pith::loader::uefi
