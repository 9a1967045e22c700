#pragma once

#include "os/message.h"
#include "os/runtime.h"

#include <cstring>
#include <span>

/// Hearing of another process's faults, and looking into it, with the debug right.
namespace pith::os {

/// What a message with Status::fault tells.
struct Fault {
    u32 vector; ///< or abi::fault::system_call
    u32 error;
    u64 address;
    u64 thread;
    abi::ThreadRegisters registers; ///< but for FS and GS base
    [[nodiscard]] bool is_system_call() const { return vector == abi::fault::system_call; }
};

[[nodiscard]] inline Fault fault_in(const Message& message) {
    Fault fault{.vector = static_cast<u32>(message.words[abi::fault::what]),
                .error = static_cast<u32>(message.words[abi::fault::what] >> 32),
                .address = message.words[abi::fault::address],
                .thread = message.words[abi::fault::thread],
                .registers = {}};
    constexpr u64 size = (abi::fault::words - abi::fault::registers) * sizeof(u64);
    std::memcpy(&fault.registers, &message.words[abi::fault::registers], size);
    return fault;
}

/// An answer to a fault, for reply_and_receive or reply.
[[nodiscard]] inline Message answer_to_fault(abi::FaultAction action) {
    Message message;
    message.words[0] = static_cast<u64>(action);
    message.count = 1;
    return message;
}
/// The thread goes on with these.
[[nodiscard]] inline Message resume_with(const abi::ThreadRegisters& registers) {
    Message message = answer_to_fault(abi::FaultAction::resume_changed);
    message.words[1] = message.words[2] = 0;
    message.count = abi::fault::words;
    constexpr u64 size = (abi::fault::words - abi::fault::registers) * sizeof(u64);
    std::memcpy(&message.words[abi::fault::registers], &registers, size);
    return message;
}

/// A process that this one holds the debug right of.
class Debuggee {
  public:
    explicit Debuggee(const Process& process) : process_{process.id()} {}

    /// Its exceptions, and with `foreign` its system calls, go to the endpoint from now on.
    [[nodiscard]] Result<> send_faults_to(const Endpoint& endpoint, u64 flags = 0) const {
        return invoke(abi::ProcessSetFaultHandler{process_, endpoint.id(), flags});
    }
    /// The first thread with an identity of at least `from`.
    [[nodiscard]] Result<Thread> thread(u64 from = 0) const {
        return Thread{TRY(invoke(abi::ProcessThread{process_, from})).handle};
    }
    /// Fills `bytes`, at most 512, as far as there is memory; how far.
    [[nodiscard]] Result<u64> read(VirtAddr address, std::span<std::byte> bytes) const {
        const u64 length = TRY(invoke(abi::ProcessReadMemory{process_, address, bytes.size()})).length;
        std::memcpy(bytes.data(), message_buffer().words.data(), length);
        return length;
    }
    [[nodiscard]] Result<u64> write(VirtAddr address, std::span<const std::byte> bytes) const {
        if (bytes.size() > sizeof message_buffer().words) return fail(Error::bad_argument);
        std::memcpy(message_buffer().words.data(), bytes.data(), bytes.size());
        return TRY(invoke(abi::ProcessWriteMemory{process_, address, bytes.size()})).length;
    }
    /// One word.
    [[nodiscard]] Result<u64> word(VirtAddr address) const {
        u64 value = 0;
        if (TRY(read(address, std::as_writable_bytes(std::span{&value, 1}))) != sizeof value)
            return fail(Error::bad_address);
        return value;
    }

  private:
    abi::Handle process_;
};

/// Of a thread that is stopped, or whose fault waits for an answer.
[[nodiscard]] inline Result<abi::ThreadRegisters> registers_of(const Thread& thread) {
    TRY(invoke(abi::ThreadReadRegisters{thread.id()}));
    abi::ThreadRegisters registers;
    std::memcpy(&registers, message_buffer().words.data(), sizeof registers);
    return registers;
}
[[nodiscard]] inline Result<> set_registers(const Thread& thread, const abi::ThreadRegisters& registers) {
    std::memcpy(message_buffer().words.data(), &registers, sizeof registers);
    return invoke(abi::ThreadWriteRegisters{thread.id()});
}

} // namespace pith::os
