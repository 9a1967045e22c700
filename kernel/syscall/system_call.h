#pragma once

#include "abi/syscalls.h"
#include "kernel/kernel.h"

namespace pith::kernel {

/// Whether a program may be there at all; canonical, and not in the last page.
[[nodiscard]] constexpr bool is_user_address(VirtAddr address) { return address.raw < abi::user_end.raw; }

/// One system call under way: who makes it.
struct Caller {
    Kernel& kernel;
    Core& core;
    Thread& thread;
    Process& process;

    [[nodiscard]] HandleTable& handles() const { return process.handles(); }
    /// What a call's budget argument means: 0 is the process's own.
    [[nodiscard]] Result<std::reference_wrapper<Budget>> payer(abi::Handle handle) const {
        if (!handle) return std::ref(process.budget());
        return handles().get<Budget>(handle, abi::rights::budget::spend);
    }
    /// What a call's process argument means: 0 is the caller's own.
    [[nodiscard]] Result<std::reference_wrapper<Process>> target(abi::Handle handle,
                                                                 abi::Rights rights) const {
        if (!handle) return std::ref(process);
        return handles().get<Process>(handle, rights);
    }
    /// A handle to a new object, with every right.
    template <class T>
    [[nodiscard]] Result<abi::NewHandle> hand_out(Ref<T> object,
                                                  abi::Rights rights = abi::rights::all) const {
        return abi::NewHandle{TRY(handles().insert({Ref<Object>{*object}, rights}))};
    }
};

/// The call has done a slice of what it does; it is made again for the next one.
void repeat_later(const Caller& caller); // dispatch.cpp

// One function a call, in the file that its group names; those that take less than being called does stand
// in short_calls.h. Each checks, then acquires, then commits. A call that
// waits has begun its wait when it returns; its value is not used then.
Result<abi::Nothing> on(Caller&, const abi::Yield&); // thread_calls.cpp
Result<abi::Nothing> on(Caller&, const abi::ThreadExit&);
Result<abi::Nothing> on(Caller&, const abi::ProcessExit&);
Result<abi::ClockRead::Reply> on(Caller&, const abi::ClockRead&);
Result<abi::Nothing> on(Caller&, const abi::Sleep&);
Result<abi::Nothing> on(Caller&, const abi::SetBases&);
Result<abi::Nothing> on(Caller&, const abi::ThreadSetRecovery&);
Result<abi::NewHandle> on(Caller&, const abi::ThreadCreate&);
Result<abi::Nothing> on(Caller&, const abi::ThreadStart&);
Result<abi::Nothing> on(Caller&, const abi::ThreadSetPriority&);
Result<abi::Nothing> on(Caller&, const abi::ThreadSetCore&);
Result<abi::Nothing> on(Caller&, const abi::ThreadKill&);
Result<abi::Nothing> on(Caller&, const abi::ThreadCancel&);
Result<abi::Nothing> on(Caller&, const abi::ThreadObserve&);

Result<abi::Nothing> on(Caller&, const abi::AcceptHandles&); // handle_calls.cpp
Result<abi::NewHandle> on(Caller&, const abi::KeepReply&);
Result<abi::Nothing> on(Caller&, const abi::HandleClose&);
Result<abi::NewHandle> on(Caller&, const abi::HandleCopy&);
Result<abi::NewHandle> on(Caller&, const abi::HandleMint&);
Result<abi::Nothing> on(Caller&, const abi::HandleRevoke&);
Result<abi::HandleInfo::Reply> on(Caller&, const abi::HandleInfo&);

Result<abi::NewHandle> on(Caller&, const abi::BudgetCreate&); // budget_calls.cpp
Result<abi::BudgetInfo::Reply> on(Caller&, const abi::BudgetInfo&);
Result<abi::Nothing> on(Caller&, const abi::BudgetReclaim&);
Result<abi::Nothing> on(Caller&, const abi::BudgetResize&);
Result<abi::BudgetEnd::Reply> on(Caller&, const abi::BudgetEnd&);
Result<abi::Nothing> on(Caller&, const abi::BudgetObserve&);

Result<abi::NewHandle> on(Caller&, const abi::EndpointCreate&); // notification_calls.cpp
Result<abi::NewHandle> on(Caller&, const abi::NotificationCreate&);
Result<abi::Nothing> on(Caller&, const abi::NotificationSignal&);
Result<abi::NotificationWait::Reply> on(Caller&, const abi::NotificationWait&);
Result<abi::Nothing> on(Caller&, const abi::NotificationBind&);

Result<abi::NewHandle> on(Caller&, const abi::MemoryCreate&); // memory_calls.cpp
Result<abi::MemoryInfo::Reply> on(Caller&, const abi::MemoryInfo&);
Result<abi::Nothing> on(Caller&, const abi::MemoryMap&);
Result<abi::Nothing> on(Caller&, const abi::MemoryUnmap&);
Result<abi::Nothing> on(Caller&, const abi::MemoryProtect&);
Result<abi::NewHandle> on(Caller&, const abi::MemorySlice&);
Result<abi::Nothing> on(Caller&, const abi::MemorySeal&);

Result<abi::NewHandle> on(Caller&, const abi::ProcessCreate&); // process_calls.cpp
Result<abi::Nothing> on(Caller&, const abi::ProcessKill&);
Result<abi::Nothing> on(Caller&, const abi::ProcessObserve&);
Result<abi::ProcessStatus::Reply> on(Caller&, const abi::ProcessStatus&);

Result<abi::NewHandle> on(Caller&, const abi::InterruptCreate&); // device_calls.cpp
Result<abi::Nothing> on(Caller&, const abi::InterruptBind&);
Result<abi::Nothing> on(Caller&, const abi::InterruptAcknowledge&);
Result<abi::NewHandle> on(Caller&, const abi::IoPortsCreate&);
Result<abi::Nothing> on(Caller&, const abi::IoPortsEnable&);
Result<abi::NewHandle> on(Caller&, const abi::MemoryPhysical&);
Result<abi::InterruptCreateMessage::Reply> on(Caller&, const abi::InterruptCreateMessage&);

Result<abi::NewHandle> on(Caller&, const abi::DmaDomainCreate&); // dma_calls.cpp
Result<abi::DmaMap::Reply> on(Caller&, const abi::DmaMap&);
Result<abi::Nothing> on(Caller&, const abi::DmaUnmap&);
Result<abi::Nothing> on(Caller&, const abi::DmaReset&);
Result<abi::DmaInfo::Reply> on(Caller&, const abi::DmaInfo&);

Result<abi::Nothing> on(Caller&, const abi::LogWrite&); // system_calls.cpp
Result<abi::LogRead::Reply> on(Caller&, const abi::LogRead&);
Result<abi::ProcessList::Reply> on(Caller&, const abi::ProcessList&);
Result<abi::Nothing> on(Caller&, const abi::SystemInfo&);
Result<abi::Nothing> on(Caller&, const abi::SystemPower&);
Result<abi::Nothing> on(Caller&, const abi::TraceControl&);
Result<abi::TraceRead::Reply> on(Caller&, const abi::TraceRead&);

Result<abi::NewHandle> on(Caller&, const abi::QueueCreate&); // queue_calls.cpp
Result<abi::Nothing> on(Caller&, const abi::QueueSend&);
Result<abi::QueueReceive::Reply> on(Caller&, const abi::QueueReceive&);
Result<abi::Nothing> on(Caller&, const abi::QueueBind&);

Result<abi::Nothing> on(Caller&, const abi::ProcessSetFaultHandler&); // debug_calls.cpp
Result<abi::ProcessThread::Reply> on(Caller&, const abi::ProcessThread&);
Result<abi::ProcessReadMemory::Reply> on(Caller&, const abi::ProcessReadMemory&);
Result<abi::ProcessWriteMemory::Reply> on(Caller&, const abi::ProcessWriteMemory&);
Result<abi::Nothing> on(Caller&, const abi::ThreadStop&);
Result<abi::Nothing> on(Caller&, const abi::ThreadResume&);
Result<abi::Nothing> on(Caller&, const abi::ThreadReadRegisters&);
Result<abi::Nothing> on(Caller&, const abi::ThreadWriteRegisters&);

Result<abi::NewHandle> on(Caller&, const abi::TimerCreate&); // time_calls.cpp
Result<abi::Nothing> on(Caller&, const abi::TimerSet&);
Result<abi::TimerCancel::Reply> on(Caller&, const abi::TimerCancel&);
Result<abi::NewHandle> on(Caller&, const abi::ClockPage&);

/// Behind a call that has failed. While what ended processes held is still being taken apart, that comes
/// first, slice by slice, and then the call once more, before it is refused. Whether it is so.
[[nodiscard]] bool begin_wait_for_memory(Kernel&, Thread&, Error error); // dispatch.cpp
/// The same for whom that is nothing to.
[[clang::preserve_most]] void wait_for_memory(Kernel&, Thread&, Error error);

/// The messaging calls (messages.cpp): answer through the registers themselves.
void send_message(Caller&, abi::MessageCall call);

} // namespace pith::kernel
