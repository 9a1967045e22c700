#pragma once

#include "base/types.h"

#include <array>

namespace pith::os::console {

/// Bytes in the order they came, N at most.
template <u64 N>
class Ring {
  public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] bool full() const { return count_ == N; }
    [[nodiscard]] u64 room() const { return N - count_; }
    /// Only where it is not full.
    void push(char c) {
        bytes_[(first_ + count_) % N] = c;
        ++count_;
    }
    /// Only where it is not empty.
    [[nodiscard]] char pop() {
        const char c = bytes_[first_];
        first_ = (first_ + 1) % N;
        --count_;
        return c;
    }

    /// Drops everything up to the last `c`; whether there was one.
    bool discard_through(char c) {
        u64 dropped = 0;
        for (u64 i = 0; i < count_; ++i)
            if (bytes_[(first_ + i) % N] == c) dropped = i + 1;
        first_ = (first_ + dropped) % N;
        count_ -= dropped;
        return dropped != 0;
    }

  private:
    std::array<char, N> bytes_{};
    u64 first_ = 0;
    u64 count_ = 0;
};

} // namespace pith::os::console
