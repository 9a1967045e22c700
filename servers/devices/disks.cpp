#include "servers/devices/disks.h"

#include <algorithm>
#include <tuple>

namespace pith::os::devices {
namespace {

bool is_efi(const Disks::Disk& disk) {
    constexpr std::array<u64, 2> gpt{0x11d2'f81f'c12a'7328, 0x3bc9'3ec9'a000'4bba}, mbr{0xef, 0};
    return disk.found.partition != 0 && (disk.found.type == gpt || disk.found.type == mbr);
}

auto order(const Disks::Disk& disk) { return std::tuple{disk.driver, disk.found.unit, disk.found.partition}; }

} // namespace

void Disks::forget_all_of(u64 driver) {
    std::erase_if(disks_, [=](const Disk& disk) { return disk.driver == driver; });
}

void Disks::add(u64 driver, const proto::devices::DiskFound& found) {
    const Disk disk{driver, found};
    std::erase_if(disks_, [&](const Disk& other) { return order(other) == order(disk); });
    disks_.insert(std::ranges::upper_bound(disks_, order(disk), {}, order), disk);
}

Text<32> Disks::name_of(const Disk& disk) const {
    const auto is_before = [&](const Disk& other) {
        return other.found.partition == 0 &&
               std::tuple{other.driver, other.found.unit} < std::tuple{disk.driver, disk.found.unit};
    };
    Text<32> name;
    name.format("disk{}", std::ranges::count_if(disks_, is_before));
    if (disk.found.partition != 0) name.format("p{}", disk.found.partition);
    return name;
}

const Disks::Disk* Disks::find(std::string_view name) const {
    const auto has_partitions = [&](const Disk& disk) {
        return std::ranges::any_of(disks_, [&](const Disk& other) {
            return other.driver == disk.driver && other.found.unit == disk.found.unit &&
                   other.found.partition != 0;
        });
    };
    const auto found = std::ranges::find_if(disks_, [&](const Disk& disk) {
        if (name == "@efi") return is_efi(disk);
        if (name == "@data") return disk.found.partition == 0 ? !has_partitions(disk) : !is_efi(disk);
        const bool own = disk.found.partition != 0 && disk.found.bytes.view() == name;
        return own || name_of(disk).view() == name;
    });
    return found == disks_.end() ? nullptr : &*found;
}

} // namespace pith::os::devices
