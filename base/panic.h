#pragma once

/// Every broken invariant, and every check of the standard library's own, ends here. Each program (kernel,
/// loader, user process) defines it once; host programs get a weak one from base/host.
[[noreturn]] void panic(const char* what, const char* file = __builtin_FILE(), int line = __builtin_LINE());

namespace pith {

/// A condition that only a mistake in our own code can break. Foreign data gets a Result instead.
constexpr void require(bool holds, const char* what, const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) {
    if (!holds) [[unlikely]]
        panic(what, file, line);
}

} // namespace pith
