#pragma once

#include "kernel/machine/host/simulation.h"

#include <gtest/gtest.h>
#include <vector>

namespace pith::kernel {

/// Several cores: the test says which one takes the next step, and when one notices an interrupt by another.
class Cores : public testing::Test {
  protected:
    void TearDown() override {
        for (const auto& program : programs_)
            system_.kernel().end_process(*program.process, {});
        system_.quiesce();
    }
    Thread& start(u8 priority = 10) {
        programs_.push_back(system_.start(priority));
        return *programs_.back().thread;
    }
    /// Another thread of the process.
    Thread& start_in(Process& process, u8 priority = 10) {
        const VirtAddr buffer{0x2'0000 + 0x1000 * more_++};
        auto thread = Thread::create(system_.kernel().root_budget(), process, buffer, priority);
        require(thread.has_value(), "no memory for a thread");
        system_.kernel().start_thread(**thread);
        threads_.push_back(*thread);
        return **thread;
    }
    Thread* runs(u32 core) { return system_.kernel().core(core).current; }
    bool interrupted(u32 core) { return system_.local(core).interrupted; }
    template <class T>
    abi::Handle give(Process& process, Ref<T> object, abi::Rights rights = abi::rights::all) {
        return *process.handles().insert({Ref<Object>{*object}, rights});
    }

    u64 more_ = 0;
    Simulation system_{pages(4096), 2};
    std::vector<Simulation::Program> programs_;
    std::vector<Ref<Thread>> threads_;
};

} // namespace pith::kernel
