#pragma once

#include "os/runtime.h"

#include <bit>
#include <cstring>
#include <span>
#include <string>

namespace pith::os {

/// What concerns the system as a whole, as far as the handle's rights go.
class System : public Typed<System, abi::Kind::system> {
  public:
    using Typed::Typed;
    /// The first process with an identity of at least `from`; `not_found` behind the last.
    [[nodiscard]] Result<abi::ProcessEntry> process(u64 from) const {
        TRY(invoke(abi::ProcessList{id(), from}));
        auto entry = result<abi::ProcessEntry>();
        // Whoever made the process chose its name: it may hold what would control a terminal.
        for (char& c : entry.name)
            if (c != '\0' && (c < ' ' || c > '~')) c = '?';
        return entry;
    }
    [[nodiscard]] Result<abi::SystemEntry> info() const {
        TRY(invoke(abi::SystemInfo{id()}));
        return result<abi::SystemEntry>();
    }
    /// Messages sent with `call` that took the fast path, ever.
    [[nodiscard]] Result<u64> fast_calls() const {
        u64 calls = TRY(info()).fast_calls_of_ended;
        for (u64 from = 0;; ++from) {
            const auto one = process(from);
            if (!one) return one.error() == Error::not_found ? Result<u64>{calls} : fail(one.error());
            calls += one->calls - one->slow_calls;
            from = one->id;
        }
    }
    /// Returns only where it failed.
    [[nodiscard]] Result<> power(abi::PowerAction action) const {
        return invoke(abi::SystemPower{id(), static_cast<u64>(action)});
    }

    /// Needs the right `trace`.
    [[nodiscard]] Result<> set_tracing(bool on) const {
        return invoke(abi::TraceControl{id(), on ? 1u : 0u});
    }
    /// What a core noted from entry `from` on; how many came. `from` becomes the number behind them.
    [[nodiscard]] Result<u64> trace(u64 core, u64& from,
                                    std::span<abi::TraceEntry, abi::TraceRead::most> to) const {
        const auto reply = TRY(invoke(abi::TraceRead{id(), core, from}));
        std::memcpy(to.data(), message_buffer().results.data(), reply.count * sizeof(abi::TraceEntry));
        from = reply.next;
        return reply.count;
    }

    /// What the kernel's log holds from `from` on, a part of it; empty at the end. `from` becomes the
    /// position behind it. Needs the right `log`.
    [[nodiscard]] Result<std::string> log(u64& from) const {
        const auto reply = TRY(invoke(abi::LogRead{id(), from}));
        std::string text(reply.length, '\0');
        std::memcpy(text.data(), message_buffer().results.data(), text.size());
        from = reply.next;
        return text;
    }

  private:
    template <class T>
    static T result() {
        T value;
        std::memcpy(&value, message_buffer().results.data(), sizeof(T));
        return value;
    }
};

[[nodiscard]] inline std::string_view name_of(const abi::ProcessEntry& process) {
    const std::string_view all{process.name.data(), process.name.size()};
    return all.substr(0, all.find('\0'));
}

} // namespace pith::os
