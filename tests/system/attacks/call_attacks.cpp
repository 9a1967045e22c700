// Every system call with arguments that mean nothing: all zeros, all ones, at random.
#include "child.h"

namespace pith::attacks {
namespace {

constexpr u64 calls = abi::first_call + call_count;

/// Calls that would end this program, or wait for ever.
bool spares(u64 number) {
    return number == abi::number_of<abi::ThreadExit> || number == abi::number_of<abi::ProcessExit> ||
           number == abi::number_of<abi::Sleep> || number == abi::number_of<abi::NotificationWait> ||
           number == abi::number_of<abi::MemoryUnmap>;
}

void same_in_all(Room& room, u64 value) {
    for (u64 number = abi::first_call; number < calls; ++number) {
        if (spares(number)) continue;
        static_cast<void>(os::detail::system_call(number, {value, value, value, value, value, value}));
    }
    // A thread whose handle table and memory are as before can still call.
    Registers r{.rax = 0, .rdi = room.partner.id().raw, .rbx = 0, .r12 = 20, .r13 = 22};
    raw_call(r);
    room.check(r.rbx == 42);
}
void zeros(Room& room) { same_in_all(room, 0); }
void ones(Room& room) { same_in_all(room, ~u64{0}); }
void sign(Room& room) { same_in_all(room, u64{1} << 63); }
void kernel_addresses(Room& room) { same_in_all(room, 0xffff'8000'0000'0000); }

u64 some_value(Random& random) {
    constexpr std::array<u64, 10> edges{
        0,      1,          0xfff, 0x1000, 0x7fff'ffff'f000, 0xffff'8000'0000'0000, ~u64{0}, u64{1} << 63,
        0xffff, 0x6000'0000};
    switch (random.below(5)) {
    case 0: return edges[random.below(edges.size())];
    case 1: return random.below(64);
    case 2:
        return abi::Handle::make(static_cast<u32>(random.below(24)), static_cast<u32>(1 + random.below(4)))
            .raw;
    case 3: return 0x6000'0000 + random.below(64) * page_size;
    default: return random.next();
    }
}

/// Whatever happens, it happens to this process.
void at_random(Room& room, u64 seed, bool everything) {
    Random random{seed};
    auto& buffer = os::message_buffer();
    for (int i = 0; i < 20'000; ++i) {
        const bool message = random.below(4) == 0;
        u64 number = message ? random.below(abi::message_calls) : abi::first_call + random.below(call_count);
        if (!everything && spares(number)) continue;
        if (message) {
            number |= u64{1} << 20 | random.below(55) << 8 | random.below(5) << 16;
            buffer.deadline = 1; // nothing waits
            for (auto& handle : buffer.handles)
                handle.raw = some_value(random);
        }
        Registers r{number,
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random)};
        if (message && random.below(2) == 0) r.rdi = room.partner.id().raw;
        raw_call(r);
    }
}

template <u64 seed>
void random_calls(Room& room) {
    at_random(room, seed, false);
}
template <u64 seed>
void any_random_calls(Room& room) {
    at_random(room, seed, true);
}

[[noreturn]] void more_random_calls(u64 seed) {
    Random random{seed};
    for (;;) {
        Registers r{abi::first_call + random.below(call_count),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    some_value(random),
                    0,
                    0,
                    0,
                    0,
                    0};
        if (!spares(r.rax)) raw_call(r);
    }
}

/// Several threads of one process at once, so that each changes what the others work with.
void together(Room& room) {
    for (u64 slot = 0; slot < 4; ++slot)
        static_cast<void>(start_thread(more_random_calls, slot + 100, slot));
    at_random(room, 99, false);
}

} // namespace

std::span<const Attack> call_attacks() {
    static constexpr std::array attacks{
        Attack{"calls.zeros", zeros},
        Attack{"calls.ones", ones},
        Attack{"calls.sign", sign},
        Attack{"calls.kernel-addresses", kernel_addresses},
        Attack{"calls.random-1", random_calls<1>, 256, Ending::anyhow},
        Attack{"calls.random-2", random_calls<2>, 256, Ending::anyhow},
        Attack{"calls.random-3", random_calls<3>, 256, Ending::anyhow},
        Attack{"calls.random-4", random_calls<4>, 256, Ending::anyhow},
        Attack{"calls.random-any-1", any_random_calls<11>, 256, Ending::goes_on},
        Attack{"calls.random-any-2", any_random_calls<12>, 256, Ending::goes_on},
        Attack{"calls.random-any-3", any_random_calls<13>, 256, Ending::goes_on},
        Attack{"calls.random-together", together, 256, Ending::anyhow},
    };
    return attacks;
}

} // namespace pith::attacks
