#pragma once

#include <utility>

namespace pith {

/// Owns one resource that is named by a plain value (a handle, an id, a range) and gives it back exactly
/// once.
///
///   struct HandleTraits {
///       static constexpr Handle none{};              // the value that names nothing
///       void destroy(Handle handle) const { ... }    // gives the resource back; cannot fail
///   };
///   using OwnedHandle = Owned<Handle, HandleTraits>;
///
/// Traits that need something to destroy with (an allocator) hold a pointer to it and are passed along.
template <class T, class Traits>
class [[nodiscard]] Owned {
  public:
    constexpr Owned() = default;
    constexpr explicit Owned(T value, Traits traits = {}) : value_{value}, traits_{traits} {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    constexpr Owned(Owned&& other) noexcept : value_{other.release()}, traits_{other.traits_} {}
    constexpr Owned& operator=(Owned&& other) noexcept {
        Owned old{std::move(*this)}; // destroyed at the end, also when other is *this
        value_ = &other == this ? old.release() : other.release();
        traits_ = other.traits_;
        return *this;
    }
    constexpr ~Owned() { reset(); }

    /// Borrows.
    [[nodiscard]] constexpr const T& get() const { return value_; }
    [[nodiscard]] constexpr explicit operator bool() const { return value_ != Traits::none; }
    /// Hands the resource to the caller, who destroys it from now on.
    [[nodiscard]] constexpr T release() { return std::exchange(value_, Traits::none); }
    /// Destroys now.
    constexpr void reset() {
        if (*this) traits_.destroy(release());
    }

  private:
    T value_ = Traits::none;
    [[no_unique_address]] Traits traits_{};
};

} // namespace pith
