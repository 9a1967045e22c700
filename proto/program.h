#pragma once

#include "base/environment.h"
#include "proto/files.h"
#include "proto/path.h"
#include "proto/terminal.h"

namespace pith::proto {

/// What most small programs need: the terminal, the file tree, and where in it they were started.
class Program {
  public:
    [[nodiscard]] static Result<Program> open(os::Start& start) {
        auto terminal = TRY(Terminal::open(start));
        auto files = TRY(start.take<file::Client>("files"));
        return Program{std::move(terminal), std::move(files),
                       Environment{start.environment()}.get("pwd").value_or("/")};
    }

    [[nodiscard]] const Terminal& terminal() const { return terminal_; }
    [[nodiscard]] Result<OpenFile> open_file(std::string_view path) const {
        return proto::open(files_, absolute_path(directory_, path));
    }

  private:
    Program(Terminal terminal, file::Client files, std::string_view directory)
        : terminal_{std::move(terminal)}, files_{std::move(files)}, directory_{directory} {}

    Terminal terminal_;
    file::Client files_;
    std::string_view directory_;
};

} // namespace pith::proto
