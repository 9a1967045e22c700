#include "servers/fat/short_names.h"

#include <algorithm>

namespace pith::fat {
namespace {

constexpr std::size_t most_base = 8, most_extension = 3;

/// What a unit becomes in a short name; nothing where it is left out.
std::optional<u8> short_unit(char16_t unit, bool& is_exact, bool& is_replaced) {
    constexpr std::u16string_view special = u"$%'-_@~`!(){}^#&";
    if ((unit >= u'A' && unit <= u'Z') || (unit >= u'0' && unit <= u'9') || special.contains(unit))
        return static_cast<u8>(unit);
    is_exact = false;
    if (unit >= u'a' && unit <= u'z') return static_cast<u8>(unit - 0x20);
    is_replaced = true;
    if (unit == u' ' || unit == u'.') return std::nullopt;
    return static_cast<u8>('_');
}

/// The number behind the last `~` of a base, and how much stands before it.
std::optional<std::pair<u32, std::size_t>> number_in(const ShortName& name) {
    std::size_t end = most_base;
    while (end > 0 && name[end - 1] == ' ')
        --end;
    std::size_t at = end;
    u32 number = 0, scale = 1;
    for (; at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9'; --at, scale *= 10)
        number += (name[at - 1] - u32{'0'}) * scale;
    if (at == end || at == 0 || name[at - 1] != '~' || name[at] == '0') return std::nullopt;
    return std::pair{number, at - 1};
}

} // namespace

ShortNames::ShortNames(std::u16string_view name) {
    plain_.fill(' ');
    const auto skipped = std::min(name.find_first_not_of(u". "), name.size());
    if (skipped > 0) is_exact_ = false, needs_number_ = true;
    name.remove_prefix(skipped);
    const auto dot = name.rfind(u'.');
    const auto put = [&](std::u16string_view part, std::size_t first, std::size_t most) {
        std::size_t used = 0;
        for (const char16_t unit : part) {
            const auto byte = short_unit(unit, is_exact_, needs_number_);
            if (!byte) continue;
            if (used == most) {
                is_exact_ = false;
                needs_number_ = true;
                break;
            }
            plain_[first + used++] = *byte;
        }
        return used;
    };
    base_ = put(name.substr(0, dot), 0, most_base);
    if (dot != std::u16string_view::npos) put(name.substr(dot + 1), most_base, most_extension);
    if (base_ > 0) return;
    plain_[base_++] = '_';
    is_exact_ = false;
    needs_number_ = true;
}

void ShortNames::note(const ShortName& taken) {
    if (!std::ranges::equal(std::span{taken}.subspan(most_base), std::span{plain_}.subspan(most_base)))
        return;
    if (taken == plain_) {
        needs_number_ = true;
        is_exact_ = false; // the same name, about to be written otherwise
    }
    const auto found = number_in(taken);
    if (!found || found->first > most_number || with_number(found->first) != taken) return;
    if (numbers_.size() <= found->first) numbers_.resize(found->first + 1);
    numbers_[found->first] = true;
}

ShortName ShortNames::with_number(u32 number) const {
    std::array<u8, most_base> tail{};
    std::size_t at = most_base;
    for (u32 rest = number; rest > 0; rest /= 10)
        tail[--at] = static_cast<u8>('0' + rest % 10);
    tail[--at] = '~';
    ShortName name = plain_;
    const std::size_t kept = std::min(base_, at);
    std::fill(name.begin() + static_cast<std::ptrdiff_t>(kept), name.begin() + most_base, u8{' '});
    std::copy(tail.begin() + static_cast<std::ptrdiff_t>(at), tail.end(),
              name.begin() + static_cast<std::ptrdiff_t>(kept));
    return name;
}

std::optional<ShortName> ShortNames::pick() const {
    if (!needs_number_) return plain_;
    u32 number = 1;
    while (number < numbers_.size() && numbers_[number])
        ++number;
    if (number > most_number) return std::nullopt;
    return with_number(number);
}

} // namespace pith::fat
