#pragma once

#include "tests/model/census.h"

#include <string_view>

namespace pith::model {

/// What must hold between any two entries into the kernel, whatever programs did. Gives the first thing that
/// does not, in words; empty when all is well.
[[nodiscard]] std::string_view broken_invariant(const Census& census, Kernel& kernel, Machine& machine);

/// The parts, each in its own file.
class Findings {
  public:
    void expect(bool holds, std::string_view what) {
        if (!holds && first_.empty()) first_ = what;
    }
    [[nodiscard]] std::string_view first() const { return first_; }

  private:
    std::string_view first_;
};

void check_frames(Findings& findings, const Census& census, Kernel& kernel);  // invariants_memory.cpp
void check_mappings(Findings& findings, const Census& census);                // invariants_memory.cpp
void check_known(Findings& findings, Kernel& kernel);                         // invariants_memory.cpp
void check_threads(Findings& findings, const Census& census, Kernel& kernel); // invariants_threads.cpp
void check_scheduler(Findings& findings, Kernel& kernel, Machine& machine);   // invariants_threads.cpp
void check_objects(Findings& findings, const Census& census, Kernel& kernel,
                   Machine& machine); // invariants.cpp

} // namespace pith::model
