#pragma once

#include "base/types.h"

#include <span>

namespace pith::os {

/// First fit over one list of free pieces, in the order of their addresses; neighbours are joined at once.
/// Small and slow on purpose: programs here hold little.
class Heap {
  public:
    /// Gives at least `bytes` more, behind what it gave before or anywhere; empty where it cannot.
    using Grow = std::span<std::byte> (*)(u64 bytes);

    constexpr explicit Heap(Grow grow) : grow_{grow} {}
    /// 16-byte aligned; null where there is no memory.
    [[nodiscard]] void* allocate(u64 bytes);
    /// What `allocate` returned, once; or null.
    void free(void* pointer);
    /// Bytes in free pieces, for tests.
    [[nodiscard]] u64 free_bytes() const;

  private:
    struct alignas(16) Piece {
        u64 size; ///< with this header, a multiple of 16
        Piece* next;
    };
    [[nodiscard]] Piece* take_fitting(u64 size);
    void insert(Piece* piece);

    Grow grow_;
    Piece* free_ = nullptr;
};

} // namespace pith::os
