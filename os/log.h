#pragma once

#include "base/text.h"
#include "os/runtime.h"

namespace pith::os {

/// A line for the kernel's log, as log_line; at most 200 characters of it.
template <format_detail::Formattable... A>
void log(FormatString<A...> text, const A&... args) {
    log_line(Text<200>{}.format(text, args...));
}

} // namespace pith::os
