#pragma once

#include "base/format.h"

/// Verdicts on COM1, one line each, and their sum.
namespace pith::conformance {

void print(std::string_view text);

class Report {
  public:
    /// "PASS name", or "FAIL name: why".
    void check(std::string_view name, bool holds, std::string_view why);
    /// The sum; ends QEMU if it has its debug exit device at port 0xf4, with status 33 if nothing failed and
    /// 35 otherwise.
    [[noreturn]] void finish() const;

  private:
    u32 passed_ = 0;
    u32 failed_ = 0;
};

} // namespace pith::conformance
