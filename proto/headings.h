#pragma once

#include "proto/output.h"
#include "proto/program.h"

namespace pith::proto {

/// The names of files above what they hold, where several are shown: `==> a <==`, with an empty line between
/// two.
class Headings {
  public:
    explicit Headings(bool several) : several_{several} {}

    /// `not_found` where there is no such file, and then no heading.
    Result<> print(const Program& program, Output& output, std::string_view path) {
        if (!several_) return {};
        if (path != "-") TRY(program.files().look(program.absolute(path)));
        output.print("{}==> {} <==\n", std::exchange(is_first_, false) ? "" : "\n", path);
        return {};
    }

  private:
    bool several_;
    bool is_first_ = true;
};

} // namespace pith::proto
