#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of faults and debugging.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::ProcessSetFaultHandler>) {
    for (const u64 flags : {u64{0}, abi::ProcessSetFaultHandler::foreign, u64{2}})
        for_each_pair(alphabet, abi::Kind::process, abi::Kind::endpoint,
                      [=](abi::Handle process, abi::Handle endpoint) {
                          return abi::ProcessSetFaultHandler{process, endpoint, flags};
                      });
    for_each(alphabet, abi::Kind::process,
             [](abi::Handle process) { return abi::ProcessSetFaultHandler{process, {}, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessThread>) {
    if (!alphabet.may_grow()) return;
    for (const u64 from : {u64{0}, ~u64{0}})
        for_each(alphabet, abi::Kind::process,
                 [=](abi::Handle process) { return abi::ProcessThread{process, from}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessReadMemory>) {
    for (const VirtAddr address : {buffer, kernel_address})
        for_each(alphabet, abi::Kind::process,
                 [=](abi::Handle process) { return abi::ProcessReadMemory{process, address, 8}; });
    for (const abi::Handle process : alphabet.handles(abi::Kind::process))
        try_it(alphabet, abi::ProcessReadMemory{process, buffer, 0});
}
inline void choose(Alphabet& alphabet, For<abi::ProcessWriteMemory>) {
    for (const VirtAddr address : {buffer, kernel_address}) // a buffer's first word means nothing
        for_each(alphabet, abi::Kind::process,
                 [=](abi::Handle process) { return abi::ProcessWriteMemory{process, address, 8}; });
    for (const abi::Handle process : alphabet.handles(abi::Kind::process))
        try_it(alphabet, abi::ProcessWriteMemory{process, buffer, 0});
}
inline void choose(Alphabet& alphabet, For<abi::ThreadStop>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadStop{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadResume>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadResume{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadReadRegisters>) {
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadReadRegisters{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadWriteRegisters>) {
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadWriteRegisters{thread}; });
    for (const abi::Handle thread : alphabet.handles(abi::Kind::thread))
        alphabet.add_with_rip(abi::ThreadWriteRegisters{thread}, kernel_address);
}

} // namespace pith::model
