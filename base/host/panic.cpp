#include "base/panic.h"

#include <cstdio>
#include <cstdlib>

/// Weak, so that a host program with its own idea of a panic simply defines it.
[[gnu::weak]] void panic(const char* what, const char* file, int line) {
    std::fprintf(stderr, "panic: %s (%s:%d)\n", what, file, line);
    std::abort();
}
