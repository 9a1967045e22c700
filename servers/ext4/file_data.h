#pragma once

#include "servers/ext4/extents.h"

namespace pith::ext4 {

/// The bytes of files. They are in memory until a commit, or until there are too many.
class FileData {
  public:
    FileData(Store& store, BlockAllocator& blocks) : store_{store}, blocks_{blocks} {}

    /// Within the file's size.
    [[nodiscard]] Result<> read(Inode& inode, u64 offset, std::span<std::byte> bytes);
    /// As many as one operation can, and at least one where there is no error. Changes the inode, which the
    /// caller saves; its size is the caller's business.
    [[nodiscard]] Result<u64> write(Inode& inode, u64 offset, std::span<const std::byte> bytes);
    /// Zeros from `offset` to the end of its block. To be done where a file ends before it gets longer: what
    /// was appended just before a stop can lie there, though the size does not tell.
    [[nodiscard]] Result<> clear_rest(Inode& inode, u64 offset);

    /// Blocks that one `write` touches at most.
    static constexpr u32 most_blocks = 64;

  private:
    struct Target {
        u64 start;
        u32 count;
        bool is_new; ///< held nothing before
    };
    [[nodiscard]] Result<> read_run(u64 start, u32 available, u64 within, std::span<std::byte> bytes,
                                    bool ahead);
    [[nodiscard]] Result<> load(u64 start, u32 count);
    [[nodiscard]] Result<Target> target(Inode& inode, u32 block, u32 count);
    [[nodiscard]] Result<> write_block(u64 number, bool is_new, u64 within, std::span<const std::byte> bytes);

    Store& store_;
    BlockAllocator& blocks_;
    u32 last_inode_ = 0; ///< whoever reads on where the last reading ended will want what follows
    u64 last_end_ = 0;
};

} // namespace pith::ext4
