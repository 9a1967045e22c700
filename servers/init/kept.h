#pragma once

#include "base/result.h"
#include "base/types.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pith::os::init {

/// The capabilities that init keeps for one service (proto/keeping.h).
template <class Capability, u64 most>
class Kept {
  public:
    struct Entry {
        std::string name;
        u64 note;
        Capability capability;
    };

    /// In the place of what is called so. `no_space`: there are too many, and it is not one of them.
    [[nodiscard]] Result<> keep(std::string_view name, u64 note, Capability capability) {
        if (name.empty()) return fail(Error::bad_argument);
        if (const auto old = find(name); old != entries_.end())
            *old = {std::string{name}, note, std::move(capability)};
        else if (entries_.size() == most)
            return fail(Error::no_space);
        else
            entries_.push_back({std::string{name}, note, std::move(capability)});
        return {};
    }
    [[nodiscard]] const Entry* at(u64 index) const {
        return index < entries_.size() ? &entries_[index] : nullptr;
    }
    /// What had the name; `not_found`.
    [[nodiscard]] Result<Capability> drop(std::string_view name) {
        const auto entry = find(name);
        if (entry == entries_.end()) return fail(Error::not_found);
        Capability capability = std::move(entry->capability);
        entries_.erase(entry);
        return capability;
    }
    /// Those that name nothing any more.
    template <class IsGone>
    void forget(const IsGone& is_gone) {
        std::erase_if(entries_, [&](const Entry& entry) { return is_gone(entry.capability); });
    }

  private:
    [[nodiscard]] auto find(std::string_view name) {
        return std::ranges::find(entries_, name,
                                 [](const Entry& entry) { return std::string_view{entry.name}; });
    }

    std::vector<Entry> entries_;
};

} // namespace pith::os::init
