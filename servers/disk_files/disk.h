#pragma once

#include "base/result.h"

#include <span>

namespace pith::disk_files {

/// What the file system lies on: a partition, or in tests a file. It moves bytes to and from memory of its
/// own, so that nothing has to be copied on the way. A call a batch, so a virtual one costs nothing that
/// counts.
class Disk {
  public:
    /// Bytes that lie next to each other on the disk and in `memory()`.
    struct Piece {
        u64 offset; ///< on the disk
        std::span<std::byte> bytes;
    };

    Disk() = default;
    Disk(const Disk&) = delete;
    virtual ~Disk() = default;

    [[nodiscard]] virtual u64 size() const = 0;
    [[nodiscard]] virtual bool is_read_only() const = 0;
    /// Transfers go to and from here; it starts on a page.
    [[nodiscard]] virtual std::span<std::byte> memory() = 0;
    /// More such memory, if there is some to spare; empty where there is none.
    [[nodiscard]] virtual std::span<std::byte> borrow() { return {}; }
    /// All that `borrow` once returned.
    virtual void give_back(std::span<std::byte> /*memory*/) {}
    [[nodiscard]] virtual Result<> read(std::span<const Piece> pieces) = 0;
    [[nodiscard]] virtual Result<> write(std::span<const Piece> pieces) = 0;
    /// Returns when all that was written before is where a power cut does not reach it.
    [[nodiscard]] virtual Result<> flush() = 0;
};

} // namespace pith::disk_files
