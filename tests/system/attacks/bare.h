#pragma once

#include "os/mapping.h"
#include "probe.h"

namespace pith::attacks {

/// Runs pieces of machine code, each in a process of its own that has nothing but the code, a page of stack
/// and a message buffer, and tells how it ended.
class Bare {
  public:
    static constexpr VirtAddr code_page{0x40'0000};
    static constexpr VirtAddr stack_page{0x50'0000};
    static constexpr VirtAddr buffer_page{0x60'0000};
    static constexpr u64 worked = 42; ///< the status of code that ran to its end

    struct End {
        u64 outcome = may::other; ///< one bit of what `may` names
        u64 address = 0;          ///< of a fault
    };
    struct Place {
        VirtAddr page = code_page;
        bool at_the_end = false; ///< the last byte is the page's last, and no epilogue follows
    };

    [[nodiscard]] static Result<Bare> create();
    [[nodiscard]] Result<End> run(std::span<const std::byte> code, u64 argument, Place place);
    [[nodiscard]] Result<End> run(std::span<const std::byte> code, u64 argument) {
        return run(code, argument, Place{});
    }
    /// Frames that processes of the past have left behind; 0 once they are taken apart.
    [[nodiscard]] u64 frames_left() const;

  private:
    Bare(os::Budget budget, os::Memory code, os::Memory stack, os::Notification ended, os::Mapping view)
        : budget_{std::move(budget)},
          code_{std::move(code)},
          stack_{std::move(stack)},
          ended_{std::move(ended)},
          view_{std::move(view)} {}
    [[nodiscard]] VirtAddr lay_out(std::span<const std::byte> code, Place place);
    [[nodiscard]] Result<End> wait(const os::Process& process);

    os::Budget budget_;
    os::Memory code_;
    os::Memory stack_;
    os::Notification ended_;
    os::Mapping view_;
};

} // namespace pith::attacks
