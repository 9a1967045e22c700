#pragma once

#include "os/runtime.h"

#include <bit>
#include <cstring>

namespace pith::os {

/// What concerns the system as a whole, as far as the handle's rights go.
class System : public Typed<System, abi::Kind::system> {
  public:
    using Typed::Typed;
    /// The first process with an identity of at least `from`; `not_found` behind the last.
    [[nodiscard]] Result<abi::ProcessEntry> process(u64 from) const {
        TRY(invoke(abi::ProcessList{id(), from}));
        return result<abi::ProcessEntry>();
    }
    [[nodiscard]] Result<abi::SystemEntry> info() const {
        TRY(invoke(abi::SystemInfo{id()}));
        return result<abi::SystemEntry>();
    }
    /// Returns only where it failed.
    [[nodiscard]] Result<> power(abi::PowerAction action) const {
        return invoke(abi::SystemPower{id(), static_cast<u64>(action)});
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
