#pragma once

#include "os/mapping.h"
#include "os/objects.h"

#include <span>
#include <vector>

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

/// Processes that have some ports, and touch one after another. Where they may not, that is a fault, which is
/// noted, and they go on behind the instruction.
class PortChild {
  public:
    [[nodiscard]] static Result<PortChild> create();
    /// For each port from `first` on, below `end`, whether it can be read with this width by a process that
    /// has enabled these. Every port is tried by an instruction.
    [[nodiscard]] Result<std::vector<bool>> readable(std::span<const abi::Handle> ports, u32 first, u32 end,
                                                     Width width) const;
    /// Frames that the ones that have ended still have.
    [[nodiscard]] Result<PageCount> frames_in_use() const;

  private:
    PortChild(os::Budget budget, os::Memory code, os::Endpoint faults, os::Notification ended,
              os::Mapping view)
        : budget_{std::move(budget)},
          code_{std::move(code)},
          faults_{std::move(faults)},
          ended_{std::move(ended)},
          view_{std::move(view)} {}
    /// Where in the code the instruction is that reads.
    [[nodiscard]] Result<u64> write_program(const os::Process& process, std::span<const abi::Handle> ports,
                                            u32 first, u32 end, Width width) const;

    os::Budget budget_;
    os::Memory code_;
    os::Endpoint faults_;
    os::Notification ended_; ///< bound to it
    os::Mapping view_;
};

} // namespace pith::devices
