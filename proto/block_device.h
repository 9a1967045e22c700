#pragma once

#include "os/mapping.h"
#include "proto/block.h"

namespace pith::proto {

/// A disk or partition that is in use. Survives its driver: what was under way is repeated with the
/// successor.
class BlockDevice {
  public:
    /// `shared`: how much memory the device reads and writes by itself, beside what copies go through.
    /// `alone`: to keep a file system there, which one client at a time can; else `busy`. `budget` pays for
    /// the memory.
    [[nodiscard]] static Result<BlockDevice> open(const block::Client& disk, PageCount shared = {},
                                                  bool alone = false, const os::Budget& budget = {});

    [[nodiscard]] u64 sector_size() const { return info_.sector_size; }
    [[nodiscard]] u64 sector_count() const { return info_.sector_count; }
    [[nodiscard]] bool is_read_only() const { return (info_.flags & block::InfoReply::read_only) != 0; }
    [[nodiscard]] bool has_write_cache() const { return (info_.flags & block::InfoReply::write_cache) != 0; }

    /// Whole sectors, any number, copied.
    [[nodiscard]] Result<> read(u64 sector, std::span<std::byte> bytes) const;
    [[nodiscard]] Result<> write(u64 sector, std::span<const std::byte> bytes) const;
    /// Returns when all that was written before is where a power cut does not reach it.
    [[nodiscard]] Result<> flush() const;

    /// Without copies: what requests mean by `offset`. Only who made the request may touch the bytes until it
    /// is done.
    [[nodiscard]] std::span<std::byte> shared() const { return mapping_.bytes().first(shared_.bytes()); }
    /// At most block::most_requests, in one message; the first error of any.
    [[nodiscard]] Result<> run(std::span<const block::Request> requests) const {
        return TRY(try_each(requests)).all();
    }
    [[nodiscard]] Result<> run(const block::Request& request) const { return run({&request, 1}); }
    /// The same with what became of each.
    [[nodiscard]] Result<block::Outcome> try_each(std::span<const block::Request> requests) const;

  private:
    /// What copies go through, behind the shared pages.
    static constexpr PageCount copying = pages(16);

    BlockDevice(block::Client session, block::InfoReply info, os::Memory memory, os::Mapping mapping,
                PageCount shared, bool alone)
        : session_{std::move(session)},
          info_{info},
          memory_{std::move(memory)},
          mapping_{std::move(mapping)},
          shared_{shared},
          alone_{alone} {}
    [[nodiscard]] std::span<std::byte> copied(u64 length) const {
        return mapping_.bytes().subspan(shared_.bytes(), length);
    }
    /// Sectors that fit into what copies go through.
    [[nodiscard]] Result<> check_whole_sectors(u64 bytes) const {
        if (bytes % info_.sector_size != 0) return fail(Error::bad_argument);
        return {};
    }

    block::Client session_;
    block::InfoReply info_;
    os::Memory memory_;
    os::Mapping mapping_;
    PageCount shared_;
    bool alone_;
};

} // namespace pith::proto
