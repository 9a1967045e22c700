#pragma once

#include "base/panic.h"
#include "base/types.h"

#include <bit>
#include <span>
#include <type_traits>

namespace pith::disk_files {

using Block = std::span<std::byte>;
using ConstBlock = std::span<const std::byte>;

/// The structure at `offset`. Offsets come from our own arithmetic: that they lie inside is checked before.
template <class T>
    requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(ConstBlock block, u64 offset) {
    require(offset <= block.size() && sizeof(T) <= block.size() - offset, "load outside a block");
    T value;
    __builtin_memcpy(&value, block.data() + offset, sizeof(T));
    return value;
}

template <class T>
    requires std::is_trivially_copyable_v<T>
void store(Block block, u64 offset, const T& value) {
    require(offset <= block.size() && sizeof(T) <= block.size() - offset, "store outside a block");
    __builtin_memcpy(block.data() + offset, &value, sizeof(T));
}

/// The bytes of a plain structure.
template <class T>
[[nodiscard]] ConstBlock bytes_of(const T& value) {
    return std::as_bytes(std::span{&value, 1});
}

[[nodiscard]] constexpr u64 joined(u32 low, u32 high) { return u64{high} << 32 | low; }
[[nodiscard]] constexpr u32 joined16(u16 low, u16 high) { return u32{high} << 16 | low; }

/// A number that lies on the disk with its highest byte first, as all of the journal's do.
template <class T>
class BigEndian {
  public:
    constexpr BigEndian() = default;
    constexpr BigEndian(T value) : raw_{std::byteswap(value)} {}
    constexpr operator T() const { return std::byteswap(raw_); }

  private:
    T raw_ = 0;
};
using Be16 = BigEndian<u16>;
using Be32 = BigEndian<u32>;

} // namespace pith::disk_files
