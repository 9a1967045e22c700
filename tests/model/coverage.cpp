#include "tests/model/coverage.h"

#include "abi/call_names.h"

#include <cstdio>

namespace pith::model {

namespace {
u32 result_of(const Thread& thread, bool is_message) {
    const Registers& registers = thread.context.registers;
    if (!is_message) return static_cast<u32>(registers.rax & 31);
    return registers.tag().low() == std::to_underlying(abi::Status::error) ? registers.tag().error() & 31u
                                                                           : Coverage::success;
}
} // namespace

void Coverage::note(const Step& step, const Thread& thread) {
    auto& results = results_[step.number];
    if (thread.state == ThreadState::ended)
        results.set(ends);
    else if (thread.is_blocked() || (thread.unusual & unusual::working) != 0)
        results.set(waits);
    else
        results.set(result_of(thread, step.kind == Step::Kind::message));
}

void Coverage::note_end_of_wait(ThreadState before, const Thread& thread) {
    using enum abi::MessageCall;
    switch (before) {
    case ThreadState::calling:
    case ThreadState::awaiting_reply:
        return results_[std::to_underlying(call)].set(result_of(thread, true)), void();
    case ThreadState::sending: return results_[std::to_underlying(send)].set(result_of(thread, true)), void();
    case ThreadState::receiving:
        return results_[std::to_underlying(receive)].set(result_of(thread, true)), void();
    case ThreadState::waiting:
        return results_[abi::number_of<abi::NotificationWait>].set(result_of(thread, false)), void();
    case ThreadState::sleeping:
        return results_[abi::number_of<abi::Sleep>].set(result_of(thread, false)), void();
    case ThreadState::created:
    case ThreadState::running:
    case ThreadState::ready:
    case ThreadState::synchronizing:
    case ThreadState::stopped:
    case ThreadState::ended: return;
    }
}

bool Coverage::succeeds_by_ending(u32 number) {
    return number == abi::number_of<abi::ThreadExit> || number == abi::number_of<abi::ProcessExit>;
}

bool Coverage::report(const std::bitset<256>& expected, bool messages) const {
    bool all = true;
    for (u32 number = 0; number < results_.size(); ++number) {
        const bool is_message = number < abi::message_calls;
        if (is_message ? !messages : !expected[number]) continue;
        const auto& results = results_[number];
        const std::string_view name = abi::name_of_call(number);
        std::printf("  %-22.*s", static_cast<int>(name.size()), name.data());
        if (results[success]) std::printf(" done");
        if (results[waits]) std::printf(" waits");
        if (results[ends]) std::printf(" ends");
        for (u32 error = 1; error < waits; ++error) {
            if (!results[error]) continue;
            const std::string_view text = describe(static_cast<Error>(error));
            std::printf(" | %.*s", static_cast<int>(text.size()), text.data());
        }
        // A machine without power management is as far as a test can go.
        const bool unpowered =
            number == abi::number_of<abi::SystemPower> && results[std::to_underlying(Error::unsupported)];
        const bool reached = results[success] || unpowered || (succeeds_by_ending(number) && results[ends]);
        std::printf("%s\n", reached ? "" : "  NEVER WITH SUCCESS");
        all &= reached;
    }
    return all;
}

} // namespace pith::model
