#pragma once

#include <string_view>

namespace pith::proto {

/// Takes the names of a path one by one; skips what names nothing (`//`, `.`).
class PathNames {
  public:
    explicit PathNames(std::string_view path) : path_{path} {}
    /// Empty behind the last. Letter by letter: it is on the way of every open.
    [[nodiscard]] std::string_view next() {
        for (;;) {
            const char* const begin = path_.data();
            const char* const end = begin + path_.size();
            const char* from = begin + used_;
            while (from != end && *from == '/')
                ++from;
            const char* to = from;
            while (to != end && *to != '/')
                ++to;
            used_ = static_cast<std::size_t>(to - begin);
            const std::string_view name{from, static_cast<std::size_t>(to - from)};
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
