#pragma once

#include "base/environment.h"
#include "proto/file_space.h"
#include "proto/path.h"
#include "proto/terminal.h"

#include <optional>

namespace pith::proto {

/// What most small programs need: where they print to and read from, the files, and where in them they were
/// started.
class Program {
  public:
    [[nodiscard]] static Result<Program> open(os::Start& start) {
        Program program{TRY(Terminal::open(start)), TRY(FileSpace::open(start)),
                        Environment{start.environment()}.get("pwd").value_or("/")};
        if (auto output = start.take<console::Client>("output")) program.output_.emplace(*std::move(output));
        if (auto errors = Terminal::redirected_errors(start)) program.errors_ = std::move(errors);
        if (auto input = start.take<console::Client>("input")) program.input_.emplace(*std::move(input));
        return program;
    }

    /// The person at the terminal.
    [[nodiscard]] const Terminal& terminal() const { return terminal_; }
    /// Where results go: the terminal, or what the shell was told (`>`, `|`).
    [[nodiscard]] const Terminal& output() const { return output_ ? *output_ : terminal_; }
    /// Where complaints go: the terminal, or what the shell was told (`2>`).
    [[nodiscard]] const Terminal& errors() const { return errors_ ? *errors_ : terminal_; }
    /// Where the shell was told to read from (`<`, `|`); null: the terminal.
    [[nodiscard]] const Terminal* input() const { return input_ ? &*input_ : nullptr; }
    /// Bytes of the input (`<`, `|`, or what is typed, up to Ctrl-D). Nothing: it has ended. Where no person
    /// types, it is empty: all that comes there are lines for the shell.
    [[nodiscard]] Result<std::string> read_input() const {
        if (!input_ && TRY(terminal_.is_plain())) return std::string{};
        const auto part = TRY((input_ ? *input_ : terminal_).read());
        return std::string{part.bytes.view()};
    }

    [[nodiscard]] const FileSpace& files() const { return files_; }
    [[nodiscard]] std::string absolute(std::string_view path) const {
        return absolute_path(directory_, path);
    }
    [[nodiscard]] Result<OpenFile> open_file(std::string_view path,
                                             u64 flags = file::open_flags::read) const {
        return files_.open(absolute(path), flags);
    }

  private:
    Program(Terminal terminal, FileSpace files, std::string_view directory)
        : terminal_{std::move(terminal)}, files_{std::move(files)}, directory_{directory} {}

    Terminal terminal_;
    FileSpace files_;
    std::string_view directory_;
    std::optional<Terminal> output_;
    std::optional<Terminal> errors_;
    std::optional<Terminal> input_;
};

} // namespace pith::proto
