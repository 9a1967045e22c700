#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of budgets.
namespace pith::model {

inline void choose(Alphabet& alphabet, For<abi::BudgetCreate>) {
    for (const u64 frames : {u64{0}, u64{4}, ~u64{0}})
        for_each_budget(alphabet,
                        [=](abi::Handle parent) { return abi::BudgetCreate{parent, pages(frames)}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetInfo>) {
    for_each(alphabet, abi::Kind::budget, [](abi::Handle budget) { return abi::BudgetInfo{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetReclaim>) {
    for_each(alphabet, abi::Kind::budget, [](abi::Handle budget) { return abi::BudgetReclaim{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetResize>) {
    for (const u64 frames : {u64{0}, u64{1}, u64{32}, ~u64{0}})
        for_each(alphabet, abi::Kind::budget,
                 [=](abi::Handle budget) { return abi::BudgetResize{{}, budget, pages(frames)}; });
    for (const abi::Handle parent : alphabet.handles(abi::Kind::budget))
        for_each(alphabet, abi::Kind::budget,
                 [=](abi::Handle budget) { return abi::BudgetResize{parent, budget, pages(5)}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetEnd>) {
    for_each(alphabet, abi::Kind::budget, [](abi::Handle budget) { return abi::BudgetEnd{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetObserve>) {
    for (const u64 below : {u64{0}, u64{6}, ~u64{0}})
        for_each_pair(alphabet, abi::Kind::budget, abi::Kind::notification,
                      [=](abi::Handle budget, abi::Handle bell) {
                          return abi::BudgetObserve{budget, bell, 128, pages(below)};
                      });
    for (const abi::Handle bell : alphabet.handles(abi::Kind::notification))
        try_it(alphabet, abi::BudgetObserve{{}, bell, 256, pages(30)});
}

} // namespace pith::model
