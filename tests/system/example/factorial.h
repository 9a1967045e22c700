#pragma once

#include "os/client.h"

/// Computes factorials, modulo 2^32.
namespace pith::example {

struct Compute {
    using Reply = struct Factorial;
    static constexpr bool repeatable = true;
    u64 n;
};
struct Factorial {
    u64 value;
};
struct Protocol {
    using Messages = TypeList<Compute>;
};

} // namespace pith::example
