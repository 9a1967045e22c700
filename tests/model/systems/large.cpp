#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Maps a few pages where the alphabet maps, and as many elsewhere as there is room for in the memory that
/// mappings have: the next one needs a frame.
void fill_mappings(Process& process, Memory& memory) {
    constexpr VirtAddr place{0x40'0000}, elsewhere{0x1000'0000};
    const View view{abi::rights::all, abi::rights::memory::read, false};
    const auto map = [&](VirtAddr address, u64 count) {
        const auto made = process.space().map(memory, {address, pages(count)}, view, {}, nullptr);
        require(made.has_value(), "no memory for a mapping");
    };
    map(place, 4);
    map(elsewhere, 1); // with its page tables
    const PageCount used = process.budget().account().used();
    for (VirtAddr next = elsewhere + 2 * page_size;; next = next + 2 * page_size) {
        map(next, 1);
        if (process.budget().account().used() == used) continue;
        require(process.space().unmap({next, pages(1)}, nullptr).has_value(), "a mapping that stays");
        return;
    }
}

/// What takes more than one slice: many copies of one handle, many deadlines, mappings of many pages.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 60, 10);
    const Program two = start(simulation, 60, 10);
    const auto bell = make<Notification>(simulation);
    const abi::Handle source = give(one, *bell);
    for (u32 i = 0; i < 40; ++i)
        lend(one, source, two, i == 0 ? abi::rights::all : abi::rights::none);
    Budget& root = simulation.kernel().root_budget();
    for (u32 i = 0; i < 34; ++i) {
        auto timer = root.make<Timer>(bell, u64{1});
        require(timer.has_value(), "no memory for a timer");
        give(two, **timer, abi::rights::none);
        (*timer)->set(Instant{5'000});
    }
    constexpr PhysAddr registers{0xfed0'0000};
    auto window = root.make<Memory>(registers, pages(600), Memory::Range::device, Cache::uncached);
    require(window.has_value(), "no memory for a window");
    fill_mappings(*one.process, **window);
    give(one, **window);
    give(two, **window);
    give(two, *one.process);
}

using namespace abi;
using Calls = TypeList<HandleRevoke, HandleClose, HandleCopy, MemoryMap, MemoryUnmap, MemoryProtect,
                       MemoryCreate, NotificationWait, Sleep, ProcessKill, Yield>;

} // namespace

extern const System large{"large",
                          {.calls = calls(Calls{}), .messages = false, .faults = false, .large = true},
                          pages(256),
                          set_up};

} // namespace pith::model
