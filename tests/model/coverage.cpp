#include "tests/model/coverage.h"

#include "abi/call_names.h"

#include <cstdio>

namespace pith::model {

namespace {
u32 result_of(const Thread& thread, bool is_message) {
    const Registers& registers = thread.context.registers;
    if (!is_message) return static_cast<u32>(registers.rax & 63);
    return registers.tag().low() == std::to_underlying(abi::Status::error) ? registers.tag().error() & 63u
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

std::optional<Coverage::Pending> Coverage::pending(Thread& thread) {
    using enum abi::MessageCall;
    // Those wait in no call of theirs.
    if ((thread.unusual & (unusual::faulted | unusual::foreign)) != 0) return std::nullopt;
    const auto in = [&](u64 number) { return Pending{&thread, static_cast<u8>(number)}; };
    switch (thread.state) {
    case ThreadState::calling:
    case ThreadState::awaiting_reply: return in(std::to_underlying(call));
    case ThreadState::sending: return in(std::to_underlying(send));
    case ThreadState::receiving: return in(std::to_underlying(receive));
    case ThreadState::waiting:
    case ThreadState::sleeping: return in(thread.context.registers.call_number());
    case ThreadState::running:
    case ThreadState::ready:
    case ThreadState::stopped:
        if ((thread.unusual & unusual::working) == 0) return std::nullopt;
        return in(thread.context.registers.call_number());
    case ThreadState::created:
    case ThreadState::synchronizing: // has its answer
    case ThreadState::ended: return std::nullopt;
    }
}

void Coverage::note_end(const Pending& pending) {
    const Thread& thread = *pending.thread;
    const bool runs = thread.state == ThreadState::ready || thread.state == ThreadState::running ||
                      thread.state == ThreadState::stopped;
    if (!runs || (thread.unusual & (unusual::working | unusual::faulted)) != 0) return;
    const u32 result = result_of(thread, pending.number < abi::message_calls);
    results_[pending.number].set(result);
    using enum abi::MessageCall;
    if (pending.number == std::to_underlying(receive))
        results_[std::to_underlying(reply_and_receive)].set(result);
}

void Coverage::report() const {
    for (u32 number = 0; number < results_.size(); ++number) {
        const auto& results = results_[number];
        if (results.none()) continue;
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
        std::printf("\n");
    }
}

void Coverage::write(std::FILE* to) const {
    for (u32 number = 0; number < results_.size(); ++number) {
        if (results_[number].none()) continue;
        const std::string_view name = abi::name_of_call(number);
        std::fprintf(to, "%.*s", static_cast<int>(name.size()), name.data());
        for (u32 result = 0; result <= ends; ++result)
            if (results_[number][result]) std::fprintf(to, " %u", result);
        std::fprintf(to, "\n");
    }
}

} // namespace pith::model
