#include "base/panic.h"

#include <__verbose_abort>

_LIBCPP_BEGIN_NAMESPACE_STD

/// Where libc++ goes instead of throwing. Weak: a program may have more to say. (A function without va_list
/// needs no vector registers.)
[[gnu::weak]] void __libcpp_verbose_abort(const char* format, ...) {
    ::panic(format);
}

_LIBCPP_END_NAMESPACE_STD
