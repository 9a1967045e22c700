#pragma once

#include "base/error.h"

#include <expected>
#include <utility>

namespace pith {

/// What a function returns that can fail. `[[nodiscard]]` comes with the alias' target in libc++ when
/// functions are declared so; declare fallible functions `[[nodiscard]]`.
template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(Error::no_memory);`
constexpr std::unexpected<Error> fail(Error error) { return std::unexpected<Error>{error}; }

} // namespace pith

/// The value of a Result, or return its error from the enclosing function.
#define TRY(...)                                                                                             \
    ({                                                                                                       \
        auto try_result_ = (__VA_ARGS__);                                                                    \
        if (!try_result_) [[unlikely]]                                                                       \
            return std::unexpected(try_result_.error());                                                     \
        *std::move(try_result_);                                                                             \
    })
