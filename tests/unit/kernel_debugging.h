#pragma once

#include "kernel/debug/inspector.h"
#include "kernel_programs.h"

#include <gtest/gtest.h>

namespace pith::kernel {

/// A handler with every right over a victim, which runs whenever the handler waits.
class Debugging : public Programs {
  protected:
    void SetUp() override {
        endpoint_ = *system_.kernel().root_budget().make<Endpoint>();
        at_handler_ = give(handler_, *endpoint_);
        process_ = give(handler_, *victim_.process);
        thread_ = give(handler_, *victim_.thread);
        system_.settle();
    }
    void TearDown() override {
        endpoint_ = {};
        Programs::TearDown();
    }

    /// Badge 7 for the victim's faults.
    void set_handler(u64 flags = 0) {
        const auto minted = invoke(abi::HandleMint{at_handler_, 0xffff, 7});
        ASSERT_TRUE(minted);
        ASSERT_TRUE(invoke(abi::ProcessSetFaultHandler{process_, minted->handle, flags}));
        ASSERT_TRUE(invoke(abi::HandleClose{minted->handle}));
    }
    void receive() { system_.send(abi::MessageCall::receive, at_handler_); }
    /// The handler, which runs, answers and waits.
    void answer(abi::FaultAction action, std::array<u64, 10> words = {}, u32 more = 0) {
        words[0] = std::to_underlying(action);
        system_.send(abi::MessageCall::reply_and_receive, at_handler_, words, more);
    }
    Registers& registers() { return victim_.thread->context.registers; }
    Simulation::Message message() { return Simulation::message_of(*handler_.thread); }
    abi::MessageBuffer& buffer() { return *handler_.thread->buffer; }
    bool handler_runs() { return system_.current() == handler_.thread.get(); }
    bool victim_runs() { return system_.current() == victim_.thread.get(); }
    void expect_end(u64 vector, u64 address) {
        EXPECT_TRUE(victim_.process->ended);
        EXPECT_EQ(victim_.process->reason.kind, abi::ExitKind::faulted);
        EXPECT_EQ(victim_.process->reason.detail, vector);
        EXPECT_EQ(victim_.process->reason.address, address);
    }
    abi::ThreadRegisters read_registers() {
        EXPECT_TRUE(invoke(abi::ThreadReadRegisters{thread_}));
        abi::ThreadRegisters image;
        std::memcpy(&image, buffer().words.data(), sizeof image);
        return image;
    }
    auto write_registers(const abi::ThreadRegisters& image) {
        std::memcpy(buffer().words.data(), &image, sizeof image);
        return invoke(abi::ThreadWriteRegisters{thread_});
    }

    Simulation::Program& handler_ = start(20);
    Simulation::Program& victim_ = start(10);
    Ref<Endpoint> endpoint_;
    abi::Handle at_handler_, process_, thread_;
};

} // namespace pith::kernel
