#pragma once

#include "base/checked.h"

#include <cstring>
#include <span>

namespace pith::kernel::acpi {

/// Little-endian numbers at any offset of foreign bytes; outside of them they read as 0.
template <class T>
[[nodiscard]] T number_at(std::span<const std::byte> bytes, u64 offset) {
    T value{};
    if (within(offset, sizeof(T), bytes.size())) std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

} // namespace pith::kernel::acpi
