#pragma once

#include "base/checked.h"

#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace pith {

using Bytes = std::span<const std::byte>;

/// The plain structure at `offset`, wherever that lies; `end_of_data` if the bytes end before it does.
template <class T>
    requires std::is_trivially_copyable_v<T>
[[nodiscard]] Result<T> read_at(Bytes bytes, u64 offset) {
    if (!within(offset, sizeof(T), bytes.size())) return fail(Error::end_of_data);
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

/// A little-endian number at any offset of foreign bytes; outside of them it reads as 0.
template <class T>
[[nodiscard]] T number_at(Bytes bytes, u64 offset) {
    T value{};
    if (within(offset, sizeof(T), bytes.size())) std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

/// A part of `bytes`, or `end_of_data`.
[[nodiscard]] constexpr Result<Bytes> part_of(Bytes bytes, u64 offset, u64 length) {
    if (!within(offset, length, bytes.size())) return fail(Error::end_of_data);
    return bytes.subspan(offset, length);
}

/// Bytes seen as characters; nothing is promised about a NUL.
[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

} // namespace pith
