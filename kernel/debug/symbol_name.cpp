#include "kernel/debug/symbol_name.h"

namespace pith::kernel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A length and so many characters (Itanium C++ ABI, <source-name>), taken off the front. Empty: there is
/// none.
std::string_view take_name(std::string_view& rest) {
    std::size_t length = 0;
    std::string_view after = rest;
    while (!after.empty() && is_digit(after.front()) && length < 1000) {
        length = length * 10 + static_cast<std::size_t>(after.front() - '0');
        after.remove_prefix(1);
    }
    if (length == 0 || length > after.size()) return {};
    const std::string_view name = after.substr(0, length);
    rest = after.substr(length);
    return name;
}

} // namespace

void append_readable(TextWriter& to, std::string_view symbol) {
    std::string_view rest = symbol;
    if (!rest.starts_with("_Z")) return to.put(symbol);
    rest.remove_prefix(2);
    const bool nested = rest.starts_with('N');
    if (nested) rest.remove_prefix(1);
    while (!rest.empty() && (rest.front() == 'K' || rest.front() == 'L' || rest.front() == 'V'))
        rest.remove_prefix(1);
    bool first = true;
    for (std::string_view name = take_name(rest); !name.empty(); name = take_name(rest)) {
        if (!first) to.put("::");
        to.put(name == "_GLOBAL__N_1" ? "(local)" : name);
        first = false;
        if (!nested) return;
        if (rest.starts_with("L")) rest.remove_prefix(1);
    }
    if (first)
        to.put(symbol);
    else if (rest.starts_with("C"))
        to.put("::(constructor)");
    else if (rest.starts_with("D"))
        to.put("::(destructor)");
}

} // namespace pith::kernel
