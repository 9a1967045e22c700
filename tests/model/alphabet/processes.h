#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of processes.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::ProcessExit>) { try_it(alphabet, abi::ProcessExit{7}); }
inline void choose(Alphabet& alphabet, For<abi::ProcessCreate>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::ProcessCreate{budget, 'c', 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessKill>) {
    for_each(alphabet, abi::Kind::process, [](abi::Handle process) { return abi::ProcessKill{process}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessObserve>) {
    for_each_pair(
        alphabet, abi::Kind::process, abi::Kind::notification,
        [](abi::Handle process, abi::Handle bell) { return abi::ProcessObserve{process, bell, 2}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessStatus>) {
    for_each(alphabet, abi::Kind::process, [](abi::Handle process) { return abi::ProcessStatus{process}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessList>) {
    for (const u64 from : {u64{0}, ~u64{0}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::ProcessList{system, from}; });
}

} // namespace pith::model
