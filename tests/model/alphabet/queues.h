#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of queues.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::QueueCreate>) {
    for (const u64 capacity : {u64{0}, u64{2}, abi::max_queue_capacity + 1})
        for_each_budget(alphabet, [=](abi::Handle budget) { return abi::QueueCreate{budget, capacity}; });
}
/// A handle to send goes into the message buffer first: the register behind the call's own names it.
inline void choose(Alphabet& alphabet, For<abi::QueueSend>) {
    for (const u64 words : {u64{1}, u64{abi::max_words} + 1})
        for_each(alphabet, abi::Kind::queue,
                 [=](abi::Handle queue) { return abi::QueueSend{queue, words, 0}; });
    for (const abi::Handle queue : alphabet.handles(abi::Kind::queue)) {
        for (const abi::Handle gift : alphabet.all_handles())
            alphabet.add_with_gift(abi::QueueSend{queue, 0, 1}, gift);
        alphabet.add_with_gift(abi::QueueSend{queue, 0, 1}, alphabet.wrong(abi::Kind::none).front());
    }
}
inline void choose(Alphabet& alphabet, For<abi::QueueReceive>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        for_each(alphabet, abi::Kind::queue,
                 [=](abi::Handle queue) { return abi::QueueReceive{queue, until}; });
}
inline void choose(Alphabet& alphabet, For<abi::QueueBind>) {
    for (const u64 edge : {u64{0}, u64{1}}) {
        for_each_pair(
            alphabet, abi::Kind::queue, abi::Kind::notification,
            [=](abi::Handle queue, abi::Handle bell) { return abi::QueueBind{queue, edge, bell, 16}; });
        for_each(alphabet, abi::Kind::queue,
                 [=](abi::Handle queue) { return abi::QueueBind{queue, edge, {}, 0}; });
    }
    for_each(alphabet, abi::Kind::queue, [](abi::Handle queue) { return abi::QueueBind{queue, 2, {}, 0}; });
}

} // namespace pith::model
