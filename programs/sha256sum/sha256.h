#pragma once

#include "base/types.h"

#include <array>
#include <span>
#include <string>

namespace pith::sha256sum {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces.
class Sha256 {
  public:
    using Digest = std::array<u8, 32>;

    void add(std::span<const std::byte> bytes);
    /// Of all that was added; nothing can be added any more.
    [[nodiscard]] Digest finish();

  private:
    static constexpr u64 block_size = 64;

    void take_block();

    std::array<u32, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<u8, block_size> block_{};
    u64 held_ = 0; ///< bytes in `block_`
    u64 length_ = 0;
};

/// As people write it: 64 digits.
[[nodiscard]] std::string in_hexadecimal(const Sha256::Digest& digest);

} // namespace pith::sha256sum
