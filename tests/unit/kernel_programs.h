#pragma once

#include "kernel/machine/host/simulation.h"

#include <gtest/gtest.h>
#include <list>

namespace pith::kernel {

/// Programs on the simulated machine. At the end of a test they end, and every frame is back.
class Programs : public testing::Test {
  protected:
    void TearDown() override {
        end_all();
        EXPECT_EQ(system_.free_frames(), before_);
    }
    /// It stays where it is until the test is over.
    Simulation::Program& start(u8 priority = 20) {
        programs_.push_back(system_.start(priority));
        return programs_.back();
    }
    void end_all() {
        for (Simulation::Program& program : programs_) {
            if (program.process) system_.kernel().end_process(*program.process, {});
            program = {};
        }
        do // once, or as often as it takes where the test does the slices itself
            system_.settle();
        while (system_.polling());
    }
    /// Lets the others yield until it is this one's turn.
    void run(const Simulation::Program& program) {
        for (int i = 0; i < 100 && system_.current() != program.thread.get(); ++i)
            system_.make(abi::Yield{});
        ASSERT_EQ(system_.current(), program.thread.get());
    }
    static abi::Handle give(const Simulation::Program& program, Object& object,
                            abi::Rights rights = abi::rights::all) {
        return *program.process->handles().insert({Ref<Object>{object}, rights});
    }
    abi::Handle give_system(const Simulation::Program& program, abi::Rights rights) {
        const Ref<System> system = *system_.kernel().root_budget().make<System>();
        return give(program, *system, rights);
    }
    template <class Call>
    auto invoke(const Call& call) {
        return system_.invoke(call);
    }
    template <class Call>
    bool done(const Call& call) {
        return system_.invoke(call).has_value();
    }
    /// No error (0) where it was done.
    template <class Call>
    Error error_of(const Call& call) {
        const auto result = system_.invoke(call);
        return result ? Error{} : result.error();
    }

    Simulation system_;
    PageCount before_ = system_.free_frames();

  private:
    std::list<Simulation::Program> programs_;
};

} // namespace pith::kernel
