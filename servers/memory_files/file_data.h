#pragma once

#include "base/result.h"

#include <array>
#include <memory>
#include <span>
#include <vector>

namespace pith::os::memory_files {

/// What is left for files, in bytes. All that a file system keeps is counted here before it is made.
class Quota {
  public:
    explicit Quota(u64 limit) : limit_{limit} {}
    [[nodiscard]] bool take(u64 bytes) {
        if (bytes > limit_ - used_) return false;
        used_ += bytes;
        return true;
    }
    void give_back(u64 bytes) { used_ -= bytes; }
    [[nodiscard]] u64 limit() const { return limit_; }
    [[nodiscard]] u64 used() const { return used_; }

  private:
    u64 limit_;
    u64 used_ = 0;
};

/// A file's bytes, in blocks. A block that was never written to is not there, and reads as zeros.
class FileData {
  public:
    static constexpr u64 block_size = 4096;
    static constexpr u64 largest = u64{1} << 32;

    explicit FileData(Quota& quota) : quota_{quota} {}
    FileData(const FileData&) = delete;
    ~FileData() { cut(0); }

    [[nodiscard]] u64 size() const { return size_; }
    /// Bytes read: as many as there are from `offset` on.
    [[nodiscard]] Result<u64> read(u64 offset, std::span<std::byte> bytes) const;
    /// Bytes written: fewer where the quota or the largest size ends.
    [[nodiscard]] Result<u64> write(u64 offset, std::span<const std::byte> bytes);
    /// False, and nothing changed, where there is no room.
    [[nodiscard]] bool resize(u64 size);

  private:
    using Block = std::array<std::byte, block_size>;
    /// What a block costs, and a place for one.
    static constexpr u64 block_cost = block_size + 32;
    static constexpr u64 place_cost = sizeof(std::unique_ptr<Block>);

    [[nodiscard]] Block* block_for_writing(u64 index);
    [[nodiscard]] bool add_places(u64 count);
    void cut(u64 size);

    Quota& quota_;
    u64 size_ = 0;
    std::vector<std::unique_ptr<Block>> blocks_;
};

} // namespace pith::os::memory_files
