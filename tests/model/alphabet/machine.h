#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of the machine as a whole.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::LogWrite>) {
    for (const u64 length : {u64{4}, abi::LogWrite::longest + 1})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::LogWrite{system, length}; });
}
inline void choose(Alphabet& alphabet, For<abi::LogRead>) {
    for_each(alphabet, abi::Kind::system, [](abi::Handle system) { return abi::LogRead{system, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::TraceControl>) {
    for (const u64 on : {u64{0}, u64{1}, u64{2}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::TraceControl{system, on}; });
}
inline void choose(Alphabet& alphabet, For<abi::TraceRead>) {
    for (const u64 core : {u64{0}, u64{999}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::TraceRead{system, core, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::SystemInfo>) {
    for_each(alphabet, abi::Kind::system, [](abi::Handle system) { return abi::SystemInfo{system}; });
}
inline void choose(Alphabet& alphabet, For<abi::SystemPower>) {
    for (const u64 action : {u64{0}, u64{2}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::SystemPower{system, action}; });
}

} // namespace pith::model
