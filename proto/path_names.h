#pragma once

#include <algorithm>
#include <string_view>

namespace pith::proto {

/// Takes the names of a path one by one; skips what names nothing (`//`, `.`).
class PathNames {
  public:
    explicit PathNames(std::string_view path) : path_{path} {}
    /// Empty behind the last.
    [[nodiscard]] std::string_view next() {
        for (;;) {
            const std::string_view rest = path_.substr(used_);
            used_ += std::min(rest.find_first_not_of('/'), rest.size());
            const std::string_view name = path_.substr(used_, path_.find('/', used_) - used_);
            used_ += name.size();
            if (name != ".") return name;
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
