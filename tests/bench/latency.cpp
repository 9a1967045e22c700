// How long the kernel lets nothing else happen: a thread of a high priority sleeps until points in time,
// while one of a low priority makes the longest calls there are. How late the first one goes on, in
// instructions under
// `./pith bench latency`, is the longest stretch with interrupts off, with the way back to the sleeper.
#include "os/mapping.h"
#include "os/message.h"
#include "os/system.h"
#include "proto/program.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <span>

using namespace pith;

namespace {

constexpr VirtAddr place{0x6000'0000}, thread_buffer{0x7000'0000};
constexpr PageCount many_pages = pages(1024);
constexpr u64 many_handles = 400, many_threads = 60, many_budgets = 60, crowd = 300;
constexpr u64 samples = 300;
constexpr u64 read_only = 1, read_write = 3;

/// What the worker does again and again; it may prepare, which is a call like any other.
struct Work {
    std::string_view row;
    void (*once)();
};

constinit abi::Handle memory{}, endpoint{}, rung{}; // what the worker's calls are about
constinit const os::Endpoint* served = nullptr;     ///< the same endpoint
constinit std::atomic<Error> missed{};              ///< what the worker could not make
alignas(16) constinit std::array<std::array<std::byte, 1024>, many_threads> small_stacks{};

/// Of the worker, which makes all the calls.
abi::MessageBuffer& own_buffer() { return *reinterpret_cast<abi::MessageBuffer*>(thread_buffer.raw); }
/// A function finds its stack 8 below a multiple of 16.
VirtAddr top_of(std::span<std::byte> stack) {
    return VirtAddr{reinterpret_cast<u64>(stack.data()) + stack.size() - 8};
}

template <class Call>
void make(const Call& call) {
    static_cast<void>(os::invoke(call));
}
/// For what the work needs: without it the row would measure something else.
template <class Call>
auto take(const Call& call) {
    auto made = os::invoke(call);
    if (!made) missed = made.error();
    return made;
}
void do_nothing() {
    for (volatile u64 turns = 0; turns < 1000; turns = turns + 1) {
    }
}
void map_and_unmap() {
    make(abi::MemoryMap{{}, memory, place, {}, many_pages, read_write});
    make(abi::MemoryUnmap{{}, place, many_pages});
}
void protect() {
    make(abi::MemoryMap{{}, memory, place, {}, many_pages, read_write});
    for (int i = 0; i < 8; ++i)
        make(abi::MemoryProtect{{}, place, many_pages, i % 2 == 0 ? read_only : read_write});
    make(abi::MemoryUnmap{{}, place, many_pages});
}
void create_and_close() {
    const auto made = take(abi::MemoryCreate{{}, pages(256)});
    if (made) make(abi::HandleClose{made->handle});
}
void revoke() {
    for (u64 i = 0; i < many_handles; ++i)
        make(abi::HandleCopy{endpoint, ~u64{0} >> 48, {}});
    make(abi::HandleRevoke{endpoint});
}
/// A process that holds many handles and much memory ends.
void end_a_process() {
    const auto made = take(abi::ProcessCreate{{}, 'p', 0});
    if (!made) return;
    for (u64 i = 0; i < many_handles; ++i)
        make(abi::HandleCopy{endpoint, ~u64{0} >> 48, made->handle});
    make(abi::MemoryMap{made->handle, memory, place, {}, many_pages, read_write});
    make(abi::ProcessKill{made->handle});
    make(abi::HandleClose{made->handle});
}
/// ... or has many threads, none of which has run.
void end_many_threads() {
    const auto made = take(abi::ProcessCreate{{}, 'p', 0});
    if (!made) return;
    for (u64 i = 0; i < many_threads; ++i) {
        const VirtAddr buffer = place + pages(i);
        const auto thread = take(abi::ThreadCreate{made->handle, buffer, 1, {}});
        if (!thread) break;
        make(abi::ThreadStart{thread->handle, place, place, 0});
        make(abi::HandleClose{thread->handle});
    }
    make(abi::ProcessKill{made->handle});
    make(abi::HandleClose{made->handle});
}
/// A process whose handles have filled many pages.
void end_a_large_table() {
    const auto made = take(abi::ProcessCreate{{}, 'p', 0});
    if (!made) return;
    for (u64 i = 0; i < 64 * many_threads; ++i)
        make(abi::HandleCopy{endpoint, ~u64{0} >> 48, made->handle});
    make(abi::ProcessKill{made->handle});
    make(abi::HandleClose{made->handle});
}
/// Messages that nobody has received, with the last handles to as many objects.
void close_a_full_queue() {
    const auto queue = take(abi::QueueCreate{{}, abi::max_queue_capacity});
    if (!queue) return;
    for (u64 i = 0; i < abi::max_queue_capacity; ++i) {
        for (abi::Handle& handle : own_buffer().handles) {
            const auto few = take(abi::MemoryCreate{{}, pages(2)});
            handle = few ? few->handle : abi::Handle{};
        }
        const auto handles = own_buffer().handles;
        make(abi::QueueSend{queue->handle, 0, abi::max_handles});
        for (const abi::Handle handle : handles) // what was sent are copies
            make(abi::HandleClose{handle});
    }
    make(abi::HandleClose{queue->handle});
}
/// A thread of this process, as urgent as the worker; false: there is no memory for it.
bool start_another(u64 number, void (*entry)(), std::span<std::byte> stack) {
    const auto thread = take(abi::ThreadCreate{{}, place + pages(number), 8, {}});
    if (!thread) return false;
    make(abi::ThreadStart{thread->handle, VirtAddr{reinterpret_cast<u64>(entry)}, top_of(stack), 0});
    make(abi::HandleClose{thread->handle});
    return true;
}
[[noreturn]] void wait_and_end() {
    make(abi::NotificationWait{rung, Instant::never()});
    make(abi::ThreadExit{});
    __builtin_unreachable();
}
void close_what_many_wait_for() {
    const auto made = take(abi::NotificationCreate{});
    if (!made) return;
    rung = made->handle;
    for (u64 i = 0; i < many_threads && start_another(i, wait_and_end, small_stacks[i]); ++i) {
    }
    make(abi::Yield{}); // until they wait
    make(abi::HandleClose{rung});
    make(abi::Yield{}); // until they have ended
}
/// Budgets within budgets, which nothing but one another holds.
void close_a_chain() {
    abi::Handle last{};
    for (u64 frames = 3 * many_budgets; frames > 2; frames -= 3) {
        const auto next = take(abi::BudgetCreate{last, pages(frames)});
        if (last) make(abi::HandleClose{last});
        if (!next) return;
        last = next->handle;
    }
    make(abi::HandleClose{last});
}
/// All that somebody has: processes, memory that is mapped elsewhere, endpoints with many handles to them.
void end_a_budget() {
    const auto budget = take(abi::BudgetCreate{{}, pages(800)});
    if (!budget) return;
    const auto process = take(abi::ProcessCreate{budget->handle, 'p', 0});
    const auto shared = take(abi::MemoryCreate{budget->handle, pages(512)});
    if (shared) make(abi::MemoryMap{{}, shared->handle, place, {}, pages(512), read_write});
    for (u64 i = 0; i < many_threads && process; ++i) {
        const auto made = take(abi::EndpointCreate{budget->handle});
        for (u64 copy = 0; copy < 8 && made; ++copy)
            make(abi::HandleCopy{made->handle, ~u64{0} >> 48, process->handle});
    }
    make(abi::BudgetEnd{budget->handle});
    make(abi::MemoryUnmap{{}, place, pages(512)});
}
void make_objects() {
    const auto made = take(abi::EndpointCreate{});
    const auto bell = take(abi::NotificationCreate{});
    if (made && bell) make(abi::NotificationBind{bell->handle, made->handle});
    if (made) make(abi::HandleClose{made->handle});
    if (bell) make(abi::HandleClose{bell->handle});
}

[[noreturn]] void receive_for_ever() {
    static constinit os::Message message{}; // none comes
    for (;;)
        static_cast<void>(os::receive(*served, message));
}
/// Rights to receive, of a process with many threads: whoever receives by one of them has to be found.
void revoke_rights_to_receive() {
    static constinit std::array<std::array<std::byte, 512>, crowd> stacks{};
    static constinit u64 started = 0;
    for (; started < crowd; ++started) {
        if (!start_another(started, receive_for_ever, stacks[started])) return;
        make(abi::Yield{}); // until it waits
    }
    for (u64 i = 0; i < many_threads; ++i)
        make(abi::HandleCopy{endpoint, ~u64{0} >> 48, {}});
    make(abi::HandleRevoke{endpoint});
}

constexpr std::array works{Work{"latency-idle", do_nothing}, Work{"latency-objects", make_objects},
                           Work{"latency-map", map_and_unmap}, Work{"latency-protect", protect},
                           Work{"latency-memory", create_and_close}, Work{"latency-revoke", revoke},
                           Work{"latency-process", end_a_process}, Work{"latency-threads", end_many_threads},
                           Work{"latency-nested", close_a_chain}, Work{"latency-budget", end_a_budget},
                           Work{"latency-table", end_a_large_table},
                           Work{"latency-queue", close_a_full_queue},
                           Work{"latency-waiters", close_what_many_wait_for},
                           // the last one: its threads stay
                           Work{"latency-receivers", revoke_rights_to_receive}};

constinit std::atomic<u64> chosen = 0;
alignas(16) constinit std::array<std::byte, 16384> stack{};

[[noreturn]] void work_for_ever() {
    for (;;)
        works[chosen.load()].once();
}

Result<os::Thread> start_worker() {
    os::Thread thread{TRY(os::invoke(abi::ThreadCreate{{}, thread_buffer, 8, {}})).handle};
    TRY(thread.start(VirtAddr{reinterpret_cast<u64>(&work_for_ever)}, top_of(stack), 0));
    return thread;
}

Result<> measure(const proto::Terminal& terminal, u64 index) {
    chosen = index;
    // Until the row before is on the screen: whoever brings it there may be more urgent than this thread.
    const Instant later = TRY(os::invoke(abi::ClockRead{})).now + milliseconds(100);
    TRY(os::invoke(abi::Sleep{later}));
    std::array<u64, samples> late{};
    u64 chance = 0x2545'f491'4f6c'dd1d;
    for (u64& value : late) {
        chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
        const Instant wanted = TRY(os::invoke(abi::ClockRead{})).now + Duration{20'000 + chance % 60'000};
        TRY(os::invoke(abi::Sleep{wanted}));
        value = TRY(os::invoke(abi::ClockRead{})).now.raw - wanted.raw;
    }
    if (const Error error = missed; error != Error{}) return fail(error);
    std::sort(late.begin(), late.end(), [](u64 a, u64 b) { return a < b; });
    terminal.print("row {} {} {} {}\n", works[index].row, late.front(), late[samples / 2], late.back());
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const os::Memory own_memory = TRY(os::Memory::create(many_pages));
    const os::Endpoint own_endpoint = TRY(os::Endpoint::create());
    memory = own_memory.id();
    endpoint = own_endpoint.id();
    served = &own_endpoint;
    const os::Thread worker = TRY(start_worker());
    for (u64 i = 0; i < works.size(); ++i)
        TRY(measure(program.terminal(), i));
    os::exit(0); // and the worker with it
}
