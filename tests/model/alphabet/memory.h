#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of memory.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::MemoryCreate>) {
    for (const u64 size : {u64{0}, u64{2}, u64{33}}) // none, few, more than one slice
        for_each_budget(alphabet, [=](abi::Handle budget) { return abi::MemoryCreate{budget, pages(size)}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryInfo>) {
    for_each(alphabet, abi::Kind::memory, [](abi::Handle memory) { return abi::MemoryInfo{memory}; });
}
/// More pages than one slice changes, all over the small places.
constexpr PageCount many = pages(600);
inline void choose(Alphabet& alphabet, For<abi::MemoryMap>) {
    for (const abi::Handle memory : alphabet.large() ? alphabet.handles(abi::Kind::memory) : Handles{})
        for_each_target(alphabet, [=](abi::Handle process) {
            return abi::MemoryMap{process, memory, place, {}, many, read_write};
        });
    for (const abi::Handle memory : alphabet.handles(abi::Kind::memory)) {
        for_each_target(alphabet, [=](abi::Handle process) {
            return abi::MemoryMap{process, memory, place, {}, pages(2), read_write};
        });
        try_it(alphabet, abi::MemoryMap{{}, memory, next_place, pages(1), pages(1), read_only});
        try_it(alphabet, abi::MemoryMap{{}, memory, place, pages(1), pages(2), read_only});
        try_it(alphabet, abi::MemoryMap{{}, memory, place, {}, pages(1), write_execute});
        try_it(alphabet, abi::MemoryMap{{}, memory, place, {}, pages(1), all_rights + 1});
        try_it(alphabet, abi::MemoryMap{{}, memory, kernel_address, {}, pages(1), read_only});
        try_it(alphabet, abi::MemoryMap{{}, memory, next_place, {}, pages(1), read_only | abi::map_guarded});
    }
    for (const abi::Handle memory : alphabet.wrong(abi::Kind::memory))
        try_it(alphabet, abi::MemoryMap{{}, memory, place, {}, pages(1), read_only});
}
inline void choose(Alphabet& alphabet, For<abi::MemoryUnmap>) {
    if (alphabet.large())
        for_each_target(alphabet,
                        [=](abi::Handle process) { return abi::MemoryUnmap{process, place, many}; });
    for (const VirtAddr address : {place, next_place, buffer, kernel_address})
        for_each_target(alphabet,
                        [=](abi::Handle process) { return abi::MemoryUnmap{process, address, pages(1)}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryProtect>) {
    if (alphabet.large())
        for_each_target(alphabet, [=](abi::Handle process) {
            return abi::MemoryProtect{process, place, many, read_only};
        });
    for (const u64 access : {read_only, read_write, write_execute})
        for_each_target(alphabet, [=](abi::Handle process) {
            return abi::MemoryProtect{process, next_place, pages(1), access};
        });
    try_it(alphabet, abi::MemoryProtect{{}, kernel_address, pages(1), read_only});
}
inline void choose(Alphabet& alphabet, For<abi::MemorySlice>) {
    for (const u64 offset : {u64{0}, u64{1}})
        for_each(alphabet, abi::Kind::memory, [=](abi::Handle memory) {
            return abi::MemorySlice{memory, pages(offset), pages(1), all_rights};
        });
    for_each(alphabet, abi::Kind::memory, [](abi::Handle memory) {
        return abi::MemorySlice{memory, pages(1), pages(u64{1} << 40), all_rights};
    });
}
inline void choose(Alphabet& alphabet, For<abi::MemorySeal>) {
    for_each(alphabet, abi::Kind::memory, [](abi::Handle memory) { return abi::MemorySeal{memory}; });
}

} // namespace pith::model
