#pragma once

#include "base/address.h"
#include "base/error.h"

#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

/// Text from values, checked when compiled, without allocation and without floating point.
///
///   format_to(buffer, "{} frames at {}, flags {:#x}\n", count, address, flags)
///
/// A placeholder is `{}` or `{:[<|>][#][0][width][x|d]}`: alignment (text goes left, numbers go right unless
/// told), `#` for the 0x, `0` to fill with zeros, the least width, the base. `{{` and `}}` are braces.
/// Integers, bool, char, text, pointers, Error, Strong numbers (as their number) and addresses (as 0x…) can
/// be formatted. What does not fit at the end of the buffer is cut off.
namespace pith {

/// Appends to a borrowed buffer and never writes past its end.
class TextWriter {
  public:
    constexpr explicit TextWriter(std::span<char> out) : out_{out} {}

    constexpr void put(char c) {
        if (used_ < out_.size()) {
            out_[used_++] = c;
        } else {
            truncated_ = true;
        }
    }
    constexpr void put(std::string_view text) {
        for (const char c : text)
            put(c);
    }
    constexpr void fill(char c, std::size_t count) {
        for (; count > 0 && !truncated_; --count)
            put(c);
    }

    [[nodiscard]] constexpr std::string_view view() const { return {out_.data(), used_}; }
    /// Whether something did not fit.
    [[nodiscard]] constexpr bool truncated() const { return truncated_; }

  private:
    std::span<char> out_;
    std::size_t used_ = 0;
    bool truncated_ = false;
};

/// How the text describes a value; `parse_placeholder` fills it in.
struct FormatSpec {
    enum class Align : u8 { natural, left, right };
    Align align = Align::natural;
    bool prefix = false;
    bool zeros = false;
    bool hexadecimal = false;
    bool decimal = false;
    u8 width = 0;

    [[nodiscard]] constexpr bool only_for_numbers() const {
        return prefix || zeros || hexadecimal || decimal;
    }
};

/// One value with its type erased. Borrows text: lives no longer than the call that it is made for.
class FormatArgument {
  public:
    enum class Kind : u8 { text, natural, negative, address };

    static constexpr FormatArgument text(std::string_view value) { return {Kind::text, 0, value}; }
    /// A number without a sign.
    static constexpr FormatArgument natural(u64 value) { return {Kind::natural, value, {}}; }
    /// A number below zero, by its magnitude.
    static constexpr FormatArgument negative(u64 magnitude) { return {Kind::negative, magnitude, {}}; }
    /// Hexadecimal with 0x, unless the placeholder says `d`.
    static constexpr FormatArgument address(u64 value) { return {Kind::address, value, {}}; }

    [[nodiscard]] constexpr Kind kind() const { return kind_; }
    [[nodiscard]] constexpr u64 number() const { return number_; }
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

  private:
    constexpr FormatArgument(Kind kind, u64 number, std::string_view text)
        : text_{text}, number_{number}, kind_{kind} {}

    std::string_view text_;
    u64 number_;
    Kind kind_;
};

namespace format_detail {

template <class T>
concept Character = std::same_as<T, char>;
template <class T>
concept Address = std::derived_from<T, PhysAddr> || std::derived_from<T, VirtAddr>;
template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool> && !Character<T> && !std::same_as<T, wchar_t> &&
                 !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;
template <class T>
concept StrongNumber =
    requires(const T& value) { requires Number<std::remove_cvref_t<decltype(value.raw)>>; };
template <class T>
concept CharArray = std::is_array_v<T> && std::same_as<std::remove_cv_t<std::remove_extent_t<T>>, char>;
template <class T>
concept CharPointer = std::same_as<T, char*> || std::same_as<T, const char*>;
template <class T>
concept DataPointer = std::same_as<T, std::nullptr_t> || (std::is_pointer_v<T> && !CharPointer<T> &&
                                                          !std::is_function_v<std::remove_pointer_t<T>>);
template <class T>
concept TextLike = !CharArray<T> && !CharPointer<T> && std::convertible_to<const T&, std::string_view>;
template <class T>
concept Textual = TextLike<T> || CharArray<T> || CharPointer<T> || Character<T> || std::same_as<T, bool> ||
                  std::same_as<T, Error>;
template <class T>
concept Formattable = Textual<T> || Number<T> || StrongNumber<T> || DataPointer<T>;

/// A char array may fill its array without a final NUL.
constexpr std::string_view bounded_text(std::span<const char> chars) {
    const std::string_view all{chars.data(), chars.size()};
    return all.substr(0, all.find('\0'));
}

template <Number N>
constexpr FormatArgument number_argument(N value) {
    if constexpr (std::signed_integral<N>) {
        if (value < 0) return FormatArgument::negative(u64{0} - static_cast<u64>(value));
    }
    return FormatArgument::natural(static_cast<u64>(value));
}

template <Formattable T>
constexpr FormatArgument argument(const T& value) {
    if constexpr (std::same_as<T, bool>) {
        return FormatArgument::text(value ? "true" : "false");
    } else if constexpr (Character<T>) {
        return FormatArgument::text({&value, 1});
    } else if constexpr (std::same_as<T, Error>) {
        return FormatArgument::text(describe(value));
    } else if constexpr (CharArray<T>) {
        return FormatArgument::text(bounded_text(value));
    } else if constexpr (CharPointer<T>) {
        return FormatArgument::text(value == nullptr ? std::string_view{"(null)"} : std::string_view{value});
    } else if constexpr (TextLike<T>) {
        return FormatArgument::text(value);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
        return FormatArgument::address(0);
    } else if constexpr (DataPointer<T>) {
        return FormatArgument::address(std::bit_cast<u64>(value));
    } else if constexpr (Address<T>) {
        return FormatArgument::address(value.raw);
    } else if constexpr (Number<T>) {
        return number_argument(value);
    } else {
        return number_argument(value.raw);
    }
}

/// Reads what stands between ':' and '}' from `text` at `at`, and leaves `at` behind the '}'. False: not one
/// of ours.
constexpr bool parse_spec(std::string_view text, std::size_t& at, FormatSpec& spec) {
    const auto take = [&](char c) { return at < text.size() && text[at] == c && (++at, true); };
    if (take('<'))
        spec.align = FormatSpec::Align::left;
    else if (take('>'))
        spec.align = FormatSpec::Align::right;
    spec.prefix = take('#');
    spec.zeros = take('0');
    u32 width = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && width < 256; ++at)
        width = width * 10 + static_cast<u32>(text[at] - '0');
    if (width > 255) return false;
    spec.width = static_cast<u8>(width);
    spec.hexadecimal = take('x');
    if (!spec.hexadecimal) spec.decimal = take('d');
    return take('}');
}

/// Reads a placeholder whose '{' lies before `at`, and leaves `at` behind its '}'.
constexpr bool parse_placeholder(std::string_view text, std::size_t& at, FormatSpec& spec) {
    if (at < text.size() && text[at] == '}') return ++at, true;
    if (at >= text.size() || text[at] != ':') return false;
    return parse_spec(text, ++at, spec);
}

// Never defined: calling one of these is how a wrong format string stops the compiler, with its name as
// message.
void format_string_has_an_unmatched_brace();
void format_string_has_an_unknown_placeholder();
void format_string_has_more_placeholders_than_arguments();
void format_string_has_fewer_placeholders_than_arguments();
void format_string_asks_for_a_number_where_the_argument_is_text();

} // namespace format_detail

/// A literal that has been checked against the types of its arguments.
template <class... A>
class BasicFormatString {
  public:
    template <std::convertible_to<std::string_view> T>
    consteval BasicFormatString(const T& text) : text_{text} { // implicit, so that a literal can be passed
        check();
    }
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

  private:
    consteval void check() const {
        using namespace format_detail;
        constexpr std::array<bool, sizeof...(A) + 1> textual{Textual<A>..., false};
        std::size_t next = 0;
        for (std::size_t at = 0; at < text_.size();) {
            const char c = text_[at++];
            if (c != '{' && c != '}') continue;
            if (at < text_.size() && text_[at] == c) {
                ++at;
                continue;
            }
            if (c == '}') format_string_has_an_unmatched_brace();
            FormatSpec spec;
            if (!parse_placeholder(text_, at, spec)) format_string_has_an_unknown_placeholder();
            if (next >= sizeof...(A)) format_string_has_more_placeholders_than_arguments();
            if (textual[next] && spec.only_for_numbers())
                format_string_asks_for_a_number_where_the_argument_is_text();
            ++next;
        }
        if (next < sizeof...(A)) format_string_has_fewer_placeholders_than_arguments();
    }

    std::string_view text_;
};

template <class... A>
using FormatString = BasicFormatString<std::type_identity_t<std::remove_cvref_t<A>>...>;

/// For those who pass arguments on, a log for example. `text` comes from a FormatString.
void format_arguments(TextWriter& to, std::string_view text, std::span<const FormatArgument> arguments);

/// Appends to `to`.
template <format_detail::Formattable... A>
constexpr void format_to(TextWriter& to, FormatString<A...> text, const A&... args) {
    const std::array<FormatArgument, sizeof...(A)> arguments{format_detail::argument(args)...};
    format_arguments(to, text.text(), arguments);
}

/// What was written: a part of `out`.
template <format_detail::Formattable... A>
constexpr std::string_view format_to(std::span<char> out, FormatString<A...> text, const A&... args) {
    TextWriter writer{out};
    format_to<A...>(writer, text, args...);
    return writer.view();
}

} // namespace pith
