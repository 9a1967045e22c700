#pragma once

#include "proto/terminal.h"

namespace pith {

/// Prints a line "PASS name" or "FAIL name" for each check, and counts.
class Test {
  public:
    explicit Test(const proto::Terminal& terminal) : terminal_{terminal} {}
    void check(std::string_view name, bool holds) {
        terminal_.print("{} {}\n", holds ? "PASS" : "FAIL", name);
        failures_ += holds ? 0 : 1;
    }
    template <class T>
    void check_error(std::string_view name, const Result<T>& result, Error expected) {
        const bool holds = !result && result.error() == expected;
        check(name, holds);
        if (!holds) terminal_.print("  {}\n", result ? "no error" : describe(result.error()));
    }
    /// Checks that come one after the other, and stop where something they need cannot be had.
    void part(std::string_view name, const Result<>& result) {
        check(name, result.has_value());
        if (!result) terminal_.print("  {}\n", result.error());
    }
    [[nodiscard]] const proto::Terminal& terminal() const { return terminal_; }
    [[nodiscard]] int failures() const { return failures_; }

  private:
    const proto::Terminal& terminal_;
    int failures_ = 0;
};

} // namespace pith
