#include "tests/model/small_system.h"

#include "tests/model/invariants.h"

namespace pith::model {

SmallSystem::SmallSystem(const System& system)
    : system_{system}, simulation_{system.ram, system.cores}, alphabet_{system.limits} {
    simulation_.set_stepwise();
    system.set_up(simulation_);
    simulation_.settle();
    simulation_.quiesce();
}

const std::vector<Step>& SmallSystem::steps() {
    look();
    steps_.clear();
    for (u32 core = 0; core < system_.cores; ++core) {
        for (Step step : alphabet_.from(simulation_.on(core), census_)) {
            step.core = static_cast<u8>(core);
            steps_.push_back(step);
        }
    }
    return steps_;
}

std::span<const abi::Handle> SmallSystem::handles(u32 core) {
    look();
    static_cast<void>(alphabet_.from(simulation_.on(core), census_));
    return alphabet_.all_handles();
}

std::string_view SmallSystem::broken() {
    look();
    const auto found = broken_invariant(census_, simulation_.kernel(), simulation_.machine());
    if (!found.empty()) return found;
    Findings findings;
    check_mappings(findings, census_);
    return findings.first();
}

} // namespace pith::model
