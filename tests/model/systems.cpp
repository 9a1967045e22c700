#include "tests/model/systems.h"

namespace pith::model {

// clang-format off: one a line, each in the file of its name in systems/.
extern const System
    budgets,
    capabilities,
    company,
    cores_budgets, // cores.cpp
    cores_capabilities,
    cores_crowd, // crowds.cpp
    cores_events,
    cores_lives,
    cores_memory,
    cores_messages,
    crowd, // crowds.cpp
    devices,
    dma,
    faults,
    full,
    large,
    lives,
    memory,
    messages,
    queues,
    refusals,
    timers,
    turns; // messages.cpp

std::span<const System* const> systems() {
    static constexpr std::array all{
        &budgets,
        &capabilities,
        &company,
        &cores_budgets,
        &cores_capabilities,
        &cores_crowd,
        &cores_events,
        &cores_lives,
        &cores_memory,
        &cores_messages,
        &crowd,
        &devices,
        &dma,
        &faults,
        &full,
        &large,
        &lives,
        &memory,
        &messages,
        &queues,
        &refusals,
        &timers,
        &turns,
    };
    return all;
}
// clang-format on

} // namespace pith::model
