#pragma once

#include "os/handle.h"

#include <bit>

namespace pith::os {

/// One byte-wide register of a device: where it lies behind the first port, and the type of what it holds.
template <class T, u16 offset>
struct Register {
    static_assert(sizeof(T) == 1);
    using Value = T;
    static constexpr u16 at = offset;
};

/// A range of I/O ports that this process may use.
class IoPorts : public Typed<IoPorts, abi::Kind::io_ports> {
  public:
    using Typed::Typed;
    /// Opens the ports to this process. `first` is the range's first port: the capability decides what is
    /// reachable, a wrong number only faults.
    [[nodiscard]] Result<> enable(u16 first) {
        first_ = first;
        return invoke(abi::IoPortsEnable{id()});
    }

    template <class R>
    [[nodiscard]] typename R::Value read() const {
        u8 value;
        asm volatile("inb %w1, %0" : "=a"(value) : "Nd"(port<R>()));
        return std::bit_cast<typename R::Value>(value);
    }
    template <class R>
    void write(typename R::Value value) const {
        asm volatile("outb %0, %w1" : : "a"(std::bit_cast<u8>(value)), "Nd"(port<R>()));
    }

  private:
    template <class R>
    [[nodiscard]] u16 port() const {
        return static_cast<u16>(first_ + R::at);
    }

    u16 first_ = 0;
};

} // namespace pith::os
