#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of threads, and of what a thread does to itself.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::Sleep>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        try_it(alphabet, abi::Sleep{until});
}
inline void choose(Alphabet& alphabet, For<abi::SetBases>) {
    try_it(alphabet, abi::SetBases{place, place});
    try_it(alphabet, abi::SetBases{place, kernel_address});
}
inline void choose(Alphabet& alphabet, For<abi::ThreadSetRecovery>) {
    for (const VirtAddr address : {place, kernel_address})
        try_it(alphabet, abi::ThreadSetRecovery{address});
}
inline void choose(Alphabet& alphabet, For<abi::ThreadCreate>) {
    if (!alphabet.may_grow()) return;
    const u64 priority = alphabet.priority();
    for_each_target(
        alphabet, [=](abi::Handle process) { return abi::ThreadCreate{process, free_buffer, priority, {}}; });
    for (const abi::Handle budget : alphabet.handles(abi::Kind::budget))
        try_it(alphabet, abi::ThreadCreate{{}, free_buffer, 0, budget});
    try_it(alphabet, abi::ThreadCreate{{}, free_buffer, priority + 1, {}});
    try_it(alphabet, abi::ThreadCreate{{}, kernel_address, priority, {}});
}
inline void choose(Alphabet& alphabet, For<abi::ThreadStart>) {
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadStart{thread, place, place, 0}; });
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadStart{thread, kernel_address, place, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadSetPriority>) {
    for (const u64 priority : {u64{5}, u64{alphabet.priority()}, u64{64}})
        for_each(alphabet, abi::Kind::thread,
                 [=](abi::Handle thread) { return abi::ThreadSetPriority{thread, priority}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadSetCore>) {
    for (const u64 core : {u64{0}, abi::any_core, u64{1}})
        for_each(alphabet, abi::Kind::thread,
                 [=](abi::Handle thread) { return abi::ThreadSetCore{thread, core}; });
    try_it(alphabet, abi::ThreadSetCore{{}, 0});
}
inline void choose(Alphabet& alphabet, For<abi::ThreadKill>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadKill{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadCancel>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadCancel{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadObserve>) {
    for_each_pair(alphabet, abi::Kind::thread, abi::Kind::notification,
                  [](abi::Handle thread, abi::Handle bell) { return abi::ThreadObserve{thread, bell, 4}; });
}

} // namespace pith::model
