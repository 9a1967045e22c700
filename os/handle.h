#pragma once

#include "abi/objects.h"
#include "os/syscall.h"

#include <utility>

namespace pith::os {

/// A capability that this process owns: move-only, closed at the end of its life.
class Handle {
  public:
    Handle() = default;
    explicit Handle(abi::Handle id) : id_{id} {}
    Handle(Handle&& other) noexcept : id_{std::exchange(other.id_, {})} {}
    Handle& operator=(Handle&& other) noexcept {
        const Handle old{std::exchange(id_, other.release())};
        return *this;
    }
    ~Handle() { close(); }

    [[nodiscard]] abi::Handle id() const { return id_; }
    [[nodiscard]] explicit operator bool() const { return bool{id_}; }
    /// Takes back all that was copied or minted from this handle, wherever it is.
    [[nodiscard]] Result<> revoke() const { return invoke(abi::HandleRevoke{id_}); }
    /// Gives up ownership without closing.
    [[nodiscard]] abi::Handle release() { return std::exchange(id_, {}); }
    void close() {
        // The only error is a handle that is not there, which an owner cannot have.
        if (id_) static_cast<void>(invoke(abi::HandleClose{release()}));
    }

  private:
    abi::Handle id_{};
};

/// Whether the handle names an object of this kind.
[[nodiscard]] inline Result<> check_kind(const Handle& handle, abi::Kind kind) {
    const auto info = TRY(invoke(abi::HandleInfo{handle.id()}));
    if (info.kind != static_cast<u64>(kind)) return fail(Error::wrong_kind);
    return {};
}

/// A handle whose type says what it names: the base of the object types.
template <class Derived, abi::Kind object_kind>
class Typed : public Handle {
  public:
    static constexpr abi::Kind kind = object_kind;
    using Handle::Handle;

    /// Another handle to the same object, with at most these rights.
    [[nodiscard]] Result<Derived> copy(abi::Rights rights = abi::rights::all) const {
        return Derived{TRY(invoke(abi::HandleCopy{id(), rights.raw, {}})).handle};
    }
    /// Takes a handle whose kind is not known yet.
    [[nodiscard]] static Result<Derived> from(Handle handle) {
        TRY(check_kind(handle, object_kind));
        return Derived{handle.release()};
    }
};

} // namespace pith::os
