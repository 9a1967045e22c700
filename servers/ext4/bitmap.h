#pragma once

#include "servers/disk_files/bytes.h"

#include <algorithm>

namespace pith::ext4 {

using namespace disk_files;

/// A block of bits, each for one block or inode: set where that is in use.
class Bitmap {
  public:
    /// `also`: more that is in use, or null.
    Bitmap(ConstBlock bytes, u32 bits, const u64* also = nullptr) : bytes_{bytes}, bits_{bits}, also_{also} {}

    [[nodiscard]] bool is_used(u32 bit) const { return (word(bit / 64) >> bit % 64 & 1) != 0; }
    /// From `from` on; `bits` where all is used.
    [[nodiscard]] u32 next_free(u32 from) const { return next(from, ~u64{0}); }
    [[nodiscard]] u32 next_used(u32 from) const { return next(from, 0); }
    [[nodiscard]] u32 count_used() const {
        u32 count = 0;
        for (u32 bit = 0; bit < bits_; bit += 64)
            count += static_cast<u32>(std::popcount(word(bit / 64) & in_range(bit)));
        return count;
    }

    /// False, and nothing done, unless all of them were different.
    [[nodiscard]] static bool set(Block bytes, u32 first, u32 count, bool used) {
        for (u32 bit = first; bit < first + count; ++bit)
            if (((static_cast<u8>(bytes[bit / 8]) >> bit % 8 & 1) != 0) == used) return false;
        for (u32 bit = first; bit < first + count; ++bit)
            bytes[bit / 8] ^= std::byte{static_cast<u8>(1U << bit % 8)};
        return true;
    }

  private:
    [[nodiscard]] u64 word(u32 index) const {
        return load<u64>(bytes_, u64{index} * 8) | (also_ == nullptr ? 0 : also_[index]);
    }
    [[nodiscard]] u64 in_range(u32 bit) const {
        return bits_ - bit >= 64 ? ~u64{0} : (u64{1} << (bits_ - bit)) - 1;
    }
    /// The first bit whose value differs from those of `pattern`.
    [[nodiscard]] u32 next(u32 from, u64 pattern) const {
        for (u32 bit = from; bit < bits_; bit = (bit | 63) + 1) {
            const u64 different = (word(bit / 64) ^ pattern) >> bit % 64;
            if (different != 0) return std::min(bits_, bit + static_cast<u32>(std::countr_zero(different)));
        }
        return bits_;
    }

    ConstBlock bytes_;
    u32 bits_;
    const u64* also_;
};

} // namespace pith::ext4
