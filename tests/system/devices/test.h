#pragma once

#include "proto/program.h"

namespace pith::devices {

/// Prints "PASS name" or "FAIL name" for each check.
class Test {
  public:
    explicit Test(const proto::Terminal& terminal) : terminal_{terminal} {}
    void check(std::string_view name, bool holds) {
        terminal_.print("{} {}\n", holds ? "PASS" : "FAIL", name);
        failures_ += holds ? 0 : 1;
    }
    template <class T>
    void check_error(std::string_view name, const Result<T>& result, Error expected) {
        check(name, !result && result.error() == expected);
    }
    /// A part that can end early.
    void part(std::string_view name, const Result<>& result) {
        if (result) return;
        terminal_.print("FAIL {}: {}\n", name, result.error());
        ++failures_;
    }
    [[nodiscard]] const proto::Terminal& terminal() const { return terminal_; }
    [[nodiscard]] int failures() const { return failures_; }

  private:
    const proto::Terminal& terminal_;
    int failures_ = 0;
};

[[nodiscard]] inline Result<Instant> soon(u64 count) {
    return TRY(os::invoke(abi::ClockRead{})).now + milliseconds(count);
}

} // namespace pith::devices
