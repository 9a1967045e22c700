#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of endpoints, notifications and timers.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::EndpointCreate>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::EndpointCreate{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationCreate>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::NotificationCreate{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationSignal>) {
    for_each(alphabet, abi::Kind::notification,
             [](abi::Handle bell) { return abi::NotificationSignal{bell, 1}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationWait>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        for_each(alphabet, abi::Kind::notification,
                 [=](abi::Handle bell) { return abi::NotificationWait{bell, until}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationBind>) {
    for_each_pair(
        alphabet, abi::Kind::notification, abi::Kind::endpoint,
        [](abi::Handle bell, abi::Handle endpoint) { return abi::NotificationBind{bell, endpoint, 32}; });
    for_each(alphabet, abi::Kind::notification,
             [](abi::Handle bell) { return abi::NotificationBind{bell, {}}; });
}
inline void choose(Alphabet& alphabet, For<abi::TimerCreate>) {
    if (!alphabet.may_grow()) return;
    for_each(alphabet, abi::Kind::notification,
             [](abi::Handle bell) { return abi::TimerCreate{{}, bell, 64}; });
    for (const abi::Handle bell : alphabet.handles(abi::Kind::notification))
        for_each(alphabet, abi::Kind::budget,
                 [=](abi::Handle budget) { return abi::TimerCreate{budget, bell, 64}; });
}
inline void choose(Alphabet& alphabet, For<abi::TimerSet>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        for_each(alphabet, abi::Kind::timer, [=](abi::Handle timer) { return abi::TimerSet{timer, until}; });
}
inline void choose(Alphabet& alphabet, For<abi::TimerCancel>) {
    for_each(alphabet, abi::Kind::timer, [](abi::Handle timer) { return abi::TimerCancel{timer}; });
}
inline void choose(Alphabet& alphabet, For<abi::ClockPage>) {
    if (alphabet.may_grow()) try_it(alphabet, abi::ClockPage{});
}

} // namespace pith::model
