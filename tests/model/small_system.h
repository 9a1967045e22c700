#pragma once

#include "tests/model/systems.h"

namespace pith::model {

/// One of the small systems, set up, and what may happen in it next.
class SmallSystem {
  public:
    explicit SmallSystem(const System& system);

    [[nodiscard]] Simulation& simulation() { return simulation_; }
    /// As of the last of `steps` and `broken`.
    [[nodiscard]] const Census& census() const { return census_; }
    /// What is worth doing, on every core.
    [[nodiscard]] const std::vector<Step>& steps();
    /// The handles that the process which runs on a core has.
    [[nodiscard]] std::span<const abi::Handle> handles(u32 core);
    /// Which invariant is; empty when none.
    [[nodiscard]] std::string_view broken();

  private:
    void look() { census_.take(simulation_.on(0).kernel()); }

    const System& system_;
    Simulation simulation_;
    Alphabet alphabet_;
    Census census_;
    std::vector<Step> steps_;
};

} // namespace pith::model
