#include "kernel_programs.h"

#include "kernel/debug/inspector.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <random>

/// Mapping, unmapping and protecting, on the simulated machine.
namespace pith::kernel {
namespace {

constexpr VirtAddr base{0x4000'0000};
constexpr u64 read_write = 3;
constexpr u64 read_only = 1;

class Mappings : public Programs {
  protected:
    void SetUp() override { system_.settle(); }
    abi::Handle memory(u64 size) { return system_.invoke(abi::MemoryCreate{{}, pages(size)})->handle; }
    AddressSpace& space() { return program_.process->space(); }
    [[nodiscard]] u64 mappings() {
        u64 count = 0;
        for (const Mapping& mapping : Inspector::mappings(space()))
            count += mapping.range.start >= base ? 1 : 0;
        return count;
    }

    Simulation::Program& program_ = start();
};

TEST_F(Mappings, AgreeWithAPlainTableOfPages) {
    constexpr u64 size = 48, objects = 3;
    struct Page {
        u64 object, offset, access;
    };
    std::array<abi::Handle, objects> handles;
    std::array<const Memory*, objects> shown;
    for (u64 i = 0; i < objects; ++i) {
        handles[i] = memory(size);
        shown[i] = &program_.process->handles().get<Memory>(handles[i], {})->get();
    }
    std::array<std::optional<Page>, size> model;
    std::mt19937 random{11};
    for (u64 step = 0; step < 4000; ++step) {
        const u64 first = random() % size, count = 1 + random() % std::min<u64>(size - first, 9);
        const VirtAddr at = base + pages(first);
        const u64 access = random() % 2 == 0 ? read_write : read_only;
        const auto range = std::span{model}.subspan(first, count);
        const auto mapped = [](const std::optional<Page>& page) { return page.has_value(); };
        switch (random() % 3) {
        case 0: {
            const u64 object = random() % objects, offset = random() % (size - count + 1);
            const bool free = std::ranges::none_of(range, mapped);
            ASSERT_EQ(done(abi::MemoryMap{{}, handles[object], at, pages(offset), pages(count), access}),
                      free);
            for (u64 i = 0; free && i < count; ++i)
                range[i] = Page{object, offset + i, access};
            break;
        }
        case 1:
            ASSERT_TRUE(done(abi::MemoryUnmap{{}, at, pages(count)}));
            std::ranges::fill(range, std::nullopt);
            break;
        case 2: {
            const bool all = std::ranges::all_of(range, mapped);
            ASSERT_EQ(done(abi::MemoryProtect{{}, at, pages(count), access}), all);
            for (u64 i = 0; all && i < count; ++i)
                range[i]->access = access;
            break;
        }
        }
        for (u64 page = 0; page < size; ++page) {
            const auto seen = space().query(base + pages(page));
            ASSERT_EQ(seen.has_value(), model[page].has_value()) << step << ' ' << page;
            if (!seen) continue;
            ASSERT_EQ(seen->address.raw, shown[model[page]->object]->frame(model[page]->offset).raw);
            ASSERT_EQ(seen->protection == Protection::read_write, model[page]->access == read_write);
        }
    }
    end_all();
    EXPECT_EQ(system_.free_frames(), system_.kernel().frames().statistics().total);
}

TEST_F(Mappings, AnObjectKnowsWhereItIsShown) {
    const abi::Handle handle = memory(4);
    Memory& object = *&program_.process->handles().get<Memory>(handle, {})->get();
    EXPECT_TRUE(object.mappings.empty());
    ASSERT_TRUE(done(abi::MemoryMap{{}, handle, base, {}, pages(4), read_write}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, handle, base + pages(8), pages(1), pages(1), read_only}));
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base + pages(1), pages(2)})); // splits
    std::vector<std::array<u64, 3>> found;
    for (const Mapping& mapping : object.mappings) {
        EXPECT_EQ(&mapping.space, &space());
        found.push_back({mapping.range.start - base, mapping.range.count.raw, mapping.offset.raw});
    }
    std::ranges::sort(found);
    EXPECT_EQ(found,
              (std::vector<std::array<u64, 3>>{{0, 1, 0}, {3 * page_size, 1, 3}, {8 * page_size, 1, 1}}));
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base, pages(16)}));
    EXPECT_TRUE(object.mappings.empty());
}

TEST_F(Mappings, AThousandAreFoundAndGoAway) {
    const abi::Handle handle = memory(1);
    const PageCount before = system_.free_frames();
    constexpr u64 count = 1000; // of pages that do not lie side by side
    for (u64 i = 0; i < count; ++i)
        ASSERT_TRUE(
            done(abi::MemoryMap{{}, handle, base + pages(2 * (i * 7 % count)), {}, pages(1), read_only}));
    EXPECT_EQ(mappings(), count);
    EXPECT_EQ(error_of(abi::MemoryMap{{}, handle, base, {}, pages(1), read_only}), Error::bad_address);
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base + pages(1), pages(2 * count)}));
    EXPECT_EQ(mappings(), 1u);
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base, pages(1)}));
    EXPECT_EQ(system_.free_frames(), before);
}

/// Changes that take several slices, one slice at a time.
class LongMappings : public Mappings {
  protected:
    static constexpr u64 size = 2 * AddressSpace::slice - 20; // too small for large pages

    void SetUp() override {
        Mappings::SetUp();
        handle_ = memory(size);
        system_.set_stepwise();
    }
    /// How many slices the current call takes.
    u64 finish() {
        u64 slices = 1;
        for (; system_.polling(); ++slices)
            system_.settle();
        return slices;
    }
    void finish_all() {
        for (int i = 0; i < 10'000 && (system_.polling() || !system_.current()); ++i)
            system_.settle();
    }
    [[nodiscard]] Error result() const {
        return Error{static_cast<u8>(program_.thread->context.registers.rax)};
    }
    [[nodiscard]] u64 mapped() {
        u64 count = 0;
        for (u64 page = 0; page < size; ++page)
            count += space().query(base + pages(page)) ? 1 : 0;
        return count;
    }
    [[nodiscard]] abi::MemoryMap map_all() const { return {{}, handle_, base, {}, pages(size), read_write}; }

    abi::Handle handle_;
};

/// The process is taken apart while its space is changed: the call comes to what it would afterwards.
class LongMappingsOfAnother : public LongMappings {
  protected:
    void SetUp() override {
        LongMappings::SetUp();
        process_ = give(program_, *other_.process);
    }
    void map_there() {
        abi::MemoryMap call = map_all();
        call.process = process_;
        system_.make(call);
    }
    Error result_when_it_ends() {
        EXPECT_TRUE(system_.polling());
        system_.kernel().end_process(*other_.process, {});
        system_.kernel().reclaimer().finish();
        finish_all();
        return result();
    }

    Simulation::Program& other_ = start();
    abi::Handle process_;
};

TEST_F(LongMappingsOfAnother, Fail) {
    map_there();
    EXPECT_EQ(result_when_it_ends(), Error::wrong_state);
}

TEST_F(LongMappingsOfAnother, FindNothingToProtect) {
    map_there();
    finish();
    system_.make(abi::MemoryProtect{process_, base, pages(size), read_only});
    EXPECT_EQ(result_when_it_ends(), Error::bad_address);
    EXPECT_EQ(error_of(abi::MemoryProtect{process_, base, pages(size), read_only}), Error::bad_address);
}

TEST_F(LongMappingsOfAnother, HaveTakenAwayWhatTheyShould) {
    map_there();
    finish();
    system_.make(abi::MemoryUnmap{process_, base, pages(size)});
    EXPECT_EQ(result_when_it_ends(), Error{});
    EXPECT_EQ(error_of(abi::MemoryUnmap{process_, base, pages(size)}), Error{});
}

TEST_F(LongMappings, AreDoneInSlices) {
    system_.make(map_all());
    EXPECT_TRUE(system_.polling());
    EXPECT_GE(mapped(), AddressSpace::slice);
    EXPECT_LT(mapped(), size);
    EXPECT_GE(finish(), 2u);
    EXPECT_EQ(result(), Error{});
    EXPECT_EQ(mapped(), size);

    system_.make(abi::MemoryProtect{{}, base, pages(size), read_only});
    EXPECT_GE(finish(), 2u);
    EXPECT_EQ(result(), Error{});
    for (u64 page = 0; page < size; ++page)
        ASSERT_EQ(space().query(base + pages(page))->protection, Protection::read) << page;

    system_.make(abi::MemoryUnmap{{}, base + pages(1), pages(size - 2)});
    EXPECT_GE(finish(), 2u);
    EXPECT_EQ(result(), Error{});
    EXPECT_EQ(mapped(), 2u);
    EXPECT_EQ(mappings(), 2u);
}

TEST_F(LongMappings, ManySmallOnesGoInSlices) {
    for (u64 i = 0; i < 200; ++i)
        ASSERT_TRUE(done(abi::MemoryMap{{}, handle_, base + pages(2 * i), {}, pages(1), read_only}));
    system_.make(abi::MemoryProtect{{}, base, pages(400), read_only});
    finish();
    EXPECT_EQ(result(), Error::bad_address);
    system_.make(abi::MemoryUnmap{{}, base, pages(400)});
    EXPECT_GE(finish(), 10u);
    EXPECT_EQ(mappings(), 0u);
}

/// Where in the way it fails decides how long the way back is.
class LongMappingsThatFail : public LongMappings, public testing::WithParamInterface<u64> {
  protected:
    static constexpr u64 more = 2 * AddressSpace::slice + 100;
    void SetUp() override {
        Mappings::SetUp();
        handle_ = memory(more);
        system_.set_stepwise();
    }
};
INSTANTIATE_TEST_SUITE_P(InASlice, LongMappingsThatFail, testing::Values(1, 2));

TEST_P(LongMappingsThatFail, AreUndone) {
    // Room for the first tables and no more.
    const PageCount free = system_.free_frames();
    std::vector<PhysAddr> taken;
    FrameAllocator& frames = system_.kernel().frames();
    constexpr u64 tables = 3;
    while (frames.statistics().free.raw > tables)
        taken.push_back(*frames.allocate());
    // On either side of this, a slice needs tables.
    const VirtAddr at{0x40'0000'0000 - GetParam() * AddressSpace::slice * page_size};
    // From the second page on, so that no large page fits.
    system_.make(abi::MemoryMap{{}, handle_, at, pages(1), pages(more - 1), read_write});
    finish();
    EXPECT_EQ(result(), Error::no_memory);
    EXPECT_EQ(frames.statistics().free.raw, tables);
    EXPECT_FALSE(space().query(at));
    EXPECT_EQ(mappings(), 0u);
    for (const PhysAddr frame : taken)
        frames.free(frame);
    EXPECT_EQ(system_.free_frames(), free);
    EXPECT_FALSE(space().busy());
}

TEST_F(LongMappings, WhatIsLeftShowsWhatItShowed) {
    system_.make(map_all());
    finish();
    const Memory& object = program_.process->handles().get<Memory>(handle_, {})->get();
    system_.make(abi::MemoryUnmap{{}, base, pages(size)});
    ASSERT_TRUE(system_.polling());
    const Mapping& rest = *object.mappings.front();
    EXPECT_EQ(rest.range.start, base + rest.offset);
    EXPECT_EQ(space().query(rest.range.start)->address, object.frame(rest.offset.raw));
    finish();
}

TEST_F(LongMappings, APageThatIsMappedBehindAnUnmappingStays) {
    system_.make(map_all());
    finish();
    system_.make(abi::MemoryUnmap{{}, base, pages(size)});
    ASSERT_TRUE(system_.polling());
    Memory& object = program_.process->handles().get<Memory>(handle_, {})->get();
    ASSERT_TRUE(space().map_page(object, base, {abi::rights::all, abi::Rights{read_only}}, 7));
    finish();
    EXPECT_EQ(result(), Error{});
    EXPECT_EQ(mapped(), 1u);
    EXPECT_EQ(space().query(base)->address, object.frame(7));
}

TEST_F(LongMappings, WhatChangesCountsAsWritableUntilItCannotBe) {
    system_.make(map_all());
    finish();
    const Memory& object = program_.process->handles().get<Memory>(handle_, {})->get();
    for (const u64 access : {read_only, read_write}) {
        system_.make(abi::MemoryProtect{{}, base, pages(size), access});
        ASSERT_TRUE(system_.polling());
        EXPECT_EQ(object.writable, 1u);
        finish();
        EXPECT_EQ(object.writable, access == read_write ? 1u : 0u);
    }
}

TEST_F(LongMappings, OthersHelpFirst) {
    system_.make(map_all());
    ASSERT_TRUE(system_.polling());
    // Somebody of higher priority in the same process wants to take it away.
    Thread& first = *program_.thread;
    Ref<Thread> second =
        *Thread::create(system_.kernel().root_budget(), *program_.process, VirtAddr{0x3000'0000}, 40);
    system_.kernel().start_thread(*second);
    system_.settle();
    ASSERT_EQ(system_.current(), second.get());
    system_.make(abi::MemoryUnmap{{}, base, pages(size)});
    finish();
    EXPECT_EQ(system_.current(), second.get());
    EXPECT_EQ(second->context.registers.rax, 0u);
    EXPECT_EQ(mapped(), 0u);
    EXPECT_FALSE(space().busy());
    system_.make(abi::ThreadExit{});
    finish_all();
    ASSERT_EQ(system_.current(), &first);
    EXPECT_EQ(result(), Error{}); // it was mapped, for a moment
    EXPECT_EQ(first.unusual, 0u);
}

TEST_F(LongMappings, GoOnWithoutTheirOwner) {
    const auto child = system_.invoke(abi::ProcessCreate{{}, 0x64'6c69'6863, 0});
    ASSERT_TRUE(child);
    Process& process = program_.process->handles().get<Process>(child->handle, {})->get();
    Ref<Thread> second =
        *Thread::create(system_.kernel().root_budget(), *program_.process, VirtAddr{0x3000'0000}, 40);
    system_.kernel().start_thread(*second);
    system_.settle();
    ASSERT_EQ(system_.current(), second.get());
    auto call = map_all();
    call.process = child->handle;
    system_.make(call);
    ASSERT_TRUE(process.space().busy());
    system_.kernel().end_thread(*second);
    const void* const place = second.get();
    second = {};
    const Ref<Thread> third =
        *Thread::create(system_.kernel().root_budget(), *program_.process, VirtAddr{0x3000'0000}, 40);
    ASSERT_EQ(third.get(), place);
    EXPECT_TRUE(system_.kernel().reclaimer().has_work());
    system_.kernel().reclaimer().finish();
    EXPECT_FALSE(process.space().busy());
    EXPECT_FALSE(third->mapping.result) << "what its predecessor asked for is no business of it";
    EXPECT_TRUE(process.space().query(base + pages(size - 1)));
    system_.settle();
    ASSERT_TRUE(done(abi::HandleClose{child->handle})); // never ran: taken apart in slices
    EXPECT_TRUE(system_.kernel().reclaimer().has_work());
    system_.kernel().reclaimer().finish();
}

TEST_F(LongMappings, AProcessEndsInTheMiddle) {
    system_.make(map_all());
    ASSERT_TRUE(space().busy());
    end_all();
    system_.kernel().reclaimer().finish();
    EXPECT_EQ(system_.free_frames(), system_.kernel().frames().statistics().total);
}

TEST_F(LongMappings, HandlesAreClosedInSlicesAtTheKillersPriority) {
    const auto bell = system_.invoke(abi::NotificationCreate{});
    ASSERT_TRUE(bell);
    const auto child = system_.invoke(abi::ProcessCreate{{}, 0x64'6c69'6863, 0});
    const auto thread = system_.invoke(abi::ThreadCreate{child->handle, {0x50'0000}, 5, {}});
    ASSERT_TRUE(child && thread);
    ASSERT_TRUE(done(abi::ProcessObserve{child->handle, bell->handle, 1}));
    ASSERT_TRUE(done(abi::ThreadStart{thread->handle, {0x40'0000}, {0x7000}, 0}));
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(done(abi::HandleCopy{bell->handle, 0xffff, child->handle}));
    Process& process = program_.process->handles().get<Process>(child->handle, {})->get();
    system_.make(abi::ProcessKill{child->handle});
    EXPECT_TRUE(system_.polling());
    EXPECT_GT(process.handles().handles_in_use(), 50u);
    EXPECT_GE(finish(), 3u);
    EXPECT_EQ(process.handles().handles_in_use(), 0u); // before the killer goes on
    EXPECT_EQ(system_.current(), program_.thread.get());
    EXPECT_EQ(system_.invoke(abi::NotificationWait{bell->handle, {}})->bits, 1u);
}

} // namespace
} // namespace pith::kernel
