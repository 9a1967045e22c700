#pragma once

#include "base/checked.h"
#include "base/panic.h"
#include "os/register.h"

#include <span>

namespace pith::os {

/// A device's registers in memory. Borrows the window that they lie in (Mapping). Every access is one access
/// of the register's width, in the program's order.
class Registers {
  public:
    Registers() = default;
    explicit Registers(std::span<std::byte> window) : window_{window} {}
    /// A part of it, for devices whose registers come in groups.
    [[nodiscard]] Result<Registers> part(u64 offset, u64 length) const {
        if (!within(offset, length, window_.size())) return fail(Error::end_of_data);
        return Registers{window_.subspan(offset, length)};
    }
    [[nodiscard]] u64 size() const { return window_.size(); }

    template <class R>
        requires R::can_read
    [[nodiscard]] typename R::Value read() const {
        const typename R::Bits bits = *place<R>(); // first a copy: bit_cast would forget that it is volatile
        return std::bit_cast<typename R::Value>(bits);
    }
    template <class R>
        requires R::can_write
    void write(typename R::Value value) const {
        *place<R>() = std::bit_cast<typename R::Bits>(value);
    }

  private:
    template <class R>
    [[nodiscard]] volatile typename R::Bits* place() const {
        static_assert(R::at % sizeof(typename R::Bits) == 0);
        require(R::at + sizeof(typename R::Bits) <= window_.size(), "a register outside its window");
        return reinterpret_cast<volatile typename R::Bits*>(window_.data() + R::at);
    }

    std::span<std::byte> window_;
};

/// Memory that a device reads and writes while the program does: numbers of one size, each access one access.
/// What is read may be anything, and something else the next time.
template <class T>
class SharedArray {
  public:
    SharedArray() = default;
    /// The bytes are aligned for T.
    explicit SharedArray(std::span<std::byte> bytes) : bytes_{bytes} {}
    [[nodiscard]] u64 size() const { return bytes_.size() / sizeof(T); }
    [[nodiscard]] T get(u64 index) const { return *place(index); }
    void set(u64 index, T value) const { *place(index) = value; }

  private:
    [[nodiscard]] volatile T* place(u64 index) const {
        require(index < size(), "outside of shared memory");
        return reinterpret_cast<volatile T*>(bytes_.data()) + index;
    }

    std::span<std::byte> bytes_;
};

} // namespace pith::os
