#pragma once

#include "abi/syscalls.h"
#include "base/result.h"

#include <array>
#include <bit>
#include <concepts>
#include <type_traits>

namespace pith::os {

template <class Call>
using ReplyTo =
    std::conditional_t<std::same_as<typename Call::Reply, abi::Nothing>, void, typename Call::Reply>;

namespace detail {

/// The arguments of a call in the order of their registers; unused ones are 0.
template <class Call>
constexpr std::array<u64, 6> argument_words(const Call& call) {
    std::array<u64, 6> words{};
    if constexpr (!std::is_empty_v<Call>) {
        static_assert(std::is_trivially_copyable_v<Call> && sizeof(Call) <= 48 && sizeof(Call) % 8 == 0);
        const auto members = std::bit_cast<std::array<u64, sizeof(Call) / 8>>(call);
        for (u64 i = 0; i < members.size(); ++i)
            words[i] = members[i];
    }
    return words;
}

struct Registers {
    u64 status;
    std::array<u64, 3> values;
};

/// Every register that the contract does not keep is named, as an operand or as clobbered (abi/syscalls.h).
inline Registers system_call(u64 number, const std::array<u64, 6>& words) {
    u64 rax = number;
    u64 rdi = words[0];
    u64 rsi = words[1];
    u64 rdx = words[2];
    register u64 r10 asm("r10") = words[3];
    register u64 r8 asm("r8") = words[4];
    register u64 r9 asm("r9") = words[5];
    asm volatile("syscall"
                 : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                 :
                 : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    return {rax, {rdx, rsi, r8}};
}

} // namespace detail

/// Makes one system call: `invoke(abi::Sleep{.deadline = then})`.
template <class Call>
[[nodiscard]] Result<ReplyTo<Call>> invoke(const Call& call) {
    const detail::Registers out = detail::system_call(abi::number_of<Call>, detail::argument_words(call));
    if (out.status != 0) [[unlikely]]
        return fail(static_cast<Error>(out.status));
    if constexpr (std::is_void_v<ReplyTo<Call>>) {
        return {};
    } else {
        using Reply = typename Call::Reply;
        static_assert(std::is_trivially_copyable_v<Reply> && sizeof(Reply) % 8 == 0 && sizeof(Reply) <= 24);
        std::array<u64, sizeof(Reply) / 8> words{};
        for (u64 i = 0; i < words.size(); ++i)
            words[i] = out.values[i];
        return std::bit_cast<Reply>(words);
    }
}

} // namespace pith::os
