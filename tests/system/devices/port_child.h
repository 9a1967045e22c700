#pragma once

#include "os/mapping.h"
#include "os/objects.h"
#include "os/time.h"

#include <span>

namespace pith::devices {

enum class Width : u8 { byte = 1, word = 2, dword = 4 };

/// Machine code, byte by byte.
class Code {
  public:
    explicit Code(std::span<std::byte> room) : room_{room} {}
    Code& bytes(std::initializer_list<u8> all);
    /// mov eax, number; mov rdi, argument; syscall
    Code& system_call(u64 number, u64 argument);
    Code& number(u32 value);
    [[nodiscard]] u64 size() const { return used_; }

  private:
    std::span<std::byte> room_;
    u64 used_ = 0;
};

/// Processes that have some ports, touch one after another, and end at the first that they may not touch.
class PortChild {
  public:
    [[nodiscard]] static Result<PortChild> create();
    /// The first port from `first` on, below `end`, that cannot be read with this width by a process that has
    /// enabled these; `end` if there is none. Every port is tried by an instruction.
    [[nodiscard]] Result<u32> first_denied(std::span<const abi::Handle> ports, u32 first, u32 end,
                                           Width width);
    /// Frames that the ones that have ended still have.
    [[nodiscard]] Result<PageCount> frames_in_use() const;

  private:
    PortChild(os::Budget budget, os::Memory code, os::Memory shared, os::Notification ended, os::Mapping view,
              os::Mapping progress)
        : budget_{std::move(budget)},
          code_{std::move(code)},
          shared_{std::move(shared)},
          ended_{std::move(ended)},
          view_{std::move(view)},
          progress_{std::move(progress)} {}
    [[nodiscard]] u32& progress() { return *reinterpret_cast<u32*>(progress_.bytes().data()); }

    os::Budget budget_;
    os::Memory code_;
    os::Memory shared_; ///< the child tells here which port it is about to touch
    os::Notification ended_;
    os::Mapping view_;
    os::Mapping progress_;
};

} // namespace pith::devices
