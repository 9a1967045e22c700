#include "os/start.h"

#include <algorithm>

namespace pith::os {
namespace {

std::string_view name_of(const abi::Grant& grant) {
    const std::string_view all{grant.name.data(), grant.name.size()};
    return all.substr(0, all.find('\0'));
}

} // namespace

Start::Start(const abi::Startup& page)
    : grants_{page.grants}, grant_count_{std::min<u64>(page.grant_count, page.grants.size())} {
    const std::string_view text{page.text.data(), std::min<u64>(page.text_length, page.text.size())};
    u64 at = 0;
    while (argument_count_ < page.argument_count) {
        const u64 end = text.find('\0', at);
        if (end == std::string_view::npos) break;
        at = end + 1;
        ++argument_count_;
    }
    arguments_ = text.substr(0, at);
    environment_ = text.substr(at);
}

u64 Start::grant_index(std::string_view name) const {
    u64 i = 0;
    while (i < grant_count_ && !(name_of(grants_[i]) == name && grants_[i].handle))
        ++i;
    return i;
}

Result<Handle> Start::take_any(std::string_view name) {
    const u64 i = grant_index(name);
    if (i == grant_count_) return fail(Error::not_found);
    return Handle{std::exchange(grants_[i].handle, {})};
}

std::optional<std::string_view> Start::grant_name(u64 index) const {
    if (index >= grant_count_) return std::nullopt;
    return name_of(grants_[index]);
}

abi::Handle Start::peek(std::string_view name) const {
    const u64 i = grant_index(name);
    return i == grant_count_ ? abi::Handle{} : grants_[i].handle;
}

std::optional<std::string_view> Start::argument(u64 index) const {
    if (index >= argument_count_) return std::nullopt;
    std::string_view rest = arguments_;
    for (; index > 0; --index)
        rest.remove_prefix(rest.find('\0') + 1);
    return rest.substr(0, rest.find('\0'));
}

} // namespace pith::os
