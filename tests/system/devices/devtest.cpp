// devtest: what a driver holds of a device, and what lies beyond it: windows of registers page by page,
// interrupts by line and by message, and memory that the device itself reads and writes. Needs the System
// handle's right `devices`, and QEMU's `edu` for all but the windows.
#include "edu.h"
#include "os/time.h"
#include "proto/program.h"
#include "tests/system/checks/test.h"

#include <algorithm>
#include <cstring>

using namespace pith;
using namespace pith::devices;

namespace {

constexpr abi::Rights reading = abi::rights::memory::read, writing = abi::rights::memory::write;
constexpr abi::Rights both = reading | writing;

Error window_error(const os::System& system, u64 address, u64 count = 1,
                   abi::CacheKind cache = abi::CacheKind::uncached) {
    auto window = os::invoke(abi::MemoryPhysical{system.id(), {}, {address}, pages(count), cache});
    if (!window) return window.error();
    const os::Handle made{window->handle};
    return {};
}

/// The kernel's registers, and the pages around them.
void test_windows(Test& test, const os::System& system) {
    const auto denied = [&](u64 address, u64 count = 1) {
        return window_error(system, address, count) == Error::denied;
    };
    const auto given = [&](u64 address, u64 count = 1) {
        return window_error(system, address, count) == Error{};
    };
    bool low = true;
    for (u64 page = 0; page < 0x100; ++page)
        low = low && denied(page * page_size) == (page < 0xa0 || page >= 0xc0);
    test.check("the first megabyte", low);
    bool messages = true;
    for (u64 page = 0; page < 0x100; ++page)
        messages = messages && denied(0xfee0'0000 + page * page_size);
    test.check("where writes are interrupts", messages);
    test.check("around interrupt messages",
               given(0xfedf'f000) && given(0xfef0'0000) && denied(0xfedf'f000, 2) && denied(0xfeef'f000, 2));
    for (const u64 registers : {u64{0xfec0'0000}, u64{0xfed0'0000}})
        test.check(registers == 0xfec0'0000 ? "the interrupt controller's registers"
                                            : "the timer's registers",
                   denied(registers) && given(registers - page_size) && given(registers + page_size) &&
                       denied(registers - page_size, 2) && denied(registers - page_size, 3));
    bool ram = true;
    for (u64 address = 0x10'0000; address < 0x400'0000; address += 37 * page_size)
        ram = ram && denied(address);
    test.check("memory", ram && denied(0x3ff'f000));
    test.check("the end of the hole", given(0xffff'f000) && denied(0xffff'f000, 2));
    test.check("a window in which writes are combined",
               window_error(system, 0xfedf'f000, 1, abi::CacheKind::write_combining) == Error{});
    test.check("a window of no such kind",
               window_error(system, 0xfedf'f000, 1, abi::CacheKind{7}) == Error::bad_argument);
    test.check("numbers that wrap", window_error(system, ~u64{0} << page_shift, 2) == Error::bad_argument &&
                                        window_error(system, 0xfd00'0001) == Error::bad_argument &&
                                        window_error(system, 0xfd00'0000, 0) == Error::bad_argument);
}

/// The bits that came within a short time.
u64 bits_of(const os::Notification& bell) {
    const auto deadline = os::from_now(milliseconds(20));
    if (!deadline) return 0;
    return bell.wait(*deadline).value_or(0);
}

Result<> test_messages(Test& test, const os::System& system, Edu& edu) {
    const auto bell = TRY(os::Notification::create());
    auto message = TRY(os::MessageInterrupt::create(system, edu.device()));
    edu.use_message(message.address, message.data);
    TRY(message.interrupt.bind(bell, 4));
    test.check("no message yet", bits_of(bell) == 0);
    edu.raise(1);
    test.check("a message", bits_of(bell) == 4 && edu.raised() == 1);
    for (u32 n = 0; n < 100; ++n)
        edu.raise(2);
    test.check("no more before it is acknowledged", bits_of(bell) == 0);
    TRY(message.interrupt.acknowledge());
    test.check("what came meanwhile, once", bits_of(bell) == 4);
    TRY(message.interrupt.acknowledge());
    test.check("and then nothing", bits_of(bell) == 0);
    edu.lower(~0u);
    edu.raise(8);
    test.check("the next message", bits_of(bell) == 4);
    edu.lower(~0u);
    message.interrupt.close();
    edu.raise(16);
    test.check("a message that nobody has any more", bits_of(bell) == 0);
    edu.lower(~0u);

    // Another device's message is not this one's to send, where the machine can tell who sends.
    const auto others = TRY(os::MessageInterrupt::create(system, static_cast<u16>(edu.device() + 8)));
    TRY(others.interrupt.bind(bell, 32));
    edu.use_message(others.address, others.data);
    edu.raise(1);
    const bool came = bits_of(bell) == 32;
    constexpr u64 through_tables = 16; // of the machine's interrupt remapping (VT-d)
    const bool guarded = (others.address & through_tables) != 0;
    test.check(guarded ? "another device's message is refused" : "nothing guards messages here",
               came != guarded);
    edu.lower(~0u);
    return {};
}

/// Finds the line by trying all that PCI devices use.
Result<> test_line(Test& test, const os::System& system, Edu& edu) {
    const auto bell = TRY(os::Notification::create());
    constexpr std::array<u64, 10> numbers{16, 17, 18, 19, 20, 21, 22, 23, 10, 11};
    std::array<os::Interrupt, numbers.size()> lines;
    for (u64 n = 0; n < lines.size(); ++n) {
        lines[n] = os::Interrupt{TRY(os::invoke(abi::InterruptCreate{system.id(), {}, numbers[n]})).handle};
        TRY(lines[n].bind(bell, u64{1} << n));
    }
    test.check_error("a line is one driver's", os::invoke(abi::InterruptCreate{system.id(), {}, 16}),
                     Error::exists);
    edu.use_line();
    test.check("a quiet line", bits_of(bell) == 0);
    edu.raise(1);
    const u64 all_bits = bits_of(bell); // a board may wire it to two inputs, as it is now and as it once was
    test.check("a line", all_bits != 0);
    if (all_bits == 0) return {};
    const u64 bits = all_bits & (~all_bits + 1);
    const os::Interrupt line = std::move(lines[static_cast<std::size_t>(std::countr_zero(bits))]);
    std::ranges::for_each(lines, [](os::Interrupt& other) { other.close(); });
    test.check("masked until acknowledged", bits_of(bell) == 0);
    TRY(line.acknowledge());
    test.check("a level that is still there", bits_of(bell) == bits);
    edu.lower(~0u);
    TRY(line.acknowledge());
    test.check("a level that is gone", bits_of(bell) == 0);
    edu.raise(1);
    test.check("and comes again", bits_of(bell) == bits);
    // Each acknowledgement lets the next one in at once.
    for (int n = 0; n < 20'000; ++n)
        TRY(line.acknowledge());
    test.check("a level that never goes, acknowledged without end", bits_of(bell) == bits);
    edu.lower(~0u);
    return {};
}

struct Pages {
    os::Memory memory;
    os::Mapping view;
    [[nodiscard]] static Result<Pages> create(u64 count) {
        auto memory = TRY(os::Memory::create(pages(count)));
        auto view = TRY(os::Mapping::whole(memory, both));
        return Pages{std::move(memory), std::move(view)};
    }
    [[nodiscard]] std::span<std::byte> page(u64 n) const {
        return view.bytes().subspan(n * page_size, page_size);
    }
    void fill(u64 n, u8 value) const { std::ranges::fill(page(n), std::byte{value}); }
    /// What one copy of the device changes, and the rest of the page.
    [[nodiscard]] bool holds(u64 n, u8 copied, u8 rest) const {
        const auto all = [](std::span<std::byte> bytes, u8 value) {
            return std::ranges::all_of(bytes, [=](std::byte byte) { return byte == std::byte{value}; });
        };
        return all(page(n).first(Edu::most), copied) && all(page(n).subspan(Edu::most), rest);
    }
    [[nodiscard]] bool holds(u64 n, u8 value) const { return holds(n, value, value); }
};

Result<> test_copying(Test& test, const os::System& system, Edu& edu) {
    const auto domain = TRY(os::DmaDomain::create(system, edu.device()));
    test.check_error("one domain a device", os::DmaDomain::create(system, edu.device()), Error::exists);
    const auto memory = TRY(Pages::create(4));
    for (u64 n = 0; n < 4; ++n)
        memory.fill(n, static_cast<u8>(0x10 + n));
    const auto source = TRY(domain.map(memory.memory, pages(0), pages(1), reading));
    const auto target = TRY(domain.map(memory.memory, pages(2), pages(1), both));
    TRY(edu.read_memory(source.address));
    TRY(edu.write_memory(target.address));
    test.check("the device copies what it was given", memory.holds(2, 0x10, 0x12));
    test.check("and nothing else", memory.holds(0, 0x10) && memory.holds(1, 0x11) && memory.holds(3, 0x13));
    test.check("what is mapped", TRY(domain.info()).mapped == pages(2));

    // Handles and mappings of the memory go; the device still has its pages.
    auto lost = TRY(Pages::create(1));
    lost.fill(0, 0x77);
    const auto kept = TRY(domain.map(lost.memory, {}, pages(1), reading));
    lost = TRY(Pages::create(1));
    lost.fill(0, 0x78);
    TRY(edu.read_memory(kept.address));
    TRY(edu.write_memory(target.address));
    test.check("memory stays while a device uses it", memory.holds(2, 0x77, 0x12));
    TRY(domain.unmap(kept.address));
    test.check_error("unmapped twice", domain.unmap(kept.address), Error::not_found);
    return {};
}

/// What the device was not given, on a machine that translates what devices do.
Result<> test_refusals(Test& test, const os::System& system, Edu& edu) {
    auto domain = TRY(os::DmaDomain::create(system, edu.device()));
    const auto memory = TRY(Pages::create(3));
    for (u64 n = 0; n < 3; ++n)
        memory.fill(n, static_cast<u8>(0x20 + n));
    const auto source = TRY(domain.map(memory.memory, pages(0), pages(1), reading));
    const auto target = TRY(domain.map(memory.memory, pages(1), pages(1), both));
    TRY(edu.read_memory(source.address));
    memory.fill(0, 0x2f);
    const auto refused = [&](u64 address) -> Result<bool> {
        const u64 before = TRY(domain.info()).faults;
        TRY(edu.write_memory(address));
        return TRY(domain.info()).faults > before && memory.holds(0, 0x2f) && memory.holds(2, 0x22);
    };
    TRY(edu.write_memory(
        source.address)); // the emulator refuses it and, knowing the page by now, tells nobody
    test.check("what is for reading is not written", memory.holds(0, 0x2f));
    test.check("the page behind the window", TRY(refused(target.address + page_size)));
    test.check("the first page", TRY(refused(0)));
    test.check("the kernel", TRY(refused(0x10'0000)));
    test.check("far away", TRY(refused(u64{1} << 38)));
    test.check("but what was given", memory.holds(1, 0x21));
    TRY(edu.write_memory(target.address));
    test.check("still works", memory.holds(1, 0x20, 0x21));
    memory.fill(1, 0x21);
    TRY(domain.unmap(target.address));
    test.check("what was taken away", TRY(refused(target.address)) && memory.holds(1, 0x21));

    const auto again = TRY(domain.map(memory.memory, pages(1), pages(1), both));
    domain.close();
    TRY(edu.write_memory(again.address));
    test.check("nothing after the domain's end", memory.holds(1, 0x21));
    return {};
}

Result<> test_reset(Test& test, const os::System& system, Edu& edu) {
    static_cast<void>(os::DmaDomain::reset(system, edu.device()));
    auto domain = TRY(os::DmaDomain::create(system, edu.device()));
    const auto memory = TRY(Pages::create(1));
    TRY(domain.map(memory.memory, {}, pages(1), both));
    domain.close();
    test.check_error("a device that was not reset", os::DmaDomain::create(system, edu.device()),
                     Error::wrong_state);
    test.check("its reset", os::DmaDomain::reset(system, edu.device()).has_value());
    test.check_error("is said once", os::DmaDomain::reset(system, edu.device()), Error::not_found);
    test.check("and it is given again", os::DmaDomain::create(system, edu.device()).has_value());
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto system = TRY(start.take<os::System>("system"));
    Test test{program.terminal()};
    test_windows(test, system);
    auto edu = Edu::open(system);
    if (!edu && edu.error() == Error::not_found) return test.failures();
    if (!edu) return edu.error() == Error::unsupported ? 101 : 102;
    test.check("the device answers", edu->answers());
    test.part("messages", test_messages(test, system, *edu));
    test.part("a line", test_line(test, system, *edu));
    test.part("copying", test_copying(test, system, *edu));
    static_cast<void>(os::DmaDomain::reset(system, edu->device()));
    auto domain = TRY(os::DmaDomain::create(system, edu->device()));
    const bool translates = (TRY(domain.info()).device & abi::DmaInfo::is_translated) != 0;
    domain.close();
    program.terminal().print("devices' addresses are {}\n", translates ? "translated" : "trusted");
    if (translates) test.part("refusals", test_refusals(test, system, *edu));
    test.part("reset", test_reset(test, system, *edu));
    return test.failures();
}
