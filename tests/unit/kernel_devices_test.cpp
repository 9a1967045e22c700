#include "kernel/debug/inspector.h"
#include "kernel_programs.h"

#include <gtest/gtest.h>

#include <vector>

/// Interrupts by message, and what devices reach, on the simulated machine.
namespace pith::kernel {
namespace {

constexpr u64 read_write = 3, read_only = 1;
constexpr u16 device = 0x18;
constexpr abi::Rights reading = abi::rights::memory::read, writing = abi::rights::memory::write;

class Devices : public Programs, public testing::WithParamInterface<u32> {
  protected:
    void SetUp() override {
        system_.machine().translation_levels = GetParam();
        system_.settle();
        authority_ = give_system(program_, abi::rights::system::devices | abi::rights::copy);
    }
    /// What a device could reach stays until its reset, and is no leak.
    void TearDown() override { end_all(); }
    abi::Handle memory(u64 size) { return invoke(abi::MemoryCreate{{}, pages(size)})->handle; }
    abi::Handle domain() {
        const auto made = invoke(abi::DmaDomainCreate{authority_, {}, device});
        EXPECT_TRUE(made);
        return made ? made->handle : abi::Handle{};
    }
    /// What the device reaches there, by the tables that the machine was told of or as it is.
    std::optional<PhysAddr> reached(u64 address, abi::Rights access) {
        DmaDomain* domain = system_.kernel().dma_domains().find(device);
        if (!domain || !domain->translates()) return PhysAddr{address};
        if (!system_.machine().find_attached(device)) return std::nullopt;
        return Inspector::table(*domain)->query(address, access);
    }

    Simulation::Program& program_ = start();
    abi::Handle authority_{};
};
INSTANTIATE_TEST_SUITE_P(Translation, Devices, testing::Values(0u, 3u, 4u));

TEST_P(Devices, AMessageIsSignalledOnceUntilAcknowledged) {
    const abi::Handle weak = give_system(program_, abi::rights::system::list);
    EXPECT_EQ(error_of(abi::InterruptCreateMessage{weak, {}, device}), Error::denied);
    EXPECT_EQ(error_of(abi::InterruptCreateMessage{authority_, {}, 0x1'0000}), Error::bad_argument);
    const auto message = invoke(abi::InterruptCreateMessage{authority_, {}, device});
    const auto other = invoke(abi::InterruptCreateMessage{authority_, {}, device});
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(message && other && bell);
    EXPECT_NE(message->data, other->data);
    const u32 line = static_cast<u32>(message->data);
    const auto bits = [&] {
        const auto taken = invoke(abi::NotificationWait{bell->handle, {}});
        return taken ? taken->bits : 0;
    };
    const auto raise = [&] { static_cast<void>(kernel_interrupt(system_.core(), line)); };

    raise(); // before anybody has bound it
    EXPECT_EQ(bits(), 0u);
    ASSERT_TRUE(invoke(abi::InterruptBind{message->handle, bell->handle, 8}));
    EXPECT_EQ(bits(), 8u) << "what came before is told at binding";
    raise();
    EXPECT_FALSE(system_.machine().unmasked[line]) << "more would tell nothing new";
    raise();
    EXPECT_EQ(bits(), 0u) << "not acknowledged yet";
    ASSERT_TRUE(invoke(abi::InterruptAcknowledge{message->handle}));
    EXPECT_EQ(bits(), 8u);
    EXPECT_TRUE(system_.machine().unmasked[line]);
    ASSERT_TRUE(invoke(abi::InterruptAcknowledge{message->handle}));
    EXPECT_EQ(bits(), 0u) << "once for all that came meanwhile";
    raise();
    EXPECT_EQ(bits(), 8u);
    ASSERT_TRUE(invoke(abi::HandleClose{message->handle}));
    EXPECT_FALSE(system_.machine().routed[line]);
    raise(); // its device does not know yet
    EXPECT_EQ(bits(), 0u);
}

TEST_P(Devices, AnEdgeIsNotMaskedAndNotLost) {
    constexpr u32 edge = Machine::edge_line;
    const auto line = invoke(abi::InterruptCreate{authority_, {}, edge});
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(line && bell);
    ASSERT_TRUE(invoke(abi::InterruptBind{line->handle, bell->handle, 1}));
    system_.interrupt(edge);
    EXPECT_TRUE(system_.machine().unmasked[edge]) << "a controller that is masked would forget the next";
    system_.interrupt(edge);
    EXPECT_EQ(invoke(abi::NotificationWait{bell->handle, {}})->bits, 1u);
    ASSERT_TRUE(invoke(abi::InterruptAcknowledge{line->handle}));
    EXPECT_EQ(invoke(abi::NotificationWait{bell->handle, {}})->bits, 1u);
    EXPECT_TRUE(system_.machine().unmasked[edge]);
}

TEST_P(Devices, MessagesRunOut) {
    u32 made = 0;
    std::vector<abi::Handle> all;
    for (; made < 100; ++made) {
        const auto message = invoke(abi::InterruptCreateMessage{authority_, {}, device});
        if (!message) break;
        all.push_back(message->handle);
    }
    EXPECT_EQ(made, InterruptLines::messages);
    EXPECT_EQ(error_of(abi::InterruptCreateMessage{authority_, {}, device}), Error::no_memory);
    ASSERT_TRUE(invoke(abi::HandleClose{all[7]}));
    EXPECT_TRUE(invoke(abi::InterruptCreateMessage{authority_, {}, device}));
}

TEST_P(Devices, WhatIsAskedIsChecked) {
    const abi::Handle weak = give_system(program_, abi::rights::system::list);
    EXPECT_EQ(error_of(abi::DmaDomainCreate{weak, {}, device}), Error::denied);
    EXPECT_EQ(error_of(abi::DmaDomainCreate{authority_, {}, 0x1'0000}), Error::bad_argument);
    const abi::Handle here = domain();
    EXPECT_EQ(error_of(abi::DmaDomainCreate{authority_, {}, device}), Error::exists);
    EXPECT_EQ(error_of(abi::DmaReset{authority_, device}), Error::not_found);
    const abi::Handle some = memory(4);
    const auto read_only_copy = invoke(abi::HandleCopy{some, reading.raw, {}});
    EXPECT_EQ(error_of(abi::DmaMap{here, some, {}, pages(1), 0}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::DmaMap{here, some, {}, pages(1), 4}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::DmaMap{here, some, {}, pages(1), u64{1} << 32 | 1}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::DmaMap{here, some, pages(4), pages(1), read_only}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::DmaMap{here, some, pages(1), pages(~u64{0}), read_only}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::DmaMap{here, some, {}, {}, read_only}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::DmaMap{here, read_only_copy->handle, {}, pages(1), read_write}), Error::denied);
    EXPECT_EQ(error_of(abi::DmaMap{some, some, {}, pages(1), read_only}), Error::wrong_kind);
    const auto registers = invoke(abi::MemoryPhysical{authority_, {}, {0xfed0'0000}, pages(1)});
    EXPECT_EQ(error_of(abi::DmaMap{here, registers->handle, {}, pages(1), read_only}), Error::denied);
    EXPECT_EQ(error_of(abi::DmaUnmap{here, 0x1234}), Error::not_found);
    const auto information = invoke(abi::DmaInfo{here});
    EXPECT_EQ(information->device, device | (GetParam() ? abi::DmaInfo::is_translated : 0));
    EXPECT_EQ(information->mapped, pages(0));
}

TEST_P(Devices, TheDeviceReachesWhatIsMappedAndNothingElse) {
    const abi::Handle here = domain();
    const abi::Handle some = memory(40);
    const Memory& object = *program_.process->handles().get<Memory>(some, abi::rights::none);
    u64 mapped = 0;
    std::vector<u64> windows;
    while (mapped < 40) {
        const auto window = invoke(abi::DmaMap{here, some, pages(mapped), pages(40 - mapped), read_write});
        ASSERT_TRUE(window);
        ASSERT_GT(window->count.raw, 0u);
        if (GetParam()) EXPECT_EQ(window->count, pages(mapped == 0 ? 32 : 8));
        for (u64 page = 0; page < window->count.raw; ++page)
            EXPECT_EQ(reached(window->address + page * page_size, writing), object.frame(mapped + page));
        mapped += window->count.raw;
        windows.push_back(window->address);
    }
    EXPECT_EQ(invoke(abi::DmaInfo{here})->mapped, pages(40));
    if (GetParam()) {
        EXPECT_FALSE(reached(windows[0] - page_size, reading));
        EXPECT_FALSE(reached(windows.back() + 8 * page_size, reading));
        EXPECT_FALSE(reached(0, reading));
        const auto lesser = invoke(abi::DmaMap{here, some, pages(3), pages(1), read_only});
        EXPECT_EQ(reached(lesser->address, reading), object.frame(3));
        EXPECT_FALSE(reached(lesser->address, writing));
        const u64 flushes = system_.machine().dma_flushes;
        ASSERT_TRUE(invoke(abi::DmaUnmap{here, lesser->address}));
        EXPECT_GT(system_.machine().dma_flushes, flushes);
        EXPECT_FALSE(reached(lesser->address, reading));
    }
    for (const u64 address : windows)
        EXPECT_TRUE(invoke(abi::DmaUnmap{here, address}));
    EXPECT_EQ(error_of(abi::DmaUnmap{here, windows[0]}), Error::not_found);
    EXPECT_EQ(invoke(abi::DmaInfo{here})->mapped, pages(0));
}

TEST_P(Devices, OnlyWithoutTranslationMustFramesFollowOneAnother) {
    const abi::Handle here = domain();
    std::vector<abi::Handle> single;
    for (int i = 0; i < 9; ++i)
        single.push_back(memory(1));
    for (std::size_t i = 1; i < single.size(); i += 2) // holes of one frame
        ASSERT_TRUE(invoke(abi::HandleClose{single[i]}));
    const abi::Handle some = memory(4);
    const Memory& object = *program_.process->handles().get<Memory>(some, abi::rights::none);
    ASSERT_NE(object.frame(1), object.frame(0) + pages(1));
    const auto window = invoke(abi::DmaMap{here, some, {}, pages(4), read_only});
    EXPECT_EQ(window->count, pages(GetParam() ? 4 : 1));
}

TEST_P(Devices, MappedMemoryOutlivesItsHandles) {
    const abi::Handle here = domain();
    const abi::Handle some = memory(2);
    const PhysAddr frame = (*program_.process->handles().get<Memory>(some, abi::rights::none)).get().frame(0);
    const auto window = invoke(abi::DmaMap{here, some, {}, pages(1), read_write});
    const PageCount free = system_.free_frames();
    ASSERT_TRUE(invoke(abi::HandleClose{some}));
    EXPECT_EQ(system_.free_frames(), free);
    EXPECT_EQ(reached(window->address, writing), frame);
    ASSERT_TRUE(invoke(abi::DmaUnmap{here, window->address}));
    EXPECT_GE(system_.free_frames().raw, free.raw + 2);
}

TEST_P(Devices, MemoryEndsWithItsBudgetWhenNoDeviceReachesIt) {
    const abi::Handle here = domain();
    const auto budget = invoke(abi::BudgetCreate{{}, pages(20)});
    const auto some = invoke(abi::MemoryCreate{budget->handle, pages(4)});
    ASSERT_TRUE(some);
    const auto window = invoke(abi::DmaMap{here, some->handle, {}, pages(1), read_write});
    const auto used_after_reclaiming = [&] {
        EXPECT_TRUE(done(abi::BudgetReclaim{budget->handle}));
        system_.kernel().reclaimer().finish();
        return invoke(abi::BudgetInfo{budget->handle})->used;
    };
    EXPECT_EQ(error_of(abi::MemorySeal{some->handle}), Error::wrong_state);
    EXPECT_EQ(used_after_reclaiming(), pages(5));
    ASSERT_TRUE(invoke(abi::DmaUnmap{here, window->address}));
    EXPECT_TRUE(done(abi::MemorySeal{some->handle}));
    EXPECT_EQ(used_after_reclaiming(), pages(1)); // the object itself
}

/// A driver ends, and its device may still be at work.
TEST_P(Devices, AnEndedDomainsMemoryWaitsForTheReset) {
    const abi::Handle here = domain();
    const abi::Handle some = memory(70);
    u64 mapped = 0;
    while (mapped < 70)
        mapped += invoke(abi::DmaMap{here, some, pages(mapped), pages(70 - mapped), read_write})->count.raw;
    ASSERT_TRUE(invoke(abi::HandleClose{some}));
    ASSERT_TRUE(invoke(abi::HandleClose{here}));
    EXPECT_EQ(system_.machine().find_attached(device), nullptr) << "it reaches nothing any more";
    EXPECT_EQ(error_of(abi::DmaDomainCreate{authority_, {}, device}), Error::wrong_state);
    const PageCount free = system_.free_frames();
    ASSERT_TRUE(invoke(abi::DmaReset{authority_, device}));
    const abi::Handle again = domain();
    EXPECT_TRUE(again);
    system_.make(abi::Sleep{Instant::never()}); // the reclaimer has its turn
    EXPECT_GE(system_.free_frames().raw, free.raw + 60);
    end_all();
    EXPECT_EQ(system_.free_frames(), before_);
}

TEST_P(Devices, ADriversEndLeavesItsDeviceNothing) {
    const abi::Handle here = domain();
    const abi::Handle some = memory(3);
    ASSERT_TRUE(invoke(abi::DmaMap{here, some, {}, pages(3), read_write}));
    ASSERT_TRUE(invoke(abi::InterruptCreateMessage{authority_, {}, device}));
    end_all();
    EXPECT_EQ(system_.machine().find_attached(device), nullptr);
    EXPECT_LT(system_.free_frames(), before_) << "kept until the reset";
    program_ = system_.start(20);
    system_.settle();
    authority_ = give_system(program_, abi::rights::system::devices);
    ASSERT_TRUE(invoke(abi::DmaReset{authority_, device}));
    EXPECT_EQ(error_of(abi::DmaReset{authority_, device}), Error::not_found);
    end_all();
    EXPECT_EQ(system_.free_frames(), before_);
}

TEST_P(Devices, RefusalsAreCountedAndLoggedNowAndThen) {
    if (GetParam() == 0) return; // nothing is refused
    Machine& machine = system_.machine();
    const abi::Handle here = domain();
    machine.faulting_device = device;
    machine.faults = 3;
    static_cast<void>(kernel_dma_fault(system_.core()));
    EXPECT_EQ(invoke(abi::DmaInfo{here})->faults, 3u);
    const auto lines = [&] {
        u64 count = 0;
        for (std::size_t at = 0; (at = system_.log_text().find("may not write", at)) != std::string::npos;
             ++at)
            ++count;
        return count;
    };
    EXPECT_EQ(lines(), 1u) << system_.log_text();
    machine.faulting_device = device + 1; // that of nobody
    machine.faults = 100;
    for (int n = 0; n < 10; ++n)
        static_cast<void>(kernel_dma_fault(system_.core()));
    EXPECT_TRUE(machine.silenced) << "a device cannot keep a core busy with its refusals";
    EXPECT_EQ(lines(), 1u);
    machine.time = machine.time + milliseconds(2000);
    machine.faults = 1;
    EXPECT_EQ(invoke(abi::DmaInfo{here})->faults, 3u);
    EXPECT_EQ(lines(), 2u);
}

TEST_P(Devices, MappingsAreBounded) {
    const abi::Handle here = domain();
    const abi::Handle some = memory(1);
    for (u32 n = 0; n < DmaDomain::max_mappings; ++n)
        ASSERT_TRUE(invoke(abi::DmaMap{here, some, {}, pages(1), read_only}));
    EXPECT_EQ(error_of(abi::DmaMap{here, some, {}, pages(1), read_only}), Error::no_memory);
}

TEST_P(Devices, WhereverMemoryRunsOutNothingLeaks) {
    for (u64 limit = 1; limit < 12; ++limit) {
        const auto budget = invoke(abi::BudgetCreate{{}, pages(limit)});
        ASSERT_TRUE(budget);
        const abi::Handle some = memory(1);
        const auto here = invoke(abi::DmaDomainCreate{authority_, budget->handle, device});
        u64 windows = 0;
        for (; here && windows < 300; ++windows)
            if (!invoke(abi::DmaMap{here->handle, some, {}, pages(1), read_only})) break;
        if (here) {
            EXPECT_EQ(invoke(abi::DmaInfo{here->handle})->mapped, pages(windows));
            ASSERT_TRUE(invoke(abi::HandleClose{here->handle}));
            if (windows > 0) EXPECT_TRUE(invoke(abi::DmaReset{authority_, device}));
        }
        ASSERT_TRUE(invoke(abi::HandleClose{some}));
        ASSERT_TRUE(invoke(abi::HandleClose{budget->handle}));
    }
    end_all();
    EXPECT_EQ(system_.free_frames(), before_);
}

} // namespace
} // namespace pith::kernel
