#pragma once

#include "base/result.h"

namespace pith::loader {

/// Why the loader cannot start the kernel: the rest of the line "pith-loader: …".
struct Failure {
    const char* text;
};

template <class T = void>
using Outcome = std::expected<T, Failure>;

constexpr std::unexpected<Failure> give_up(const char* text) { return std::unexpected{Failure{text}}; }

} // namespace pith::loader
