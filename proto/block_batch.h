#pragma once

#include "proto/block.h"

namespace pith::proto::block {

/// A disk as its driver sees it.
struct Disk {
    u64 sector_size = 512;
    u64 sector_count = 0;
    bool is_read_only = false;
    bool has_write_cache = false;
    bool forces = false;  ///< the device itself knows force_unit_access
    u32 most_pieces = 1;  ///< of memory, in one access
    u32 most_sectors = 1; ///< in one access
    /// Pieces of one access meet at the ends of pages: the device is told pages, not lengths.
    bool pieces_are_pages = false;
};

/// Sectors that a capability reaches.
struct Range {
    u64 first = 0;
    u64 count = 0;
};

/// Memory, as the device sees it.
struct Piece {
    u64 address;
    u32 length; ///< whole sectors
};

/// What a driver asks its device for at once.
struct Access {
    static constexpr u32 most_pieces = 64;
    Operation operation = Operation::read;
    bool force = false;
    u64 sector = 0; ///< of the disk
    u32 sectors = 0;
    u8 first = 0, last = 0; ///< the requests that it belongs to
    u32 count = 0;
    std::array<Piece, most_pieces> pieces;
};

/// The requests of one Transfer while they are worked on: checks each, cuts them into accesses that the
/// device can take and knows which may start when. Knows nothing of devices and makes no calls.
class Batch {
  public:
    /// What the message held, for sectors of `range` on `disk`, and memory that the device sees at `pages`.
    /// All but the bytes is borrowed until the batch is done.
    [[nodiscard]] Result<> begin(std::string_view bytes, const Disk& disk, Range range,
                                 std::span<const u64> pages);
    /// The next access that may start now, into `access`; false: none. It is under way from here on.
    [[nodiscard]] bool next(Access& access);
    void finished(u8 first, u8 last, Result<> how);
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] Outcome outcome() const;

  private:
    [[nodiscard]] Result<> check(const Request& request) const;
    /// Passes over requests that come to nothing; whether there is one to start.
    [[nodiscard]] bool settle();
    void start_flush(Access& access, u8 first, u8 last);
    void start_transfer(Access& access);
    /// Adds as much of the current request as fits; false: something of it is left.
    [[nodiscard]] bool add_pieces(Access& access);
    [[nodiscard]] bool continues(const Access& access) const;
    /// Whether the bytes at `address` can follow in the same access, as more of its last piece or as another.
    [[nodiscard]] bool fits(const Access& access, u64 address) const;
    /// Of the current request's next bytes.
    [[nodiscard]] u64 next_address() const {
        const u64 offset = requests_[at_].offset + taken_ * disk_->sector_size;
        return pages_[offset / page_size] + offset % page_size;
    }
    [[nodiscard]] u32 access_pieces() const { return std::min(disk_->most_pieces, Access::most_pieces); }
    void skip(Error error);

    const Disk* disk_ = nullptr;
    Range range_;
    std::span<const u64> pages_;
    u8 count_ = 0;
    u8 at_ = 0;         ///< the first request that is not wholly under way
    u32 taken_ = 0;     ///< its sectors that are
    u32 under_way_ = 0; ///< accesses
    bool failed_ = false;
    bool cancelled_ = false;  ///< a flush came behind a failure
    bool barrier_ = false;    ///< a flush is under way
    bool must_flush_ = false; ///< for force_unit_access, which the device does not know
    u8 first_forced_ = 0, last_forced_ = 0;
    std::array<Request, most_requests> requests_;
    std::array<u8, most_requests> errors_;
};

} // namespace pith::proto::block
