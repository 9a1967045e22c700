// porttest: I/O ports, one by one. What a process was given it can touch, and nothing beyond it, after every
// kind of switch. Prints "PASS name" or "FAIL name" for each check; needs the System handle's right
// `devices`.
#include "os/io_ports.h"
#include "os/message.h"
#include "os/spawn.h"
#include "os/system.h"
#include "os/time.h"
#include "port_child.h"
#include "proto/program.h"
#include "tests/system/checks/test.h"

using namespace pith;
using namespace pith::devices;

namespace {

// Nothing answers at these ports of the machines that this runs on.
constexpr u16 quiet = 0x5000, quiet_too = 0x5100;
constexpr u32 all_ports = 0x10000;
constexpr std::size_t most_ranges = 10;

/// A test that can ask for ports.
class PortTest : public Test {
  public:
    PortTest(const proto::Terminal& terminal, const os::System& system) : Test{terminal}, system_{system} {}
    [[nodiscard]] Result<os::IoPorts> ports(u16 first, u32 count) const {
        return os::IoPorts{TRY(os::invoke(abi::IoPortsCreate{system_.id(), {}, first, count})).handle};
    }

  private:
    const os::System& system_;
};

struct Range {
    u16 first;
    u32 count;
};

bool allowed(std::span<const Range> ranges, u32 port) {
    for (const Range& range : ranges)
        if (port >= range.first && port - range.first < range.count) return true;
    return false;
}
bool allowed(std::span<const Range> ranges, u32 port, Width width) {
    for (u32 i = 0; i < static_cast<u32>(width); ++i)
        if (port + i >= all_ports || !allowed(ranges, port + i)) return false;
    return true;
}

/// Tries every port from `first` to `end`; the first about which the processor and the ranges disagree.
Result<u32> first_wrong(PortTest& test, const PortChild& child, std::span<const Range> ranges, u32 first,
                        u32 end, Width width) {
    std::array<os::IoPorts, most_ranges> handles;
    std::array<abi::Handle, most_ranges> ids{};
    for (std::size_t n = 0; n < ranges.size(); ++n) {
        handles[n] = TRY(test.ports(ranges[n].first, ranges[n].count));
        ids[n] = handles[n].id();
    }
    const auto readable = TRY(child.readable(std::span{ids}.first(ranges.size()), first, end, width));
    for (u32 port = first; port < end; ++port)
        if (readable[port - first] != allowed(ranges, port, width)) return port;
    return end;
}

void check_range(PortTest& test, const PortChild& child, std::string_view name, std::span<const Range> ranges,
                 u32 first, u32 end, Width width) {
    const auto wrong = first_wrong(test, child, ranges, first, end, width);
    Text<100> line;
    line.format("{}", name);
    if (!wrong) line.format(": {}", wrong.error());
    if (wrong && *wrong < end) line.format(": port {:#x}", *wrong);
    test.check(line.view(), wrong && *wrong == end);
}

/// Byte by byte around the ends of what was given, with every width.
void test_edges(PortTest& test, const PortChild& child) {
    constexpr std::array ranges{Range{quiet, 1},       Range{quiet + 3, 1},    Range{quiet + 6, 5},
                                Range{quiet + 15, 2},  Range{quiet + 32, 32},  Range{quiet + 0x83, 26},
                                Range{quiet + 192, 8}, Range{quiet + 201, 23}, Range{quiet + 0xf0, 1},
                                Range{quiet + 0xf2, 3}};
    check_range(test, child, "bytes at the edges of ranges", ranges, quiet - 16, quiet + 272, Width::byte);
    check_range(test, child, "words across the edges", ranges, quiet - 16, quiet + 272, Width::word);
    check_range(test, child, "double words across the edges", ranges, quiet - 16, quiet + 272, Width::dword);
    constexpr std::array last{Range{0xffff, 1}, Range{0xfff0, 8}};
    check_range(test, child, "the last port, bytes", last, 0xffe8, all_ports, Width::byte);
    check_range(test, child, "the last port, words", last, 0xffe8, all_ports, Width::word);
    check_range(test, child, "the last port, double words", last, 0xffe8, all_ports, Width::dword);
}

/// Every port there is.
void test_all(PortTest& test, const PortChild& child) {
    constexpr std::array some{Range{quiet, 1}, Range{quiet + 7, 2}, Range{0x7000, 0x1000}, Range{0xfffe, 2}};
    check_range(test, child, "all 65536 ports, some given", some, 0, all_ports, Width::byte);
    constexpr std::array most{Range{0x5000, 0x1000}, Range{0x6000, 0x1fff}, Range{0x8001, 0x1000}};
    check_range(test, child, "thousands given at once", most, 0x4ff0, 0x9010, Width::dword);
}

// ---- processes that switch to each other ------------------------------------------------------------------

enum class Way : u8 { call, long_call, spin, sleep };

void touch(u16 port) {
    u8 value;
    asm volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
}

u64 number_in(std::string_view text) {
    u64 value = 0;
    for (const char c : text)
        value = value * 10 + static_cast<u64>(c - '0');
    return value;
}

constexpr u64 turns = 40, reached = 1, ended = 2;

/// One turn of a child that gives the core away.
Result<> switch_by(Way way, const os::Endpoint& peer) {
    os::Message message;
    switch (way) {
    case Way::call: return os::call(peer, message);
    case Way::long_call:
        message.words = {};
        message.count = 40;
        return os::call(peer, message);
    case Way::spin: {
        const Instant end = TRY(os::from_now(milliseconds(25))); // longer than a slice
        while (TRY(os::invoke(abi::ClockRead{})).now < end) {
        }
        return {};
    }
    case Way::sleep: return os::sleep(milliseconds(1));
    }
    return {};
}

/// A child: touches its ports in every turn, and in the end one that is another's, which must end it.
Result<int> hold(os::Start& start) {
    const u16 first = static_cast<u16>(number_in(*start.argument(2)));
    const u16 others = static_cast<u16>(number_in(*start.argument(3)));
    const Way way{static_cast<u8>(number_in(*start.argument(4)))};
    const auto peer = TRY(start.take<os::Endpoint>("peer"));
    const auto bell = TRY(start.take<os::Notification>("bell"));
    if (auto ports = start.take<os::IoPorts>("ports")) TRY(ports->enable(first));
    const bool has_ports = first != 0;
    for (u64 turn = 0; turn < (way == Way::spin ? turns / 8 : turns); ++turn) {
        if (has_ports) touch(first), touch(static_cast<u16>(first + 7));
        TRY(switch_by(way, peer));
        if (has_ports) touch(first), touch(static_cast<u16>(first + 7));
    }
    TRY(bell.signal(reached));
    touch(others);
    return 9;
}

/// The server of the others, with ports of its own.
Result<int> serve(os::Start& start) {
    const u16 first = static_cast<u16>(number_in(*start.argument(2)));
    const auto endpoint = TRY(start.take<os::Endpoint>("peer"));
    auto ports = TRY(start.take<os::IoPorts>("ports"));
    TRY(ports.enable(first));
    os::Message message;
    TRY(os::receive(endpoint, message));
    for (;;) {
        touch(first);
        TRY(os::reply_and_receive(endpoint, message));
        touch(static_cast<u16>(first + 7));
    }
}

class Family {
  public:
    [[nodiscard]] static Result<Family> create(const proto::Program& program) {
        Family family;
        const auto file = TRY(program.open_file("/test/porttest"));
        family.image_ = TRY(proto::LoadedFile::load(file));
        family.peer_ = TRY(os::Endpoint::create());
        return family;
    }
    /// `first` 0: without ports.
    [[nodiscard]] Result<os::Process> start(PortTest& test, std::string_view role, u16 first, u16 others,
                                            Way way, const os::Notification& bell) const {
        Text<8> one, two, three;
        one.format("{}", first);
        two.format("{}", others);
        three.format("{}", static_cast<u64>(way));
        const std::array<std::string_view, 5> arguments{"porttest", role, one.view(), two.view(),
                                                        three.view()};
        os::IoPorts ports;
        if (first != 0) ports = TRY(test.ports(first, 8));
        const std::array grants{os::ChildGrant{"peer", &peer_}, os::ChildGrant{"bell", &bell},
                                os::ChildGrant{"ports", &ports}};
        const os::Budget own;
        return os::spawn({.image = image_->bytes(),
                          .arguments = arguments,
                          .environment = {},
                          .grants = std::span{grants}.first(first != 0 ? 3 : 2),
                          .budget = &own});
    }

  private:
    Family() = default;
    std::optional<proto::LoadedFile> image_;
    os::Endpoint peer_;
};

/// Whether the child came to its last step and that ended it.
Result<bool> ends_at_the_last(const os::Process& child, const os::Notification& bell) {
    TRY(child.observe(bell, ended));
    const Instant deadline = TRY(os::from_now(milliseconds(20'000)));
    for (u64 seen = 0; (seen & ended) == 0;) {
        seen |= TRY(bell.wait(deadline));
        if ((seen & (reached | ended)) == ended) return false;
    }
    constexpr u64 protection_fault = 13;
    const auto status = TRY(child.status());
    return status.kind == static_cast<u64>(abi::ExitKind::faulted) && status.detail == protection_fault;
}

/// Processes with ports, and one without, all at once.
Result<> test_switches(PortTest& test, const proto::Program& program) {
    const Family family = TRY(Family::create(program));
    constexpr std::size_t count = 6;
    const os::Notification nobody = TRY(os::Notification::create());
    const os::Process server = TRY(family.start(test, "serve", quiet_too, 0, Way::call, nobody));
    constexpr std::array names{"after calls", "after long calls", "after preemption", "after sleeping"};
    for (std::size_t n = 0; n < names.size(); ++n) {
        std::array<os::Notification, count> bells;
        std::array<os::Process, count> children;
        for (std::size_t i = 0; i < count; ++i) {
            bells[i] = TRY(os::Notification::create());
            const u16 first = i == 0 ? 0 : static_cast<u16>(quiet + 16 * i);
            // The server's, the next byte's, the neighbour's.
            const u16 others = i % 3 == 0   ? quiet_too
                               : i % 3 == 1 ? static_cast<u16>(first + 8)
                                            : static_cast<u16>(first - 16);
            children[i] = TRY(family.start(test, "hold", first, others, static_cast<Way>(n), bells[i]));
        }
        bool all = true;
        for (std::size_t i = 0; i < count; ++i)
            all = ends_at_the_last(children[i], bells[i]).value_or(false) && all;
        Text<60> line;
        line.format("each has its own ports {}", names[n]);
        test.check(line.view(), all);
    }
    test.check("the server still has its ports", !server.status());
    TRY(server.kill());
    return {};
}

/// Whether the children have given back what they had, as soon as the kernel has had time to take the last
/// one apart.
bool is_all_back(const PortChild& child, PageCount before) {
    for (int turn = 0; turn < 100; ++turn) {
        if (child.frames_in_use() == before) return true;
        if (!os::sleep(milliseconds(10))) break;
    }
    return false;
}

/// What cannot be asked for.
void test_refusals(PortTest& test) {
    const auto refused = [&](u16 first, u32 count) { return !test.ports(first, count); };
    test.check("the kernel's own ports", refused(0x20, 1) && refused(0x21, 1) && refused(0xa1, 1) &&
                                             refused(0x2f8, 1) && refused(0x2ff, 1) && refused(0x1f, 2) &&
                                             refused(0x2f0, 9) && refused(0, all_ports));
    test.check("the ports beside them",
               test.ports(0x1f, 1) && test.ports(0x22, 1) && test.ports(0x2f7, 1) && test.ports(0x300, 1));
}

} // namespace

Result<int> program_main(os::Start& start) {
    const std::string_view role = start.argument(1).value_or("");
    if (role == "hold") return hold(start);
    if (role == "serve") return serve(start);
    const auto program = TRY(proto::Program::open(start));
    const auto system = TRY(start.take<os::System>("system"));
    PortTest test{program.terminal(), system};
    test_refusals(test);
    const auto child = TRY(PortChild::create());
    const PageCount before = TRY(child.frames_in_use());
    test_edges(test, child);
    test.check("switches", test_switches(test, program).has_value());
    if (role != "short") test_all(test, child);
    test.check("every frame is back", is_all_back(child, before));
    return test.failures();
}
