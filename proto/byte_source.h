#pragma once

#include "proto/file_window.h"
#include "proto/program.h"

namespace pith::proto {

/// Bytes from front to back: of a file, or of the program's input.
class ByteSource {
  public:
    /// `-` is the input.
    [[nodiscard]] static Result<ByteSource> open(const Program& program, std::string_view path);
    /// Some bytes; none: the end. The view holds until the next call.
    [[nodiscard]] Result<std::string_view> next();

  private:
    explicit ByteSource(const Program& program) : program_{&program} {}

    const Program* program_;
    std::optional<OpenFile> file_;
    u64 offset_ = 0;
    std::optional<FileWindow> window_; ///< on a large file
    os::Mapping mapped_;
    std::string bytes_;
};

/// The same line by line; a last line may lack its `\n`.
class LineSource {
  public:
    explicit LineSource(ByteSource bytes) : bytes_{std::move(bytes)} {}
    /// Without its `\n`; nothing at the end.
    [[nodiscard]] Result<std::optional<std::string>> next();

  private:
    ByteSource bytes_;
    std::string held_;
    bool ended_ = false;
};

} // namespace pith::proto
