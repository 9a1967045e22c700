#pragma once

#include "os/start.h"
#include "proto/terminal.h"

#include <string_view>
#include <vector>

namespace pith::proto {

/// What a program was called with: options of one letter, and what they are not. `--` ends the options.
class Arguments {
  public:
    /// `letters`: the options that there are; one with a `:` behind it takes a value. With
    /// `#` in front, `-5` is the first one's value. Anything else prints
    /// `usage` and gives `bad_argument`.
    [[nodiscard]] static Result<Arguments> parse(const os::Start& start, const Terminal& terminal,
                                                 std::string_view letters, std::string_view usage);

    [[nodiscard]] bool has(char letter) const;
    /// The value of an option; the last one that was given.
    [[nodiscard]] std::optional<std::string_view> value(char letter) const;
    /// The same as a number; `bad_argument` where it is none.
    [[nodiscard]] Result<u64> number(char letter, u64 otherwise) const;
    [[nodiscard]] const std::vector<std::string_view>& operands() const { return operands_; }

  private:
    struct Option {
        char letter;
        std::string_view value;
    };
    /// Reads `-abc` or `-nVALUE`; false: there is no such option, or its value is missing.
    [[nodiscard]] bool take_options(std::string_view argument, std::string_view letters,
                                    const os::Start& start, u64& index);

    std::vector<Option> options_;
    std::vector<std::string_view> operands_;
};

/// What a misused program ends with.
inline constexpr int status_misuse = 2;

} // namespace pith::proto
