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

} // namespace pith::model
