#pragma once

#include "base/format.h"

namespace pith {

/// Text of at most N characters, held in place. What does not fit is cut off, and remembered as cut.
template <std::size_t N>
class Text {
  public:
    constexpr Text() = default;
    constexpr explicit Text(std::string_view text) { append(text); }

    constexpr Text& append(std::string_view text) {
        TextWriter writer{rest()};
        writer.put(text);
        return take(writer);
    }
    constexpr Text& append(char c) { return append(std::string_view{&c, 1}); }
    template <format_detail::Formattable... A>
    constexpr Text& format(FormatString<A...> text, const A&... args) {
        TextWriter writer{rest()};
        format_to<A...>(writer, text, args...);
        return take(writer);
    }
    constexpr void clear() { *this = Text{}; }
    /// Keeps the first `size` characters.
    constexpr void shorten(std::size_t size) {
        if (size >= size_) return;
        size_ = size;
        chars_[size_] = '\0';
    }

    [[nodiscard]] constexpr std::string_view view() const { return {chars_.data(), size_}; }
    constexpr operator std::string_view() const { return view(); }
    /// Ends with a NUL, always.
    [[nodiscard]] constexpr const char* c_str() const { return chars_.data(); }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
    [[nodiscard]] constexpr bool truncated() const { return truncated_; }
    [[nodiscard]] static constexpr std::size_t capacity() { return N; }

    friend constexpr bool operator==(const Text& a, const Text& b) { return a.view() == b.view(); }
    friend constexpr bool operator==(const Text& a, std::string_view b) { return a.view() == b; }

  private:
    constexpr std::span<char> rest() { return std::span{chars_}.subspan(size_, N - size_); }
    constexpr Text& take(const TextWriter& writer) {
        size_ += writer.view().size();
        chars_[size_] = '\0';
        truncated_ = truncated_ || writer.truncated();
        return *this;
    }

    std::array<char, N + 1> chars_{};
    std::size_t size_ = 0;
    bool truncated_ = false;
};

} // namespace pith
