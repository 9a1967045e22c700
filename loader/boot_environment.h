#pragma once

#include "base/address.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace pith::loader {

/// The environment page's text: the configuration file, then one line for each key=value word of the command
/// line. The last occurrence of a key wins, so the command line does. Always ends with a NUL within the page,
/// and the rest of the page is zero.
class BootEnvironment {
  public:
    static constexpr std::size_t capacity = page_size - 1;

    /// Words without "=" in `command_line` are left out. What does not fit is cut at the end of a line, the
    /// configuration first.
    [[nodiscard]] static BootEnvironment merge(std::string_view configuration, std::string_view command_line);

    [[nodiscard]] std::string_view text() const { return {text_, size_}; }
    /// `page` is one page.
    void write_to(std::span<std::byte> page) const;

  private:
    void append(std::string_view text);
    void append_words(std::string_view command_line);

    char text_[page_size] = {};
    std::size_t size_ = 0;
};

struct ScreenSize {
    u32 width;
    u32 height;
    friend bool operator==(const ScreenSize&, const ScreenSize&) = default;
};
inline constexpr ScreenSize default_screen{1024, 768};

/// "1280x1024"; nothing if it is not of this form, or below the protocol's 640x480 or above 8192.
[[nodiscard]] std::optional<ScreenSize> parse_screen_size(std::string_view text);

} // namespace pith::loader
