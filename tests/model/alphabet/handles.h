#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of handles.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::AcceptHandles>) {
    for (const u64 count : {u64{0}, u64{1}, u64{2}, u64{5}})
        try_it(alphabet, abi::AcceptHandles{count});
}
inline void choose(Alphabet& alphabet, For<abi::KeepReply>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::KeepReply{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::HandleClose>) {
    for (const abi::Handle handle : alphabet.all_handles())
        try_it(alphabet, abi::HandleClose{handle});
    try_it(alphabet, abi::HandleClose{alphabet.wrong(abi::Kind::none).front()});
}
inline void choose(Alphabet& alphabet, For<abi::HandleRevoke>) {
    for (const abi::Handle handle : alphabet.all_handles())
        try_it(alphabet, abi::HandleRevoke{handle});
    try_it(alphabet, abi::HandleRevoke{alphabet.wrong(abi::Kind::none).front()});
}
inline void choose(Alphabet& alphabet, For<abi::HandleCopy>) {
    if (!alphabet.may_grow()) return;
    const abi::Handle stale = alphabet.wrong(abi::Kind::none).front();
    try_it(alphabet, abi::HandleCopy{stale, all_rights, {}});
    for (const abi::Handle handle : alphabet.all_handles()) {
        try_it(alphabet, abi::HandleCopy{handle, all_rights, {}});
        for (const abi::Handle process : alphabet.handles(abi::Kind::process))
            try_it(alphabet, abi::HandleCopy{handle, all_rights, process});
    }
    for (const abi::Handle handle : alphabet.handles(abi::Kind::endpoint)) {
        try_it(alphabet, abi::HandleCopy{handle, (abi::rights::endpoint::call | abi::rights::copy).raw, {}});
        try_it(alphabet, abi::HandleCopy{handle, all_rights + 1, {}});
        try_it(alphabet, abi::HandleCopy{handle, all_rights, handle});
    }
}
inline void choose(Alphabet& alphabet, For<abi::HandleMint>) {
    if (!alphabet.may_grow()) return;
    for_each(alphabet, abi::Kind::endpoint,
             [](abi::Handle endpoint) { return abi::HandleMint{endpoint, all_rights, 5}; });
    for_each(alphabet, abi::Kind::endpoint,
             [](abi::Handle endpoint) { return abi::HandleMint{endpoint, all_rights + 1, 5}; });
}
inline void choose(Alphabet& alphabet, For<abi::HandleInfo>) {
    for (const abi::Kind kind : {abi::Kind::endpoint, abi::Kind::process})
        for_each(alphabet, kind, [](abi::Handle handle) { return abi::HandleInfo{handle}; });
}

} // namespace pith::model
