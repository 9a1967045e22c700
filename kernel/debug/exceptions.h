#pragma once

#include "base/text.h"

namespace pith::kernel {

void describe_exception(TextWriter& to, u64 vector, u64 error, u64 address);

/// What an exception of the processor means, in words (SDM vol. 3, table 6-1). `address` is CR2.
template <std::size_t N>
void describe_exception(Text<N>& to, u64 vector, u64 error, u64 address) {
    std::array<char, N> buffer;
    TextWriter writer{buffer};
    describe_exception(writer, vector, error, address);
    to.append(writer.view());
}

} // namespace pith::kernel
