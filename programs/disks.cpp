// disks: shows the disks and their partitions.
#include "proto/devices.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

namespace devices = proto::devices;

std::string name_of_type(const devices::DiskReply& disk) {
    // As they lie on the disk: the first three fields little-endian, the rest as they are read.
    struct Known {
        std::array<u64, 2> type;
        std::string_view name;
    };
    constexpr std::array<Known, 4> known{{{{0x11d2'f81f'c12a'7328, 0x3bc9'3ec9'a000'4bba}, "EFI system"},
                                          {{0x4772'8483'0fc6'3daf, 0xe47d'47d8'693d'798e}, "Linux"},
                                          {{0x4f13'2eb4'933a'c7e1, 0x15f9'aee2'140e'44b8}, "Linux home"},
                                          {{0x4433'b9e5'ebd0'a0a2, 0xc799'26b7'b668'c087}, "basic data"}}};
    if (disk.partition == 0) return "disk";
    for (const Known& one : known)
        if (one.type == disk.type) return std::string{one.name};
    Text<40> text;
    if (disk.type[1] == 0 && disk.type[0] < 256)
        text.format("MBR type 0x{:02x}", disk.type[0]);
    else
        text.format("GPT {:016x}{:016x}", disk.type[0], disk.type[1]);
    return std::string{text.view()};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto disks = TRY(proto::Utility::open(start, "", "disks", 0, 0));
    if (!disks) return proto::status_misuse;
    const auto server = start.take<devices::Client>("devices");
    if (!server) {
        disks->complain("devices", Error::denied);
        return 1;
    }
    proto::Output output{disks->program.output()};
    output.write("NAME            SIZE  FIRST SECTOR     SECTORS   BYTES TYPE\n");
    for (u64 index = 0;; ++index) {
        const auto disk = server->call(devices::Disk{index});
        if (!disk && disk.error() == Error::not_found) return 0;
        if (!disk) {
            disks->complain("devices", disk.error());
            return 1;
        }
        const std::string_view words = disk->bytes.view();
        const std::string_view name = words.substr(0, words.find(' '));
        const std::string_view own = words.substr(std::min(name.size() + 1, words.size()));
        output.print("{:<10} {:>6} KiB {:>12} {:>12} {:>6} {}", name,
                     disk->sector_count * disk->sector_size / 1024, disk->first_sector, disk->sector_count,
                     disk->sector_size, name_of_type(*disk));
        if (!own.empty()) output.print(" \"{}\"", own);
        if ((disk->flags & proto::block::InfoReply::read_only) != 0) output.write(", read-only");
        output.write("\n");
    }
}
