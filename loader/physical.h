#pragma once

#include "base/address.h"

#include <cstddef>
#include <cstring>
#include <span>

/// Memory by its bus address. The loader runs with memory mapped one to one, so this is the one place
/// where a number becomes a pointer. The callers answer for what lies there.
namespace pith::loader {

[[nodiscard]] inline std::byte* physical_pointer(PhysAddr address) {
    return reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(address.raw));
}

[[nodiscard]] inline std::span<std::byte> physical_bytes(PhysAddr address, u64 size) {
    return {physical_pointer(address), static_cast<std::size_t>(size)};
}

[[nodiscard]] inline PhysAddr physical_address(const void* object) {
    return {static_cast<u64>(reinterpret_cast<std::uintptr_t>(object))};
}

/// A copy of the structure at `address`, which need not be aligned for it.
template <class T>
[[nodiscard]] T read_physical(PhysAddr address) {
    T value;
    std::memcpy(&value, physical_pointer(address), sizeof value);
    return value;
}

/// A structure that the loader makes in memory it has taken (aligned and zeroed).
template <class T>
[[nodiscard]] T& place_physical(PhysAddr address) {
    return *reinterpret_cast<T*>(physical_pointer(address));
}

} // namespace pith::loader
