#pragma once

#include "tests/model/alphabet.h"

namespace pith::model {

/// A small system to explore: how it is at the start, and what may happen in it.
struct System {
    std::string_view name;
    Limits limits;
    PageCount ram;
    void (*set_up)(Simulation& simulation);
    u32 cores = 1;
};

[[nodiscard]] std::span<const System* const> systems();
/// Those whose walks are also made on the real machine.
[[nodiscard]] std::span<const System* const> replayed_systems();

} // namespace pith::model
