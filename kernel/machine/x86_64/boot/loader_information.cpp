#include "kernel/machine/x86_64/boot/loader_information.h"

#include "base/panic.h"
#include "kernel/machine/x86_64/boot/start.h"

#include <algorithm>
#include <cstring>

namespace pith::kernel {

using bootboot::MapEntry;
using bootboot::MemoryKind;

LoaderInformation::LoaderInformation() {
    std::memcpy(&information_, reinterpret_cast<const void*>(bootboot::default_information.raw), page_size);
    std::memcpy(text_.data(), reinterpret_cast<const void*>(bootboot::default_environment.raw), page_size);
    require(std::string_view{information_.magic.data(), 4} == "BOOT",
            "this was not started by a BOOTBOOT loader");
}

RangeSet LoaderInformation::free_memory(const LoaderTables& tables) const {
    RangeSet memory;
    const auto map = std::span{information_.map}.first(information_.map_entries());
    for (const MapEntry& entry : map)
        if (entry.kind() == MemoryKind::free) memory.add(entry.base, entry.size());
    for (const MapEntry& entry : map)
        if (entry.kind() != MemoryKind::free) memory.remove(entry.base, entry.size());
    // The first MiB: page 0, the firmware's data, and where application cores started.
    memory.remove({0}, 0x100000);
    memory.remove(information_.initrd, information_.initrd_size);
    if (information_.framebuffer_scanline != 0)
        memory.remove(information_.framebuffer,
                      u64{information_.framebuffer_height} * information_.framebuffer_scanline);
    // Our own image and the loader's pages lie in holes of a correct map; it costs little not to rely on it.
    const auto remove_page = [&](VirtAddr page) {
        if (const auto frame = tables.translate(page)) memory.remove(*frame, page_size);
    };
    remove_page(bootboot::default_information);
    remove_page(bootboot::default_environment);
    for (const std::byte* page = image_start; page < image_end; page += page_size)
        remove_page({reinterpret_cast<u64>(page)});
    return memory;
}

bool LoaderInformation::has_free(PhysAddr base, u64 size) const {
    const u64 first = align_down(base.raw, page_size), end = align_up(base.raw + size, page_size);
    return std::ranges::any_of(
        std::span{information_.map}.first(information_.map_entries()), [&](const MapEntry& entry) {
            const u64 last = std::min(entry.base.raw + entry.size(), RangeSet::limit);
            return entry.kind() == MemoryKind::free && entry.base.raw < end && first < last;
        });
}

std::array<PhysAddr, 2> LoaderInformation::memory_ends() const {
    constexpr u64 four_gib = u64{1} << 32;
    PhysAddr low{information_.initrd.raw + information_.initrd_size}, high{};
    for (const MapEntry& entry : std::span{information_.map}.first(information_.map_entries())) {
        if (entry.kind() != MemoryKind::free && entry.kind() != MemoryKind::acpi) continue;
        const PhysAddr end{std::min(entry.base.raw + entry.size(), RangeSet::limit)};
        if (end.raw <= four_gib)
            low = std::max(low, end);
        else
            high = std::max(high, end);
    }
    return {low, high};
}

} // namespace pith::kernel
