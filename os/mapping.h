#pragma once

#include "base/panic.h"
#include "os/runtime.h"

#include <span>
#include <type_traits>

namespace pith::os {

/// Memory that this process sees, as long as this object lives. Does not own the Memory.
class Mapping {
  public:
    Mapping() = default;
    [[nodiscard]] static Result<Mapping> create(const Memory& memory, PageCount size, abi::Rights access);
    [[nodiscard]] static Result<Mapping> whole(const Memory& memory, abi::Rights access) {
        return create(memory, TRY(memory.size()), access);
    }
    /// For memory that somebody else gave and may take away at any time: to be read and written by
    /// guarded_copy (os/guarded.h) alone.
    [[nodiscard]] static Result<Mapping> guarded(const Memory& memory, PageCount size, abi::Rights access);
    [[nodiscard]] static Result<Mapping> guarded(const Memory& memory, abi::Rights access) {
        return guarded(memory, TRY(memory.size()), access);
    }
    Mapping(Mapping&& other) noexcept : at_{other.at_}, size_{std::exchange(other.size_, {})} {}
    Mapping& operator=(Mapping&& other) noexcept {
        unmap();
        at_ = other.at_;
        size_ = std::exchange(other.size_, {});
        return *this;
    }
    ~Mapping() { unmap(); }

    [[nodiscard]] std::span<std::byte> bytes() const {
        return {reinterpret_cast<std::byte*>(at_.raw), size_.bytes()};
    }
    /// The object that lies at its start. Memory that somebody else writes to holds whatever they wrote: only
    /// types of which every value is one.
    template <class T>
        requires std::is_trivially_copyable_v<T>
    [[nodiscard]] T& as() const {
        require(sizeof(T) <= size_.bytes(), "an object does not fit into the memory");
        return *reinterpret_cast<T*>(at_.raw);
    }

  private:
    Mapping(VirtAddr at, PageCount size) : at_{at}, size_{size} {}
    void unmap();

    VirtAddr at_{};
    PageCount size_{};
};

} // namespace pith::os
