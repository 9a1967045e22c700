#pragma once

#include "base/types.h"

#include <array>
#include <bit>
#include <type_traits>

/// From registers to a typed call, and from its reply back: all follows from the structures in abi/.
namespace pith::kernel {

template <class Call>
[[nodiscard, gnu::always_inline]] inline Call call_of(const std::array<u64, 6>& arguments) {
    if constexpr (std::is_empty_v<Call>) {
        return {};
    } else {
        static_assert(sizeof(Call) <= sizeof arguments && sizeof(Call) % sizeof(u64) == 0);
        std::array<u64, sizeof(Call) / sizeof(u64)> words;
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] = arguments[i];
        return std::bit_cast<Call>(words);
    }
}

/// The other way round; what the call has no use for is 0.
template <class Call>
[[nodiscard, gnu::always_inline]] inline std::array<u64, 6> arguments_of(const Call& call) {
    std::array<u64, 6> arguments{};
    if constexpr (!std::is_empty_v<Call>) {
        const auto words = std::bit_cast<std::array<u64, sizeof(Call) / sizeof(u64)>>(call);
        for (std::size_t i = 0; i < words.size(); ++i)
            arguments[i] = words[i];
    }
    return arguments;
}

template <class Reply>
[[nodiscard, gnu::always_inline]] inline std::array<u64, 3> words_of(const Reply& reply) {
    std::array<u64, 3> words{};
    if constexpr (!std::is_empty_v<Reply>) {
        static_assert(sizeof(Reply) <= sizeof words && std::has_unique_object_representations_v<Reply>);
        const auto given = std::bit_cast<std::array<u64, sizeof(Reply) / sizeof(u64)>>(reply);
        for (std::size_t i = 0; i < given.size(); ++i)
            words[i] = given[i];
    }
    return words;
}

} // namespace pith::kernel
