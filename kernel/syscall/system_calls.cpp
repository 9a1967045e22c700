#include "kernel/object/system.h"
#include "kernel/syscall/system_call.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

namespace pith::kernel {

namespace {

/// Copies a record to where the calling thread reads results.
template <class T>
void give_result(Caller& caller, const T& record) {
    static_assert(sizeof record <= sizeof(abi::MessageBuffer::results) &&
                  std::has_unique_object_representations_v<T>);
    std::memcpy(caller.thread.buffer->results.data(), &record, sizeof record);
}

/// One line, and no control of the terminal.
void make_printable(std::span<char> text) {
    for (char& c : text)
        if (static_cast<u8>(c) < ' ' || c == 0x7f) c = '?';
}

} // namespace

Result<abi::Nothing> on(Caller& caller, const abi::LogWrite& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::write_log));
    std::array<char, abi::LogWrite::longest> text;
    static_assert(sizeof text <= sizeof(abi::MessageBuffer::words));
    if (call.length > text.size()) return fail(Error::too_large);
    // Read once: another thread of the process may be writing there.
    std::memcpy(text.data(), caller.thread.buffer->words.data(), call.length);
    auto name = caller.process.name(); // whoever made the process chose it
    const std::string_view module{name.begin(), std::find(name.begin(), name.end(), '\0')};
    make_printable(std::span{name}.first(module.size()));
    make_printable(std::span{text}.first(call.length));
    caller.kernel.log().info_from(module, {text.data(), call.length});
    return {};
}

Result<abi::LogRead::Reply> on(Caller& caller, const abi::LogRead& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::log));
    std::array<char, 2048> text;
    static_assert(sizeof text <= sizeof(abi::MessageBuffer::results));
    u64 position = call.from;
    const std::size_t length = caller.kernel.log().read(position, text);
    std::memcpy(caller.thread.buffer->results.data(), text.data(), length);
    return abi::LogRead::Reply{length, position};
}

Result<abi::ProcessList::Reply> on(Caller& caller, const abi::ProcessList& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::list));
    const Ticks now = caller.kernel.machine().ticks();
    const u64 all_cores = ~u64{0} >> (64 - caller.kernel.core_count());
    const Process* const process = caller.kernel.process_from(call.from);
    if (!process) return fail(Error::not_found);
    const Account& account = process->budget().account();
    const Process::Sums sums = process->sums(now, all_cores);
    abi::ProcessEntry entry{};
    entry.id = process->id();
    entry.name = process->name();
    entry.frames = (account.used() - account.reserved()).raw;
    entry.threads = sums.threads;
    entry.cores = sums.cores;
    entry.calls = sums.fast_calls + process->slow_calls;
    entry.cpu_time = caller.kernel.machine().duration(sums.cpu_time).raw;
    entry.state = process->ended ? 1 : 0;
    entry.slow_calls = process->slow_calls;
    give_result(caller, entry);
    return abi::ProcessList::Reply{entry.id};
}

Result<abi::Nothing> on(Caller& caller, const abi::SystemInfo& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::list));
    Kernel& kernel = caller.kernel;
    const auto frames = kernel.frames().statistics();
    abi::SystemEntry entry{};
    entry.frames_total = frames.total.raw;
    entry.frames_free = frames.free.raw;
    entry.cores = kernel.core_count();
    entry.uptime = kernel.machine().now().raw;
    entry.abi_version = abi::version;
    entry.tables = kernel.machine().firmware_tables();
    entry.screen = kernel.machine().screen();
    entry.longest_wait = kernel.machine().duration({caller.core.kernel.own_lock().waits().longest}).raw;
    entry.fast_calls_of_ended = kernel.fast_calls_of_ended();
    for (u32 i = 0; i < kernel.core_count(); ++i)
        entry.slow_calls += kernel.core(i).slow_calls;
    give_result(caller, entry);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::TraceControl& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::trace));
    if (call.on > 1) return fail(Error::bad_argument);
    caller.kernel.set_tracing(call.on != 0);
    return {};
}

Result<abi::TraceRead::Reply> on(Caller& caller, const abi::TraceRead& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::trace));
    if (call.core >= caller.kernel.core_count()) return fail(Error::bad_argument);
    std::array<abi::TraceEntry, abi::TraceRead::most> entries;
    static_assert(sizeof entries <= sizeof(abi::MessageBuffer::results));
    u64 position = call.from;
    const u64 count = caller.kernel.core(static_cast<u32>(call.core)).trace.read(position, entries);
    Machine& machine = caller.kernel.machine();
    const u64 now = machine.now().raw, ticks = machine.ticks().raw;
    for (abi::TraceEntry& entry : std::span{entries}.first(count))
        entry.time = now - std::min(machine.duration({ticks - entry.time}).raw, now);
    std::memcpy(caller.thread.buffer->results.data(), entries.data(), count * sizeof(abi::TraceEntry));
    return abi::TraceRead::Reply{count, position};
}

Result<abi::Nothing> on(Caller& caller, const abi::SystemPower& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::power));
    if (call.action > std::to_underlying(abi::PowerAction::reboot)) return fail(Error::bad_argument);
    const auto action = static_cast<abi::PowerAction>(call.action);
    // Who reads the log can tell an order from a triple fault.
    caller.kernel.log().info("power", "{}", action == abi::PowerAction::off ? "off" : "reboot");
    caller.kernel.machine().power(action);
    return fail(Error::unsupported);
}

} // namespace pith::kernel
