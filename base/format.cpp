#include "base/format.h"

namespace pith {
namespace {

/// The digits of a number, built from the back.
class Digits {
  public:
    Digits(u64 value, u64 base) {
        do {
            chars_[--first_] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
    }
    [[nodiscard]] std::string_view view() const { return {chars_.data() + first_, chars_.size() - first_}; }

  private:
    std::array<char, 20> chars_; // 2^64 - 1 has twenty decimal digits
    std::size_t first_ = chars_.size();
};

/// `lead` (sign, 0x) and `body`, padded to the width; zeros go between the two.
void put_padded(TextWriter& to, const FormatSpec& spec, bool left, std::string_view lead,
                std::string_view body) {
    const std::size_t size = lead.size() + body.size();
    const std::size_t padding = spec.width > size ? spec.width - size : 0;
    if (!left && !spec.zeros) to.fill(' ', padding);
    to.put(lead);
    if (!left && spec.zeros) to.fill('0', padding);
    to.put(body);
    if (left) to.fill(' ', padding);
}

void put_number(TextWriter& to, const FormatSpec& spec, const FormatArgument& value) {
    const bool address = value.kind() == FormatArgument::Kind::address && !spec.decimal;
    const bool hexadecimal = address || spec.hexadecimal;
    const bool prefix = hexadecimal && (address || spec.prefix);
    const bool negative = value.kind() == FormatArgument::Kind::negative;
    const std::string_view lead = negative ? (prefix ? "-0x" : "-") : (prefix ? "0x" : "");
    const Digits digits{value.number(), hexadecimal ? u64{16} : u64{10}};
    put_padded(to, spec, spec.align == FormatSpec::Align::left, lead, digits.view());
}

void put_argument(TextWriter& to, const FormatSpec& spec, const FormatArgument& value) {
    switch (value.kind()) {
    case FormatArgument::Kind::text:
        return put_padded(to, spec, spec.align != FormatSpec::Align::right, "", value.text());
    case FormatArgument::Kind::natural:
    case FormatArgument::Kind::negative:
    case FormatArgument::Kind::address: return put_number(to, spec, value);
    }
}

} // namespace

void format_arguments(TextWriter& to, std::string_view text, std::span<const FormatArgument> arguments) {
    std::size_t next = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at++];
        if (c != '{' && c != '}') {
            to.put(c);
        } else if (at < text.size() && text[at] == c) {
            to.put(c);
            ++at;
        } else {
            // The text was checked when it was compiled; one that was not is cut short here.
            FormatSpec spec;
            if (c == '}' || !format_detail::parse_placeholder(text, at, spec) || next >= arguments.size())
                return;
            put_argument(to, spec, arguments[next++]);
        }
    }
}

} // namespace pith
