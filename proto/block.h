#pragma once

#include "os/client.h"

#include <span>

/// Disks, and ranges of their sectors. The endpoint's badge names a disk, or one partition of it; what lies
/// outside cannot be named. Data goes by DMA between the device and memory that the client shares once, at
/// `Connect`: the driver itself never looks at it. proto/block_device.h is the client's side of all this.
///
/// A driver that starts anew knows nothing of what was shared with its predecessor and answers `wrong_state`;
/// the client then shares its memory again (`Reconnect`) and repeats its requests, which does no harm.
namespace pith::proto::block {

/// What the capability reaches.
struct Info {
    using Reply = struct InfoReply;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct InfoReply {
    static constexpr u64 read_only = 1;
    static constexpr u64 write_cache = 2; ///< what was written can be lost with the power until a flush
    u64 sector_size;                      ///< 512 or 4096 bytes
    u64 sector_count;
    u64 flags;
};

/// Shares memory, for reading and writing: what requests name from now on. The reply carries another
/// capability to the same sectors, through which the requests go; with its last copy the memory is free
/// again. The client pays for the memory, and can make it as large as it likes, within what devices can map.
/// `alone` 1: it keeps a file system there. `busy` where another one, that said the same, does for any of
/// these sectors.
struct Connect {
    using Reply = InfoReply;
    using Handles = TypeList<os::Memory>;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true; // the first session has ended with its server
    u64 alone = 0;
};
/// The same for a capability that `Connect` made, after the driver's end.
struct Reconnect {
    using Reply = InfoReply;
    using Handles = TypeList<os::Memory>;
    static constexpr bool repeatable = true;
    u64 alone = 0;
};

enum class Operation : u8 { read = 1, write = 2, flush = 3 };

/// One piece of work: sectors that lie next to each other, on the disk and in the shared memory.
struct Request {
    /// Flag: the write is answered when it is where a power cut does not reach it.
    static constexpr u8 force_unit_access = 1;
    u64 sector = 0;  ///< the first, counted from the start of what the capability reaches
    u32 offset = 0;  ///< bytes into the shared memory, a multiple of the sector's size
    u16 sectors = 0; ///< at least 1; of a flush, 0
    Operation operation = Operation::read;
    u8 flags = 0;
};
inline constexpr u64 most_requests = 30; ///< in one batch

[[nodiscard]] constexpr Request read(u64 sector, u32 offset, u16 sectors) {
    return {.sector = sector, .offset = offset, .sectors = sectors};
}
[[nodiscard]] constexpr Request write(u64 sector, u32 offset, u16 sectors, u8 flags = 0) {
    return {sector, offset, sectors, Operation::write, flags};
}
/// Waits for all requests before it in the batch, then empties the device's write cache. What stands behind
/// it begins after that, and not at all if anything before it failed: so one batch can be a whole
/// transaction.
[[nodiscard]] constexpr Request flush() { return {.operation = Operation::flush}; }

/// A batch of requests, answered when all are done. Between two flushes they are done in any order, as many
/// at a time as the device takes; pieces that follow each other on the disk become one access, so a list of
/// them scatters and gathers.
struct Transfer {
    using Reply = struct Outcome;
    static constexpr bool repeatable = true;
    os::Chunk<most_requests * sizeof(Request)> bytes; ///< Requests

    [[nodiscard]] static Transfer of(std::span<const Request> requests) {
        Transfer transfer;
        transfer.bytes.length = std::min(requests.size_bytes(), transfer.bytes.data.size());
        std::memcpy(transfer.bytes.data.data(), requests.data(), transfer.bytes.length);
        return transfer;
    }
};
/// Nothing, where all went well; else a byte for each request: 0, or its Error. `input_output`: the device
/// failed; `end_of_data`: outside the range; `bad_argument`: outside the shared memory, or not a request;
/// `read_only`; `cancelled`: something before a flush before it failed.
struct Outcome {
    os::Chunk<(most_requests + 7) / 8 * 8> bytes;

    [[nodiscard]] Result<> of(u64 request) const {
        const std::string_view errors = bytes.view();
        if (request >= errors.size() || errors[request] == 0) return {};
        return fail(static_cast<Error>(errors[request]));
    }
    /// The first that failed.
    [[nodiscard]] Result<> all() const {
        for (u64 i = 0; i < bytes.view().size(); ++i)
            if (const auto one = of(i); !one) return one;
        return {};
    }
};

/// A partition of the disk that the capability names: the first is 0, `not_found` behind the last. The reply
/// carries a capability to its sectors alone. `denied` for a capability that is a partition's.
struct Partition {
    using Reply = struct PartitionReply;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 index;
};
struct PartitionReply {
    u64 number; ///< as partition tables count: from 1, with gaps where entries are empty
    u64 first_sector;
    u64 sector_count;
    u64 type_low; ///< GPT: the 16 bytes of the type's GUID as they lie on the disk; MBR: the type's byte
    u64 type_high;
    u64 identity_low; ///< GPT: the partition's own GUID
    u64 identity_high;
    os::Chunk<112> bytes; ///< GPT: its name, in UTF-8
};

struct Protocol {
    using Messages = TypeList<Info, Connect, Reconnect, Transfer, Partition>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::block
