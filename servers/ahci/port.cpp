#include "servers/ahci/port.h"

#include "os/time.h"

#include <algorithm>
#include <bit>

namespace pith::os::ahci {
namespace {

/// ATA8-ACS.
constexpr u8 read_dma = 0x25, write_dma = 0x35, write_dma_forced = 0x3d, flush_cache = 0xea,
             identify_device = 0xec;
constexpr u32 disk_signature = 0x101;

/// A command's place in the list (AHCI 1.3.1, 4.2.2).
struct Header {
    u32 flags; ///< bits 0 to 4: words of the command; 6: it writes; 16 and up: pieces
    u32 done;
    u64 table;
};
/// Register FIS from host to device (Serial ATA 3.0, 10.3.4).
struct CommandFis {
    u8 kind = 0x27;
    u8 is_command = 0x80;
    u8 command = 0;
    u8 features = 0;
    std::array<u8, 3> sector_low{};
    u8 device = 0x40; ///< by sector number
    std::array<u8, 3> sector_high{};
    u8 features_high = 0;
    u16 sectors = 0;
    u8 completion = 0;
    u8 control = 0;
    u32 reserved = 0;
};
static_assert(sizeof(CommandFis) == 20);
/// A piece of memory (4.2.3.3).
struct PieceEntry {
    u64 address;
    u32 reserved;
    u32 last; ///< byte of it
};
constexpr u64 header_bytes = 32, pieces_at = 0x80;

u8 command_of(const block::Access& access) {
    switch (access.operation) {
    case block::Operation::read: return read_dma;
    case block::Operation::write: return access.force ? write_dma_forced : write_dma;
    case block::Operation::flush: return flush_cache;
    }
    return flush_cache;
}

} // namespace

Result<> Port::wait_until(const auto& condition, u64 most_milliseconds) const {
    for (u64 waited = 0; !condition(); ++waited) {
        if (waited == most_milliseconds) return fail(Error::timed_out);
        TRY(sleep(milliseconds(1)));
    }
    return {};
}

Result<Port> Port::open(Registers registers, const DmaDomain& domain, u32 slots) {
    constexpr u32 link_up = 3;
    registers.write<Command>(registers.read<Command>() | spin_up);
    if ((registers.read<Link>() & 15) != link_up) return fail(Error::not_found);
    Port port{registers, TRY(DmaBuffer::create(domain, memory_size)), std::min(slots, most_slots)};
    TRY(port.stop());
    registers.write<ListLow>(static_cast<u32>(port.memory_.address()));
    registers.write<ListHigh>(static_cast<u32>(port.memory_.address() >> 32));
    registers.write<ReceivedLow>(static_cast<u32>(port.memory_.address(received_at)));
    registers.write<ReceivedHigh>(static_cast<u32>(port.memory_.address(received_at) >> 32));
    TRY(port.begin());
    if (registers.read<Signature>() != disk_signature) {
        TRY(port.stop());
        return fail(Error::not_found);
    }
    TRY(port.identify());
    registers.write<Causes>(~u32{0});
    registers.write<CauseEnable>(wanted_causes);
    return port;
}

Result<> Port::stop() {
    registers_.write<Command>(registers_.read<Command>() & ~run);
    TRY(wait_until([&] { return (registers_.read<Command>() & running) == 0; }, 500));
    registers_.write<Command>(registers_.read<Command>() & ~receive);
    return wait_until([&] { return (registers_.read<Command>() & receiving) == 0; }, 500);
}

Result<> Port::begin() {
    constexpr u32 busy = 0x80, wants_data = 0x08;
    registers_.write<LinkErrors>(~u32{0});
    registers_.write<Command>(registers_.read<Command>() | receive);
    // A disk that was just switched on has to come up to speed.
    TRY(wait_until([&] { return (registers_.read<TaskFile>() & (busy | wants_data)) == 0; }, 10'000));
    registers_.write<Command>(registers_.read<Command>() | run);
    return {};
}

Result<> Port::identify() {
    // What the disk sends goes where the first command's own table ends: nothing else is there yet.
    const u64 buffer = tables_at + table_bytes;
    const std::array<block::Piece, 1> pieces{{{memory_.address(buffer), 512}}};
    fill_slot(0, identify_device, 0, 0, false, pieces);
    registers_.write<Issue>(1);
    TRY(wait_until([&] { return (registers_.read<Issue>() & 1) == 0; }, 10'000));
    const DiskIdentity identity = TRY(DiskIdentity::parse(memory_.bytes().subspan(buffer, 512)));
    constexpr u32 most_bytes = 4 << 20;
    disk_ = {.sector_size = identity.sector_size,
             .sector_count = identity.sector_count,
             .is_read_only = false,
             .has_write_cache = identity.has_write_cache,
             .forces = identity.forces,
             .most_pieces = most_pieces,
             .most_sectors = most_bytes / static_cast<u32>(identity.sector_size)};
    return {};
}

void Port::fill_slot(u32 slot, u8 command, u64 sector, u32 sectors, bool writes,
                     std::span<const block::Piece> pieces) {
    const auto put = [&](u64 at, const auto& value) {
        std::memcpy(memory_.bytes().data() + at, &value, sizeof value);
    };
    const u64 table = tables_at + slot * table_bytes;
    CommandFis fis;
    fis.command = command;
    for (u32 i = 0; i < 3; ++i) {
        fis.sector_low[i] = static_cast<u8>(sector >> 8 * i);
        fis.sector_high[i] = static_cast<u8>(sector >> 8 * (i + 3));
    }
    fis.sectors = static_cast<u16>(sectors);
    put(table, fis);
    for (u64 i = 0; i < pieces.size(); ++i)
        put(table + pieces_at + i * sizeof(PieceEntry),
            PieceEntry{pieces[i].address, 0, pieces[i].length - 1});
    const u32 words = sizeof fis / 4, write_flag = writes ? 1 << 6 : 0;
    put(slot * header_bytes,
        Header{words | write_flag | static_cast<u32>(pieces.size()) << 16, 0, memory_.address(table)});
}

void Port::start(const block::Access& access, u32 number) {
    const u32 slot = static_cast<u32>(std::countr_zero(~used_));
    used_ |= u32{1} << slot;
    waiting_ |= u32{1} << slot;
    numbers_[slot] = number;
    fill_slot(slot, command_of(access), access.sector, access.sectors,
              access.operation == block::Operation::write, std::span{access.pieces}.first(access.count));
}

Result<u32> Port::recover(u32 at_work) {
    // AHCI 1.3.1, 6.2.2.1: the command that was worked on is the one that failed; the others begin again.
    const u32 failed = registers_.read<Command>() >> 8 & 31;
    registers_.write<Command>(registers_.read<Command>() & ~run);
    TRY(wait_until([&] { return (registers_.read<Command>() & running) == 0; }, 500));
    registers_.write<LinkErrors>(~u32{0});
    registers_.write<Causes>(~u32{0});
    TRY(begin());
    registers_.write<Issue>(at_work & used_ & ~waiting_ & ~(u32{1} << failed));
    return failed;
}

} // namespace pith::os::ahci
