#pragma once

#include "os/handle.h"
#include "os/register.h"

namespace pith::os {

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
        requires R::can_read
    [[nodiscard]] typename R::Value read() const {
        typename R::Bits value;
        if constexpr (sizeof value == 1)
            asm volatile("inb %w1, %0" : "=a"(value) : "Nd"(port<R>()));
        else if constexpr (sizeof value == 2)
            asm volatile("inw %w1, %0" : "=a"(value) : "Nd"(port<R>()));
        else
            asm volatile("inl %w1, %0" : "=a"(value) : "Nd"(port<R>()));
        return std::bit_cast<typename R::Value>(value);
    }
    template <class R>
        requires R::can_write
    void write(typename R::Value value) const {
        const auto bits = std::bit_cast<typename R::Bits>(value);
        if constexpr (sizeof bits == 1)
            asm volatile("outb %0, %w1" : : "a"(bits), "Nd"(port<R>()));
        else if constexpr (sizeof bits == 2)
            asm volatile("outw %0, %w1" : : "a"(bits), "Nd"(port<R>()));
        else
            asm volatile("outl %0, %w1" : : "a"(bits), "Nd"(port<R>()));
    }

  private:
    template <class R>
    [[nodiscard]] u16 port() const {
        static_assert(sizeof(typename R::Bits) <= 4, "ports are at most four bytes wide");
        return static_cast<u16>(first_ + R::at);
    }

    u16 first_ = 0;
};

} // namespace pith::os
