#include "kernel/machine/host/snapshot.h"

#include "kernel/debug/inspector.h"

#include <cstring>

namespace pith::kernel {

/// `visit(start, size)` for the parts that are always saved: all of State but the cores that do not exist,
/// and the records of the frames.
template <class Visit>
void Snapshot::each_part(const Simulation& simulation, Visit visit) {
    auto* state = reinterpret_cast<std::byte*>(simulation.state_);
    const Kernel& kernel = *simulation.state_->kernel.lock();
    const auto& cores = Inspector::cores(kernel);
    const auto unused =
        static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&cores[kernel.core_count()]) - state);
    const auto behind =
        static_cast<std::size_t>(reinterpret_cast<const std::byte*>(cores.data() + cores.size()) - state);
    visit(state, unused);
    visit(state + behind, sizeof(Simulation::State) - behind);
    const auto records = simulation.state_->records;
    visit(reinterpret_cast<std::byte*>(records.data()), records.size_bytes());
}

void Snapshot::save(const Simulation& simulation) {
    const auto& state = *simulation.state_;
    frames_.clear();
    empty_.clear();
    u64 size = 0;
    each_part(simulation, [&](const std::byte*, std::size_t part) { size += part; });
    for (u32 frame = 0; frame < state.records.size(); ++frame) {
        const FrameRecord& record = state.records[frame];
        // A free frame holds nothing but the pattern that tells whether somebody wrote to it.
        if (record.state == FrameRecord::State::used || record.poisoned != 0)
            frames_.push_back(frame);
        else if (record.state == FrameRecord::State::aside) // and of these some are known to hold zeros
            empty_.push_back(frame);
    }
    bytes_.resize(size + frames_.size() * page_size);
    std::byte* to = bytes_.data();
    const auto keep = [&to](const std::byte* from, std::size_t part) {
        std::memcpy(to, from, part);
        to += part;
    };
    each_part(simulation, keep);
    for (const u32 frame : frames_)
        keep(&state.ram[frame * page_size], page_size);
}

void Snapshot::restore(Simulation& simulation) const {
    const std::byte* from = bytes_.data();
    const auto bring = [&from](std::byte* to, std::size_t part) {
        std::memcpy(to, from, part);
        from += part;
    };
    each_part(simulation, bring);
    for (const u32 frame : frames_)
        bring(&simulation.state_->ram[frame * page_size], page_size);
    for (const u32 frame : empty_)
        std::memset(&simulation.state_->ram[frame * page_size], 0, page_size);
}

} // namespace pith::kernel
