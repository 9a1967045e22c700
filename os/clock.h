#pragma once

#include "os/mapping.h"

namespace pith::os {

/// Reads the kernel's clock without a system call, where the machine allows it.
class Clock {
  public:
    /// Maps the clock page. Without it, `now` asks the kernel.
    [[nodiscard]] static Result<Clock> open();
    /// ... a page that holds the same (abi::ClockData).
    [[nodiscard]] static Result<Clock> of(const Memory& page);
    [[nodiscard]] Instant now() const;
    /// Whether `now` does without the kernel.
    [[nodiscard]] bool reads_itself() const;

  private:
    explicit Clock(Mapping page) : page_{std::move(page)} {}
    [[nodiscard]] const volatile abi::ClockData& data() const;

    Mapping page_;
};

} // namespace pith::os
