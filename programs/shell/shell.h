#pragma once

#include "os/spawn.h"
#include "os/start.h"
#include "programs/shell/words.h"
#include "proto/files.h"
#include "proto/terminal.h"

#include <optional>

namespace pith::shell {

/// Runs commands: a few of its own, else programs from the file tree, each with a copy of the little that it
/// needs (`grants_for`).
class Shell {
  public:
    /// Takes "files", "budget" and "system" of the grants.
    [[nodiscard]] static Result<Shell> create(os::Start& start, proto::Terminal terminal, bool interactive);

    /// Runs the commands of one line; their status is `status()` then.
    void run_line(std::string_view line);
    [[nodiscard]] u64 status() const { return status_; }
    [[nodiscard]] const std::string& directory() const { return directory_; }
    [[nodiscard]] const proto::Terminal& terminal() const { return terminal_; }
    /// Whether `exit` was called.
    [[nodiscard]] bool ended() const { return ended_; }

  private:
    Shell(proto::Terminal terminal, proto::file::Client root, os::Budget budget, os::Notification events)
        : terminal_{std::move(terminal)},
          root_{std::move(root)},
          budget_{std::move(budget)},
          events_{std::move(events)} {}

    void run(const Words& words);
    [[nodiscard]] std::optional<u64> run_builtin(const Words& words);
    [[nodiscard]] u64 change_directory(const Words& words);
    [[nodiscard]] u64 exit(const Words& words);
    [[nodiscard]] u64 run_program(const Words& words);
    [[nodiscard]] Result<os::Process> start_program(const proto::OpenFile& file, const Words& words,
                                                    const os::Budget& budget);
    /// From now on Ctrl-C signals `events_`, or is input again.
    void watch_interrupt(bool watching) const;
    [[nodiscard]] u64 wait_for(const os::Process& process, std::string_view name);

    static constexpr u64 child_ended = 1;
    static constexpr u64 control_c = 2;

    proto::Terminal terminal_;
    proto::file::Client root_;
    os::Budget budget_;
    os::Notification events_; ///< child_ended, control_c
    os::Handle system_;       ///< may be empty
    std::string environment_;
    std::string directory_ = "/";
    u64 status_ = 0;
    bool ended_ = false;
    bool interactive_ = false; ///< a person, who may type Ctrl-C
};

} // namespace pith::shell
