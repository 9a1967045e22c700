#pragma once

#include "tests/model/alphabet.h"

/// What the functions share that choose the arguments of each call; one header for each group of calls.
namespace pith::model {

using Handles = std::span<const abi::Handle>;

template <class Call>
void try_it(Alphabet& alphabet, const Call& call) {
    alphabet.add(abi::number_of<Call>, &call, std::is_empty_v<Call> ? 0 : sizeof call);
}

template <class Call>
using For = std::type_identity<Call>;

/// For a call that nobody has chosen arguments for yet: handles of every kind, and 0 and 1 for all the rest.
template <class Call>
void choose(Alphabet& alphabet, For<Call>) {
    constexpr std::size_t words = std::is_empty_v<Call> ? 0 : sizeof(Call) / sizeof(u64);
    std::array<u64, 6> values{};
    const auto with_rest = [&] {
        for (u64 rest = 0; rest < 2; ++rest) {
            for (std::size_t i = 1; i < words; ++i)
                values[i] = rest;
            alphabet.add(abi::number_of<Call>, values.data(), sizeof values);
        }
    };
    with_rest();
    for (const abi::Handle handle : alphabet.all_handles()) {
        values[0] = handle.raw;
        with_rest();
    }
}

/// A call that takes one handle, and the rest of whose arguments `make` knows.
template <class Make>
void for_each(Alphabet& alphabet, abi::Kind kind, Make make) {
    for (const abi::Handle handle : alphabet.handles(kind))
        try_it(alphabet, make(handle));
    for (const abi::Handle handle : alphabet.wrong(kind))
        try_it(alphabet, make(handle));
}
/// ... and a second one.
template <class Make>
void for_each_pair(Alphabet& alphabet, abi::Kind first, abi::Kind second, Make make) {
    for (const abi::Handle a : alphabet.handles(first)) {
        for (const abi::Handle b : alphabet.handles(second))
            try_it(alphabet, make(a, b));
        try_it(alphabet, make(a, alphabet.wrong(second).back()));
    }
    for (const abi::Handle a : alphabet.wrong(first))
        try_it(alphabet, make(a, abi::Handle{}));
}
/// The process's own budget, and each that it has a handle to.
template <class Make>
void for_each_budget(Alphabet& alphabet, Make make) {
    if (!alphabet.may_grow()) return;
    try_it(alphabet, make(abi::Handle{}));
    for_each(alphabet, abi::Kind::budget, make);
}

constexpr u64 all_rights = abi::rights::all.raw;
constexpr u64 read_only = 1, read_write = 3, write_execute = 6;
constexpr VirtAddr place{0x40'0000}, next_place{0x40'1000}, buffer{0x1'0000}, free_buffer{0x2'0000};
constexpr VirtAddr kernel_address{0xffff'8000'0000'0000};

/// The calling process, and each that it has a handle to.
template <class Make>
void for_each_target(Alphabet& alphabet, Make make) {
    try_it(alphabet, make(abi::Handle{}));
    for_each(alphabet, abi::Kind::process, make);
}

} // namespace pith::model
