#pragma once

#include <string_view>

namespace pith::proto {

/// Takes the names of a path one by one; skips what names nothing (`//`, `.`).
class PathNames {
  public:
    explicit PathNames(std::string_view path) : path_{path} {}
    /// Empty behind the last.
    [[nodiscard]] std::string_view next() {
        for (;;) {
            while (used_ < path_.size() && path_[used_] == '/')
                ++used_;
            const std::size_t start = used_;
            while (used_ < path_.size() && path_[used_] != '/')
                ++used_;
            const std::string_view name = path_.substr(start, used_ - start);
            if (name.size() != 1 || name.front() != '.') return name;
        }
    }
    /// Bytes of the path up to the end of the name that was taken last.
    [[nodiscard]] std::size_t used() const { return used_; }
    /// Whether no name follows.
    [[nodiscard]] bool at_end() const { return PathNames{path_.substr(used_)}.next().empty(); }

  private:
    std::string_view path_;
    std::size_t used_ = 0;
};

} // namespace pith::proto
