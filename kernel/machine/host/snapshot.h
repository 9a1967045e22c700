#pragma once

#include "kernel/machine/host/simulation.h"

#include <vector>

namespace pith::kernel {

/// What a simulation was at one moment. Holds the machine, the kernel, and of the frames those that somebody
/// used; not the log. To be brought back into the simulation that it was taken from only.
class Snapshot {
  public:
    void save(const Simulation& simulation);
    void restore(Simulation& simulation) const;

  private:
    template <class Visit>
    static void each_part(const Simulation& simulation, Visit visit);

    std::vector<std::byte> bytes_;
    std::vector<u32> frames_, empty_;
};

} // namespace pith::kernel
