#include "kernel/memory/port_table.h"

#include "memory_arena.h"

#include <gtest/gtest.h>

#include <bit>
#include <bitset>
#include <cstring>
#include <optional>

namespace pith::kernel::test {
namespace {

using Ports = std::bitset<PortTable::ports>;

/// A kernel's own root, task states of some cores, and processes' roots that share its half.
class Machine {
  public:
    static constexpr u32 cores = 3;

    Machine() {
        TaskTables::make(access(), kernel_root, {take(), take(), take(), take()});
        for (u32 core = 0; core < cores; ++core) {
            tasks[core] = take();
            TaskTables::show(access(), kernel_root, core, tasks[core]);
        }
    }
    [[nodiscard]] PhysAddr take() {
        const PhysAddr frame = *arena.allocator().allocate();
        std::memset(access()(frame), 0, page_size);
        return frame;
    }
    [[nodiscard]] FrameAccess access() const { return arena.access(); }
    [[nodiscard]] PhysAddr new_root() {
        const PhysAddr root = take();
        TaskTables::entry_in(access(), root) = TaskTables::entry_in(access(), kernel_root);
        return root;
    }
    [[nodiscard]] PageEntry entry_at(PhysAddr root, VirtAddr page) const {
        const PageCursor cursor{access(), root, page};
        EXPECT_EQ(cursor.level(), 1u);
        return cursor.entry();
    }
    [[nodiscard]] u8 byte_at(PhysAddr root, VirtAddr address) const {
        const PageEntry entry = entry_at(root, {align_down(address.raw, page_size)});
        EXPECT_TRUE(entry.is_present());
        return frame_as<u8>(access(), entry.address())[address.raw % page_size];
    }
    /// What a core that has this root loaded allows. The processor reads one byte more, which allows nothing.
    [[nodiscard]] Ports allowed(PhysAddr root, u32 core) const {
        Ports all;
        for (u64 n = 0; n < PortTable::ports / 64; ++n) {
            const VirtAddr address = TaskTables::bitmap(core) + n * sizeof(u64);
            const PhysAddr page = entry_at(root, {align_down(address.raw, page_size)}).address();
            u64 allowed = ~frame_as<u64>(access(), page)[n % (page_size / sizeof(u64))];
            for (; allowed != 0; allowed &= allowed - 1)
                all.set(n * 64 + static_cast<u64>(std::countr_zero(allowed)));
        }
        EXPECT_EQ(byte_at(root, TaskTables::bitmap(core) + PortTable::ports / 8), 0xff);
        return all;
    }

    Arena arena{64};
    Account account{arena.allocator(), arena.access(), pages(63)};
    PhysAddr kernel_root = take();
    std::array<PhysAddr, cores> tasks{};
};

Ports range(u32 first, u32 count) {
    Ports all;
    for (u32 i = 0; i < count; ++i)
        all.set(first + i);
    return all;
}

/// Everything that no space may change.
void expect_shared(Machine& machine, PhysAddr root) {
    for (u32 core = 0; core < Machine::cores; ++core) {
        const PageEntry task = machine.entry_at(root, TaskTables::task(core));
        EXPECT_EQ(task.address(), machine.tasks[core]);
        EXPECT_EQ(task.raw, machine.entry_at(machine.kernel_root, TaskTables::task(core)).raw);
        for (u32 page = 0; page < TaskTables::pages_a_core; ++page) {
            const PageEntry entry = machine.entry_at(root, TaskTables::task(core) + pages(page));
            EXPECT_EQ(entry.raw & (PageEntry::user | PageEntry::writable), 0u);
            // What differs between spaces must go when another is loaded; the rest may stay.
            EXPECT_EQ((entry.raw & PageEntry::global) != 0, page == 0 || page == 3) << page;
        }
    }
}

TEST(PortTable, WithoutPortsEverySpaceDeniesAll) {
    Machine machine;
    const PhysAddr root = machine.new_root();
    const PageCount used = machine.account.used();
    const PortTable table{machine.account, root};
    EXPECT_FALSE(table.exists());
    EXPECT_EQ(machine.account.used(), used);
    for (u32 core = 0; core < Machine::cores; ++core)
        EXPECT_TRUE(machine.allowed(root, core).none());
    expect_shared(machine, root);
    EXPECT_FALSE(machine.entry_at(root, TaskTables::task(Machine::cores)).is_present());
}

TEST(PortTable, EdgesOfBytesAndPagesAndOfTheWhole) {
    Machine machine;
    const PhysAddr root = machine.new_root();
    for (const u32 base : {0x3f8u, 0x7ff0u, 0xffd8u})
        for (u32 first = base; first < base + 9; ++first)
            for (u32 count = 1; count < 32 && first + count <= PortTable::ports; count += 3) {
                PortTable table{machine.account, root};
                ASSERT_TRUE(table.make());
                table.allow(first, count);
                EXPECT_EQ(machine.allowed(root, first % Machine::cores), range(first, count))
                    << first << ' ' << count;
            }
    PortTable table{machine.account, root};
    ASSERT_TRUE(table.make());
    table.allow(0xffff, 1);
    table.allow(0, 1);
    EXPECT_EQ(machine.allowed(root, 0), range(0xffff, 1) | range(0, 1));
    table.allow(0x7000, 0x2001);
    EXPECT_EQ(machine.allowed(root, 1), range(0xffff, 1) | range(0, 1) | range(0x7000, 0x2001));
    table.allow(0, PortTable::ports);
    EXPECT_TRUE(machine.allowed(root, 2).all());
}

TEST(PortTable, EachSpaceHasItsOwnOnEveryCore) {
    Machine machine;
    Random random{11};
    const std::array roots{machine.new_root(), machine.new_root(), machine.new_root()};
    std::array<Ports, 3> expected;
    std::array<std::optional<PortTable>, 3> tables;
    for (std::size_t n = 0; n < roots.size(); ++n)
        tables[n].emplace(machine.account, roots[n]);
    for (int turn = 0; turn < 60; ++turn) {
        const u64 n = random.below(roots.size());
        if (!tables[n]->exists()) ASSERT_TRUE(tables[n]->make());
        const auto first = static_cast<u32>(random.below(PortTable::ports));
        const auto count = static_cast<u32>(1 + random.below(std::min(40u, PortTable::ports - first)));
        tables[n]->allow(first, count);
        expected[n] |= range(first, count);
        if (random.below(8) == 0) {
            tables[n]->give_back();
            expected[n].reset();
        }
        for (std::size_t i = 0; i < roots.size(); ++i)
            EXPECT_EQ(machine.allowed(roots[i], static_cast<u32>(turn) % Machine::cores), expected[i]);
    }
    for (const PhysAddr root : roots)
        expect_shared(machine, root);
    EXPECT_TRUE(machine.allowed(machine.kernel_root, 0).none());
}

TEST(PortTable, FramesComeBackAndAreTakenAllOrNone) {
    Machine machine;
    const PhysAddr root = machine.new_root();
    const u64 entry = TaskTables::entry_in(machine.access(), root).raw;
    const PageCount used = machine.account.used();
    for (u64 given = 0; given < PortTable::frames; ++given) {
        Account poor{machine.arena.allocator(), machine.access(), pages(given)};
        PortTable table{poor, root};
        EXPECT_EQ(table.make(), std::unexpected{Error::no_memory});
        EXPECT_FALSE(table.exists());
        EXPECT_EQ(poor.used().raw, 0u);
        EXPECT_EQ(TaskTables::entry_in(machine.access(), root).raw, entry);
    }
    {
        PortTable table{machine.account, root};
        ASSERT_TRUE(table.make());
        EXPECT_EQ(machine.account.used(), used + pages(PortTable::frames));
        EXPECT_NE(TaskTables::entry_in(machine.access(), root).raw, entry);
    }
    EXPECT_EQ(machine.account.used(), used);
    EXPECT_EQ(TaskTables::entry_in(machine.access(), root).raw, entry);
}

} // namespace
} // namespace pith::kernel::test
