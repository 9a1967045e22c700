#pragma once

#include "abi/startup.h"
#include "os/runtime.h"

#include <optional>
#include <string_view>

namespace pith::os {

/// What this process was started with: arguments, environment, and its only authority, the grants.
class Start {
  public:
    /// The page is the parent's work: every number in it is bounded here.
    explicit Start(const abi::Startup& page);

    /// The handle granted under this name, once; `not_found` where there is none (left).
    template <class T>
    [[nodiscard]] Result<T> take(std::string_view name) {
        return T::from(TRY(take_any(name)));
    }
    [[nodiscard]] Result<Handle> take_any(std::string_view name);
    /// The name of grant number `index`, taken or not; nothing behind the last.
    [[nodiscard]] std::optional<std::string_view> grant_name(u64 index) const;
    /// A handle that stays granted.
    [[nodiscard]] abi::Handle peek(std::string_view name) const;

    /// The name that the program was called by.
    [[nodiscard]] std::string_view name() const { return argument(0).value_or("?"); }
    [[nodiscard]] std::optional<std::string_view> argument(u64 index) const;
    [[nodiscard]] u64 argument_count() const { return argument_count_; }
    /// Lines of key=value.
    [[nodiscard]] std::string_view environment() const { return environment_; }

  private:
    [[nodiscard]] u64 grant_index(std::string_view name) const;

    std::array<abi::Grant, abi::max_grants> grants_;
    u64 grant_count_;
    std::string_view arguments_; ///< each with a zero behind it
    u64 argument_count_ = 0;
    std::string_view environment_;
};

} // namespace pith::os

/// What a program defines: the status that it ends with. An Error is logged, and the status is then 1.
pith::Result<int> program_main(pith::os::Start& start);
