#pragma once

#include "os/message.h"
#include "os/runtime.h"

#include <span>

namespace pith::attacks {

/// Remembers the first thing that was not as it should be, by its line in the source.
class Check {
  public:
    void operator()(bool holds, u64 line = __builtin_LINE()) {
        if (!holds && failed_ == 0) failed_ = line;
    }
    template <class T>
    void error(const Result<T>& result, Error expected, u64 line = __builtin_LINE()) {
        operator()(!result && result.error() == expected, line);
    }
    /// Refused, whatever the reason.
    template <class T>
    void refused(const Result<T>& result, u64 line = __builtin_LINE()) {
        operator()(!result, line);
    }
    [[nodiscard]] u64 failed() const { return failed_; }

  private:
    u64 failed_ = 0;
};

inline constexpr u64 call_count = size_of(abi::Calls{});

/// The same numbers on every run.
class Random {
  public:
    explicit Random(u64 seed) : state_{seed * 0x9e37'79b9'7f4a'7c15 + 1} {}
    u64 next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    u64 below(u64 limit) { return next() % limit; }

  private:
    u64 state_;
};

/// What a child has: the endpoint of a partner that answers, to call.
struct Room {
    const os::Endpoint& partner;
    Check& check;
};

enum class Ending : u8 {
    clean,   ///< ends with status 0; any other is the line of what went wrong
    anyhow,  ///< may end in any way
    fault,   ///< ends by a page fault, at `forbidden`
    goes_on, ///< does not end; the system has to work while it runs, and after it was killed
};

/// What nobody may touch, for attacks that do.
inline constexpr VirtAddr forbidden{0x603f'f000};

struct Attack {
    const char* name;
    void (*run)(Room& room);
    u64 frames = 256;
    Ending ending = Ending::clean;
};

[[nodiscard]] std::span<const Attack> memory_attacks();
[[nodiscard]] std::span<const Attack> handle_attacks();
[[nodiscard]] std::span<const Attack> message_attacks();
[[nodiscard]] std::span<const Attack> thread_attacks();
[[nodiscard]] std::span<const Attack> flood_attacks();
[[nodiscard]] std::span<const Attack> call_attacks();
[[nodiscard]] std::span<const Attack> debug_attacks();

/// What comes back from any system call, all registers of it.
struct Registers {
    u64 rax, rdi, rsi, rdx, r10, r8, r9, rbx, r12, r13, r14, r15;
};
/// `syscall` with these registers, and with what it leaves in them.
void raw_call(Registers& registers);

/// A second thread of this process: runs `entry(argument)`, which must not return. `slot` chooses stack and
/// buffer.
[[nodiscard]] Result<os::Thread> start_thread(void (*entry)(u64), u64 argument, u64 slot = 0,
                                              u64 priority = 16);
inline constexpr u64 thread_slots = 8;
[[nodiscard]] VirtAddr thread_buffer(u64 slot);
[[nodiscard]] Instant soon(u64 milliseconds_from_now);
[[noreturn]] void end_thread();
void pause_for(u64 milliseconds);

} // namespace pith::attacks
