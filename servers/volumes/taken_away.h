#pragma once

#include "base/types.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace pith::os::volumes {

/// The paths that were unmounted by hand, as sums of them, one word each, in memory that outlives the server:
/// a table that a successor reads does not mount these again. Whatever the memory holds, it is words, and
/// each is written at once: one that is wrong is a path that nobody has.
class TakenAway {
  public:
    explicit TakenAway(std::span<u64> words) : words_{words} {}

    [[nodiscard]] bool contains(std::string_view path) const {
        return std::ranges::contains(words_, sum(path));
    }
    /// False: there is no room for another one.
    [[nodiscard]] bool add(std::string_view path) {
        if (contains(path)) return true;
        const auto free = std::ranges::find(words_, nothing);
        if (free == words_.end()) return false;
        *free = sum(path);
        return true;
    }
    void remove(std::string_view path) { std::ranges::replace(words_, sum(path), nothing); }

  private:
    static constexpr u64 nothing = 0;

    /// FNV-1a.
    [[nodiscard]] static u64 sum(std::string_view path) {
        u64 value = 0xcbf2'9ce4'8422'2325;
        for (const char c : path)
            value = (value ^ static_cast<u8>(c)) * 0x100'0000'01b3;
        return value == nothing ? 1 : value;
    }

    std::span<u64> words_;
};

} // namespace pith::os::volumes
