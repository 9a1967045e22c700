#pragma once

#include "proto/block.h"
#include "proto/supervision.h"

/// What the device server knows: what is in the machine, which driver holds it, and which disks there are.
/// Who may ask what goes by the badge (Badge below).
namespace pith::proto::devices {

/// The badges of this endpoint's capabilities.
namespace badge {
/// Bit of a client's badge: it may open every disk and partition. Without it, one that the policy names for
/// this badge (sys/drivers: `client`).
inline constexpr u64 may_open = 1 << 16;
/// ... it may have drivers started anew (Restart, supervision::End).
inline constexpr u64 may_restart = 1 << 17;
/// Bit of a driver's badge; the number of its device below it.
inline constexpr u64 driver = u64{1} << 32;
} // namespace badge

/// A PCI function, by its place in the list; `not_found` behind the last.
struct Function {
    using Reply = struct FunctionReply;
    static constexpr bool repeatable = true;
    u64 index;
};
struct FunctionReply {
    u64 address;             ///< bus << 8 | device << 3 | function
    u64 identity;            ///< vendor, device << 16
    u64 subsystem;           ///< the same of who built it in
    u64 class_code;          ///< class << 16 | subclass << 8 | interface
    u64 interrupt;           ///< what the firmware thinks that its line is; 0 or 255: none
    u64 features;            ///< Feature bits
    std::array<u64, 6> base; ///< of each window; 0: none. Bit 0: I/O ports
    std::array<u64, 6> size;
    os::Chunk<64> bytes; ///< its driver, in words
};
namespace feature {
inline constexpr u64 message_interrupts = 1, message_table = 2, express = 4, function_reset = 8, bridge = 16;
}

/// An ACPI table; `not_found` behind the last.
struct Table {
    using Reply = struct TableReply;
    static constexpr bool repeatable = true;
    u64 index;
};
struct TableReply {
    u64 address;
    u64 length;
    os::Chunk<256> bytes; ///< its four letters, and what it says, in words
};

/// A disk, or a partition of one, in order; `not_found` behind the last. Waits until all drivers have looked.
struct Disk {
    using Reply = struct DiskReply;
    static constexpr bool repeatable = true;
    u64 index;
};
struct DiskReply {
    u64 device;    ///< the controller's PCI address
    u64 partition; ///< 0: the whole disk
    u64 first_sector;
    u64 sector_count;
    u64 sector_size;
    u64 flags; ///< block::InfoReply's
    std::array<u64, 2> type;
    std::array<u64, 2> identity;
    os::Chunk<192> bytes; ///< what to open it by (`disk0`, `disk0p1`), a blank, and the partition's own name
};

/// A capability to a disk or partition (proto/block.h), by its name (`disk0p1`) or a partition's own name
/// (`home`), the first that fits, or what a driver of that name serves. The empty name: what the policy names
/// for this client. Waits until all drivers have looked for disks.
struct OpenDisk {
    using Reply = os::Done;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    os::Chunk<112> bytes;
};

/// Kills the driver of the device at this PCI address; a successor takes its place.
struct Restart {
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    u64 address;
};

/// A driver has reset its device, which may reach memory from now on.
struct EnableDma {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
/// A driver of disks has found one, or a partition.
struct DiskFound {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 unit;
    u64 partition; ///< 0: the whole disk
    u64 first_sector;
    u64 sector_count;
    u64 sector_size;
    u64 flags;
    std::array<u64, 2> type;
    std::array<u64, 2> identity;
    os::Chunk<112> bytes; ///< the partition's own name
};
/// A driver serves, and has told all that it found.
struct Ready {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};

struct Protocol {
    using Messages =
        TypeList<Function, Table, Disk, OpenDisk, Restart, EnableDma, DiskFound, Ready, supervision::End>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::devices
