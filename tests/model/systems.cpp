#include "tests/model/systems.h"

namespace pith::model {

// clang-format off: one a line, each in the file of its name in systems/.
extern const System
    capabilities,
    devices,
    dma,
    faults,
    lives,
    memory,
    messages,
    queues,
    timers,
    turns; // messages.cpp

std::span<const System* const> systems() {
    static constexpr std::array all{
        &capabilities,
        &devices,
        &dma,
        &faults,
        &lives,
        &memory,
        &messages,
        &queues,
        &timers,
        &turns,
    };
    return all;
}
// clang-format on

} // namespace pith::model
