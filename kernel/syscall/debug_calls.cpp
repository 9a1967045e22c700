#include "kernel/memory/frame_pointer.h"
#include "kernel/object/endpoint.h"
#include "kernel/syscall/system_call.h"

#include <algorithm>
#include <bit>
#include <cstring>

/// The debug right: other processes' faults, threads, registers and memory. Nothing that is written here can
/// be more than what the process could do to itself.
namespace pith::kernel {

namespace {

bool lives(const Thread& thread) {
    return thread.state != ThreadState::created && thread.state != ThreadState::ended;
}

abi::ThreadRegisters image_of(const ThreadContext& context) {
    const Registers& r = context.registers;
    return {r.rip, r.rax, r.rdi, r.rsi, r.rdx, r.r10, r.r8,  r.r9,  r.rsp,           r.rflags,
            r.rcx, r.rbx, r.rbp, r.r11, r.r12, r.r13, r.r14, r.r15, context.fs_base, context.gs_base};
}

void set_image(ThreadContext& context, const abi::ThreadRegisters& image) {
    Registers& r = context.registers;
    r.rip = image.rip, r.rsp = image.rsp, r.rax = image.rax, r.rdi = image.rdi, r.rsi = image.rsi;
    r.rdx = image.rdx, r.r10 = image.r10, r.r8 = image.r8, r.r9 = image.r9, r.rcx = image.rcx;
    r.rbx = image.rbx, r.rbp = image.rbp, r.r11 = image.r11, r.r12 = image.r12, r.r13 = image.r13;
    r.r14 = image.r14, r.r15 = image.r15;
    r.rflags = (image.rflags & flags_of_programs) | user_flags;
    context.fs_base = image.fs_base;
    context.gs_base = image.gs_base;
    context.interrupted = true; // so that all of them go back, rcx and r11 too
}

/// Its registers are all in its context: it runs on no core, and will not of itself.
bool is_held(const Thread& thread) {
    return thread.state != ThreadState::running &&
           (thread.unusual & (unusual::stopped | unusual::faulted)) != 0;
}
/// ... and none of them will be given a value by a call that it is in.
bool is_writable(const Thread& thread) {
    if ((thread.unusual & unusual::working) != 0) return false;
    return thread.state == ThreadState::stopped || (thread.unusual & unusual::faulted) != 0;
}

/// Where the bytes from `address` on lie, to the end of their page; empty where there is no ordinary memory,
/// or it may not be had `access` to.
std::span<std::byte> bytes_at(Process& process, VirtAddr address, abi::Rights access) {
    const Mapping* mapping = process.space().mapping_at(address);
    if (!mapping || !mapping->view.allowed.has(access)) return {};
    const auto translation = process.space().query(address);
    // What lies behind a device's pages may be no memory, and reading it may do something.
    if (!translation || mapping->memory->is_device() || translation->cache != Cache::normal) return {};
    if (mapping->memory->sealed && access.has(abi::rights::memory::write)) return {};
    std::byte* start = process.kernel().machine().frame(translation->address);
    return {start, page_size - address.raw % page_size};
}

/// `move(bytes in the process, bytes in the buffer)` for each piece. How much there was.
template <class Move>
Result<u64> each_piece(Caller& caller, abi::Handle handle, VirtAddr address, u64 length, abi::Rights access,
                       Move move) {
    Process& process = TRY(caller.handles().get<Process>(handle, abi::rights::process::debug));
    std::span<std::byte> rest = std::as_writable_bytes(std::span{caller.thread.buffer->words});
    if (length == 0 || length > rest.size()) return fail(Error::bad_argument);
    if (!within(address.raw, length, abi::user_end.raw)) return fail(Error::bad_address);
    rest = rest.first(length);
    while (!rest.empty()) {
        const std::span there = bytes_at(process, address + (length - rest.size()), access);
        if (there.empty()) break;
        const u64 size = std::min(there.size(), rest.size());
        move(there.first(size), rest.first(size));
        rest = rest.subspan(size);
    }
    if (rest.size() == length) return fail(Error::bad_address);
    return length - rest.size();
}

} // namespace

Result<abi::Nothing> on(Caller& caller, const abi::ProcessSetFaultHandler& call) {
    using Call = abi::ProcessSetFaultHandler;
    Process& process = TRY(caller.handles().get<Process>(call.process, abi::rights::process::debug));
    if ((call.flags & ~Call::foreign) != 0) return fail(Error::bad_argument);
    const bool foreign = (call.flags & Call::foreign) != 0;
    const Slot* slot = nullptr;
    if (call.endpoint)
        slot = TRY(caller.handles().check(call.endpoint, abi::Kind::endpoint, abi::rights::endpoint::call));
    else if (foreign)
        return fail(Error::bad_argument); // nobody would answer
    if (process.ended) return fail(Error::wrong_state);
    if (slot && slot->object->ending()) return fail(Error::bad_handle);
    for (Thread& thread : process.threads)
        thread.unusual = foreign ? thread.unusual | unusual::foreign : thread.unusual & ~unusual::foreign;
    process.fault_handler.foreign = foreign;
    if (slot)
        process.fault_handler.set(Ref{static_cast<Endpoint&>(*slot->object)}, slot->badge,
                                  BadgeRef{slot->record});
    else
        process.fault_handler.clear();
    return {};
}

Result<abi::ProcessThread::Reply> on(Caller& caller, const abi::ProcessThread& call) {
    Process& process = TRY(caller.handles().get<Process>(call.process, abi::rights::process::debug));
    for (Thread& thread : process.threads) {
        if (thread.id < call.from || thread.ending()) continue;
        constexpr u16 all_but_run = abi::rights::all.raw & ~abi::rights::thread::run.raw;
        const auto handle = TRY(caller.hand_out(Ref{thread}, abi::Rights{all_but_run}));
        return abi::ProcessThread::Reply{handle.handle, thread.id};
    }
    return fail(Error::not_found);
}

Result<abi::ProcessReadMemory::Reply> on(Caller& caller, const abi::ProcessReadMemory& call) {
    const auto copy = [](auto there, auto here) { std::memcpy(here.data(), there.data(), here.size()); };
    return abi::ProcessReadMemory::Reply{
        TRY(each_piece(caller, call.process, call.address, call.length, abi::rights::none, copy))};
}

Result<abi::ProcessWriteMemory::Reply> on(Caller& caller, const abi::ProcessWriteMemory& call) {
    const auto copy = [](auto there, auto here) { std::memcpy(there.data(), here.data(), here.size()); };
    return abi::ProcessWriteMemory::Reply{
        TRY(each_piece(caller, call.process, call.address, call.length, abi::rights::memory::write, copy))};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadStop& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::debug));
    const bool stopped = (thread.unusual & unusual::stopped) != 0;
    if (&thread == &caller.thread || !lives(thread) || stopped) return fail(Error::wrong_state);
    caller.kernel.stop_thread(thread);
    caller.kernel.summons().wait(caller.thread); // then no core runs it
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadResume& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::debug));
    if (!lives(thread) || (thread.unusual & unusual::stopped) == 0) return fail(Error::wrong_state);
    caller.kernel.resume_thread(thread);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadReadRegisters& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::debug));
    if (!lives(thread) || !is_held(thread)) return fail(Error::wrong_state);
    const abi::ThreadRegisters image = image_of(thread.context);
    std::memcpy(caller.thread.buffer->words.data(), &image, sizeof image);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadWriteRegisters& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::debug));
    if (!lives(thread) || !is_writable(thread)) return fail(Error::wrong_state);
    abi::ThreadRegisters image; // once: other threads of the caller may be writing there
    std::memcpy(&image, caller.thread.buffer->words.data(), sizeof image);
    if (!is_user_address({image.rip}) || !is_user_address(image.fs_base) || !is_user_address(image.gs_base))
        return fail(Error::bad_address);
    set_image(thread.context, image);
    return {};
}

} // namespace pith::kernel
