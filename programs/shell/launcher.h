#pragma once

#include "os/spawn.h"
#include "os/start.h"
#include "os/system.h"
#include "programs/shell/syntax.h"
#include "proto/file_space.h"
#include "proto/streams.h"
#include "proto/terminal.h"

#include <array>
#include <span>

namespace pith::shell {

using Words = std::vector<std::string>;

/// Where a program's input comes from and its output goes; empty: the terminal.
struct Streams {
    os::Endpoint input;
    os::Endpoint output;
    os::Endpoint errors; ///< what it complains about
};

/// What to start. Everything is borrowed for the call.
struct Program {
    const proto::OpenFile& file;
    const Words& words;
    const Streams& streams;
    const proto::Terminal& terminal;
    const os::Endpoint& directory; ///< that it works in, which stays in use with it; or empty
    std::string_view environment;
    u64 core = abi::any_core;
};

/// A program that was started.
struct Running {
    std::string name;
    os::Process process;
    os::Budget share; ///< of the shell's memory; empty: it lives on the shell's
};

/// Starts programs, each with a copy of the little that it needs.
class Launcher {
  public:
    /// Takes "files", "budget", "system", "streams" and what programs are handed of the grants.
    [[nodiscard]] static Result<Launcher> create(os::Start& start);

    /// The program that a command names: `not_found` where there is none.
    [[nodiscard]] Result<proto::OpenFile> find(std::string_view name, std::string_view directory) const;
    [[nodiscard]] Result<Running> start(const Program& program) const;
    /// The programs have ended: so does everything that they have started or left behind.
    static void clean_up(std::span<Running> programs);
    /// `output` of one, `input` of the next.
    [[nodiscard]] Result<std::array<os::Endpoint, 2>> make_pipe() const;
    /// Has a process ended that somebody else supervises, who lets this shell: `not_found`: there is none;
    /// `denied`: nobody does.
    [[nodiscard]] Result<> end_process(u64 identity) const;
    [[nodiscard]] Result<os::Endpoint> redirect(Redirection::Kind kind, std::string_view path) const;

    [[nodiscard]] const proto::FileSpace& files() const { return files_; }
    /// Before each command: something may have been mounted.
    void refresh() {
        // Where it fails, what was known stays.
        static_cast<void>(files_.refresh());
    }

  private:
    Launcher(proto::FileSpace files, os::Budget budget)
        : files_{std::move(files)}, budget_{std::move(budget)} {}
    [[nodiscard]] Result<proto::streams::Client> streams() const;
    template <class Client>
    [[nodiscard]] Result<> ask_to_end(std::string_view supervisor, u64 identity) const;

    proto::FileSpace files_;
    os::Budget budget_;
    /// What is handed on to the programs that need it.
    struct Connection {
        std::string_view name;
        os::Endpoint endpoint;
    };

    os::System system_; ///< these two may be empty
    os::Endpoint streams_;
    std::vector<Connection> connections_;
};

} // namespace pith::shell
