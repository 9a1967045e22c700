#include "base/panic.h"

#include <__verbose_abort>

_LIBCPP_BEGIN_NAMESPACE_STD
// Where the standard library would throw.
void __libcpp_verbose_abort(const char* format, ...) { ::panic(format); }
_LIBCPP_END_NAMESPACE_STD
