#pragma once

#include "base/text.h"

namespace pith::kernel {

void append_readable(TextWriter& to, std::string_view symbol);

/// Appends a linker's name of a function in readable form: `_ZN4pith6kernel3Log5storeE…` becomes
/// `pith::kernel::Log::store`. Parameters and template arguments are left out; what is not understood is
/// appended as it is.
template <std::size_t N>
void append_readable(Text<N>& to, std::string_view symbol) {
    std::array<char, N> buffer;
    TextWriter writer{buffer};
    append_readable(writer, symbol);
    to.append(writer.view());
}

} // namespace pith::kernel
