#include "kernel/machine/host/simulation.h"

#include <array>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>
#include <vector>

/// Two toy kinds of memory objects, which the kernel knows nothing of: one that keeps few of its pages, and
/// one whose pages are shared until somebody writes to them.
namespace pith::kernel {
namespace {

constexpr VirtAddr base{0x4000'0000};
constexpr u64 read_write = 3;
constexpr u64 read_only = 1;
constexpr u64 size = 8;

/// Its pages lie in `store`; at most `most` of them in memory.
struct Paged {
    Machine& machine;
    Account& account;
    std::size_t most = 2;
    std::array<std::array<u64, page_size / 8>, size> store{};
    std::array<PhysAddr, size> frames{};
    std::deque<u64> resident;
    u64 written_back = 0;

    static Paged& of(const Memory& memory) { return *static_cast<Paged*>(memory.state()); }
    void evict(Memory& memory) {
        const u64 page = resident.front();
        resident.pop_front();
        const bool dirty = memory.take_dirty(page);
        memory.forget(page);
        if (dirty) std::memcpy(store[page].data(), machine.frame(frames[page]), page_size);
        written_back += dirty ? 1 : 0;
        account.give_frame(frames[page]);
        frames[page] = {};
    }
    static std::optional<Backing::Page> touch(Memory& memory, u64 page, abi::Rights) {
        Paged& self = of(memory);
        if (page == size - 1) return std::nullopt; // one that it cannot read
        if (self.frames[page] == PhysAddr{}) {
            if (self.resident.size() == self.most) self.evict(memory);
            self.frames[page] = *self.account.take_frame();
            std::memcpy(self.machine.frame(self.frames[page]), self.store[page].data(), page_size);
            self.resident.push_back(page);
        }
        return Backing::Page{self.frames[page], true};
    }
    static bool drain(Memory& memory) {
        Paged& self = of(memory);
        if (!self.resident.empty()) self.evict(memory);
        return self.resident.empty();
    }
    static constexpr Backing backing{&touch, &drain};
};

/// A copy of another's pages, frame by frame, until one of them writes.
struct CopyOnWrite {
    Machine& machine;
    Account& account;
    FrameAllocator& allocator;
    std::array<PhysAddr, size> frames{};
    u64 copies = 0;

    static CopyOnWrite& of(const Memory& memory) { return *static_cast<CopyOnWrite*>(memory.state()); }
    static std::optional<Backing::Page> touch(Memory& memory, u64 page, abi::Rights access) {
        CopyOnWrite& self = of(memory);
        PhysAddr& frame = self.frames[page];
        if (!access.has(abi::rights::memory::write)) return Backing::Page{frame, false};
        if (!self.allocator.unshare(frame)) {
            const PhysAddr copy = *self.account.take_frame();
            std::memcpy(self.machine.frame(copy), self.machine.frame(frame), page_size);
            memory.forget(page); // every mapping shows the copy from now on
            frame = copy;
            ++self.copies;
        }
        return Backing::Page{frame, true};
    }
    static bool drain(Memory& memory) {
        CopyOnWrite& self = of(memory);
        for (PhysAddr& frame : self.frames)
            if (const PhysAddr last = std::exchange(frame, {});
                last != PhysAddr{} && self.allocator.unshare(last))
                self.account.give_frame(last);
        return true;
    }
    static constexpr Backing backing{&touch, &drain};
};

class Pagers : public testing::Test {
  protected:
    void SetUp() override {
        program_ = system_.start(20);
        system_.settle();
        before_ = system_.free_frames();
    }
    Budget& budget() { return system_.kernel().root_budget(); }
    AddressSpace& space() { return program_.process->space(); }
    abi::Handle hand_out(Memory& memory) {
        return *program_.process->handles().insert({Ref<Object>{memory}, abi::rights::all});
    }
    bool map(abi::Handle memory, VirtAddr at, u64 access, u64 from = 0, u64 count = size) {
        return system_.invoke(abi::MemoryMap{{}, memory, at, pages(from), pages(count), access}).has_value();
    }
    /// What the processor does: null where it faults, and the kernel does not help.
    u64* touch(VirtAddr address, bool writes) {
        for (int attempt = 0; attempt < 2; ++attempt) {
            PhysAddr table = space().root();
            u64* entry = nullptr;
            bool writable = true;
            for (unsigned level = 4; level > 0; --level) {
                entry = reinterpret_cast<u64*>(system_.machine().frame(table)) +
                        (address.raw >> (3 + 9 * level) & 511);
                if ((*entry & 1) == 0) break;
                writable &= (*entry & 2) != 0;
                table = {*entry & 0x000f'ffff'ffff'f000};
            }
            const bool present = (*entry & 1) != 0;
            if (present && (writable || !writes)) {
                if (writes) *entry |= 1 << 6;
                return reinterpret_cast<u64*>(system_.machine().frame(table + address.raw % page_size));
            }
            program_.thread->context.registers.error = 4u | (present ? 1u : 0u) | (writes ? 2u : 0u);
            system_.fault(14, address.raw);
            if (program_.process->ended) return nullptr;
        }
        return nullptr;
    }

    Simulation system_;
    Simulation::Program program_;
    PageCount before_;
};

TEST_F(Pagers, PagesComeAndGo) {
    Paged paged{.machine = system_.machine(), .account = budget().account()};
    for (u64 page = 0; page < size; ++page)
        paged.store[page][5] = page + 100;
    Ref<Memory> memory = *budget().make<Memory>(pages(size), Paged::backing, static_cast<void*>(&paged));
    const abi::Handle handle = hand_out(*memory);
    ASSERT_TRUE(map(handle, base, read_write));
    ASSERT_TRUE(map(handle, base + pages(100), read_only));
    EXPECT_FALSE(space().query(base)); // nothing before it is touched
    for (u64 round = 0; round < 3; ++round) {
        for (u64 page = 0; page < size - 1; ++page) {
            const VirtAddr at = base + pages(page) + 40;
            u64* seen = touch(at, false);
            ASSERT_TRUE(seen);
            EXPECT_EQ(*seen, page + 100 + round);
            EXPECT_EQ(touch(at + pages(100), false), seen); // the same page twice
            EXPECT_LE(paged.resident.size(), 2u);
            *touch(at, true) += 1;
        }
    }
    EXPECT_GE(paged.written_back, 3 * (size - 1) - 2); // all but those that are still there
    // Another access: the pages are forgotten, and come back as they may be.
    ASSERT_TRUE(system_.invoke(abi::MemoryProtect{{}, base, pages(size), read_only}));
    EXPECT_TRUE(touch(base + 40, false));
    // The page that cannot be brought, for who has a recovery address and for who has none.
    ASSERT_TRUE(system_.invoke(abi::ThreadSetRecovery{{0x1'0000}}));
    ASSERT_TRUE(system_.invoke(
        abi::MemoryMap{{}, handle, base + pages(200), {}, pages(size), read_only | abi::map_guarded}));
    EXPECT_FALSE(touch(base + pages(200 + size - 1), false));
    EXPECT_EQ(program_.thread->context.registers.rip, 0x1'0000u);
    EXPECT_FALSE(program_.process->ended);
    EXPECT_FALSE(touch(base + 40, true));
    EXPECT_TRUE(program_.process->ended); // written to what may only be read
    memory = {};
    program_ = {};
    system_.settle();
    system_.kernel().reclaimer().finish();
    EXPECT_EQ(system_.free_frames(), system_.kernel().frames().statistics().total);
}

/// No page table has been asked whether there can be such addresses.
TEST_F(Pagers, ShowNothingOutsideOfUserSpace) {
    Paged paged{.machine = system_.machine(), .account = budget().account()};
    Ref<Memory> memory = *budget().make<Memory>(pages(size), Paged::backing, static_cast<void*>(&paged));
    const abi::Handle handle = hand_out(*memory);
    constexpr VirtAddr last{abi::user_end.raw - page_size};
    for (const VirtAddr at : {VirtAddr{}, last, VirtAddr{0xffff'8000'0000'0000}})
        for (const u64 count : {size, u64{1}})
            EXPECT_EQ(map(handle, at, read_only, 0, count), at == last && count == 1);
    system_.kernel().end_process(*program_.process, {});
    memory = {};
    program_ = {};
    system_.settle();
    system_.kernel().reclaimer().finish();
}

TEST_F(Pagers, ASinglePageLosesAnAccessAtOnce) {
    Paged paged{.machine = system_.machine(), .account = budget().account()};
    Ref<Memory> memory = *budget().make<Memory>(pages(size), Paged::backing, static_cast<void*>(&paged));
    ASSERT_TRUE(map(hand_out(*memory), base, read_write, 2, 1));
    ASSERT_TRUE(touch(base, true));
    ASSERT_TRUE(system_.invoke(abi::MemoryProtect{{}, base, pages(1), read_only}));
    EXPECT_TRUE(touch(base, false));
    EXPECT_FALSE(touch(base, true));
    EXPECT_TRUE(program_.process->ended);
    memory = {};
    program_ = {};
    system_.settle();
    system_.kernel().reclaimer().finish();
}

TEST_F(Pagers, WhatAnotherPartOfAnObjectShowsIsNotForgotten) {
    Paged paged{.machine = system_.machine(), .account = budget().account()};
    Ref<Memory> memory = *budget().make<Memory>(pages(size), Paged::backing, static_cast<void*>(&paged));
    const abi::Handle handle = hand_out(*memory);
    const auto plain = system_.invoke(abi::MemoryCreate{{}, pages(1)});
    ASSERT_TRUE(plain && map(handle, base, read_write) && map(handle, base + pages(104), read_only, 4, 2));
    ASSERT_TRUE(map(plain->handle, base + pages(100), read_write, 0, 1)); // where page 0 would be
    ASSERT_TRUE(touch(base, false));
    memory->forget(0);
    EXPECT_FALSE(space().query(base));
    EXPECT_TRUE(space().query(base + pages(100)));
    memory = {};
    system_.kernel().end_process(*program_.process, {});
    program_ = {};
    system_.settle();
    system_.kernel().reclaimer().finish();
}

TEST_F(Pagers, ThePagesAreAsTheyWereUntilAChangeIsAllowed) {
    Paged paged{.machine = system_.machine(), .account = budget().account()};
    Ref<Memory> memory = *budget().make<Memory>(pages(size), Paged::backing, static_cast<void*>(&paged));
    const abi::Handle handle = hand_out(*memory);
    constexpr u64 many = 80; // mappings: two slices do not look at all of them
    for (u64 i = 0; i < many; ++i)
        ASSERT_TRUE(map(handle, base + pages(2 * i), read_write, 0, 2));
    constexpr VirtAddr last = base + pages(2 * many - 1);
    constexpr u64 written = 2 | 4; // by the program
    const auto may_write = [&] { return space().resolve(*program_.thread, last, written); };
    system_.set_stepwise();
    system_.make(abi::MemoryProtect{{}, base, pages(2 * many), read_only});
    ASSERT_TRUE(system_.polling());
    EXPECT_TRUE(may_write());
    bool could = true;
    for (; system_.polling(); system_.settle()) {
        const bool can = may_write();
        EXPECT_TRUE(could || !can) << "not again";
        could = can;
    }
    EXPECT_FALSE(could) << "nor while the first pages change";
    memory = {};
    system_.kernel().end_process(*program_.process, {});
    program_ = {};
    do
        system_.settle();
    while (system_.polling());
    system_.kernel().reclaimer().finish();
}

TEST_F(Pagers, SharedPagesAreCopiedWhenWrittenTo) {
    FrameAllocator& allocator = system_.kernel().frames();
    CopyOnWrite first{system_.machine(), budget().account(), allocator};
    CopyOnWrite second{system_.machine(), budget().account(), allocator};
    for (u64 page = 0; page < size; ++page) {
        first.frames[page] = second.frames[page] = *budget().account().take_zeroed_frame();
        allocator.share(first.frames[page]);
    }
    Ref<Memory> original =
        *budget().make<Memory>(pages(size), CopyOnWrite::backing, static_cast<void*>(&first));
    Ref<Memory> copy = *budget().make<Memory>(pages(size), CopyOnWrite::backing, static_cast<void*>(&second));
    ASSERT_TRUE(map(hand_out(*original), base, read_write));
    ASSERT_TRUE(map(hand_out(*copy), base + pages(100), read_write));
    EXPECT_EQ(touch(base, false), touch(base + pages(100), false)); // one frame
    *touch(base, true) = 1;
    EXPECT_EQ(*touch(base, false), 1u);
    EXPECT_EQ(*touch(base + pages(100), false), 0u);
    *touch(base + pages(100), true) = 2; // the last one that uses it: no copy
    EXPECT_EQ(*touch(base, false), 1u);
    EXPECT_EQ(first.copies, 1u);
    EXPECT_EQ(second.copies, 0u);
    original = {};
    copy = {};
    system_.kernel().end_process(*program_.process, {});
    program_ = {};
    system_.settle();
    system_.kernel().reclaimer().finish();
    EXPECT_EQ(system_.free_frames(), allocator.statistics().total);
}

TEST_F(Pagers, PagesMoveBetweenObjects) {
    const auto a = system_.invoke(abi::MemoryCreate{{}, pages(size)});
    const auto b = system_.invoke(abi::MemoryCreate{{}, pages(size)});
    ASSERT_TRUE(a && b && map(a->handle, base, read_write) && map(b->handle, base + pages(100), read_only));
    *touch(base + pages(3), true) = 33;
    Memory& from = program_.process->handles().get<Memory>(a->handle, {})->get();
    Memory& to = program_.process->handles().get<Memory>(b->handle, {})->get();
    EXPECT_TRUE(from.take_dirty(3));
    EXPECT_FALSE(from.take_dirty(3));
    from.exchange(3, to, 5);
    EXPECT_EQ(*touch(base + pages(105), false), 33u);
    EXPECT_EQ(*touch(base + pages(3), false), 0u);
    EXPECT_EQ(space().query(base + pages(105))->protection, Protection::read);
}

} // namespace
} // namespace pith::kernel
