#pragma once

#include "abi/syscalls.h"

#include <array>
#include <string_view>

/// What calls are called, for people.
namespace pith::abi {

namespace detail {
/// The name of a type, from how the compiler spells this function.
template <class Call>
constexpr std::string_view name() {
    std::string_view spelled = __PRETTY_FUNCTION__;
    spelled.remove_suffix(1);
    return spelled.substr(spelled.rfind(':') + 1);
}
template <class... Call>
constexpr auto names(TypeList<Call...>) {
    return std::array{name<Call>()...};
}
} // namespace detail

inline constexpr auto call_names = detail::names(Calls{});
inline constexpr std::array<std::string_view, message_calls> message_names{"call", "reply_and_receive",
                                                                           "receive", "send", "reply"};

/// Of a system call's number, or a message's tag.
[[nodiscard]] constexpr std::string_view name_of_call(u64 number) {
    if (const u64 low = number & 0xff; low < message_calls) return message_names[low];
    return number - first_call < call_names.size() ? call_names[number - first_call] : "an unknown call";
}

} // namespace pith::abi
