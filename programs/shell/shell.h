#pragma once

#include "programs/shell/completion.h"
#include "programs/shell/launcher.h"

#include <map>
#include <optional>

namespace pith::shell {

/// Runs lines: a few commands of its own, else programs from the file tree.
class Shell {
  public:
    [[nodiscard]] static Result<Shell> create(os::Start& start, proto::Terminal terminal, bool interactive);

    /// Runs the commands of one line; their status is `status()` then.
    void run_line(std::string_view line);
    [[nodiscard]] u64 status() const { return status_; }
    [[nodiscard]] const std::string& directory() const { return directory_; }
    [[nodiscard]] const proto::Terminal& terminal() const { return terminal_; }
    /// Whether `exit` was called.
    [[nodiscard]] bool ended() const { return ended_; }
    /// Says which jobs in the background have ended since the last time.
    void report_jobs();

    [[nodiscard]] const proto::FileSpace& files() const { return launcher_.files(); }
    /// Returns when all that was written is safe from a power cut.
    void sync_files() const;

    /// What Tab chooses from: commands, or the names in a directory, which end with a slash where they are
    /// ones.
    [[nodiscard]] Names names_for(const Unfinished& unfinished) const;

    // For Expansion.
    [[nodiscard]] std::string variable(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names_in(std::string_view directory) const;

  private:
    /// What the programs of a pipeline print into.
    struct WrittenFile {
        std::string name;
        os::Endpoint stream; ///< that leads there, and tells how it went
    };
    /// The programs of one pipeline.
    struct Job {
        u64 number = 0;
        std::vector<Running> programs;
        std::vector<WrittenFile> files;
        u64 status = 0; ///< of the last one, if it did not even start
    };

    /// While it lives the terminal is the programs': it edits lines, and Ctrl-C signals `events_`. To be made
    /// before the first of them starts, which may read at once.
    class [[nodiscard]] Foreground {
      public:
        explicit Foreground(const Shell& shell) : shell_{shell} { shell.watch_interrupt(true); }
        ~Foreground();
        Foreground(const Foreground&) = delete;
        Foreground& operator=(const Foreground&) = delete;

      private:
        const Shell& shell_;
    };

    friend struct Builtins;

    Shell(proto::Terminal terminal, Launcher launcher, os::Notification events)
        : terminal_{std::move(terminal)}, launcher_{std::move(launcher)}, events_{std::move(events)} {}

    void run(const Pipeline& pipeline);
    void run_in_background(const Pipeline& pipeline);
    // The shell's own commands (builtins.cpp). Nothing: it is none.
    [[nodiscard]] std::optional<u64> run_builtin(const Words& words);
    /// In a pipe, or redirected, which only those can be that do no more than print.
    [[nodiscard]] std::optional<u64> run_builtin_with(const Words& words, const Streams& streams);
    [[nodiscard]] static Names builtin_names();
    [[nodiscard]] u64 change_directory(const Words& words, std::string& out);
    [[nodiscard]] u64 exit(const Words& words, std::string& out);
    [[nodiscard]] u64 run_script(const Words& words, std::string& out);
    [[nodiscard]] u64 list_jobs(const Words& words, std::string& out);
    [[nodiscard]] u64 wait_for_jobs(const Words& words, std::string& out);
    [[nodiscard]] u64 list_variables(const Words& words, std::string& out);
    [[nodiscard]] u64 set_variables(const Words& words, std::string& out);
    [[nodiscard]] u64 unset(const Words& words, std::string& out);
    [[nodiscard]] u64 kill(const Words& words, std::string& out);
    [[nodiscard]] Result<> kill_job(std::string_view text) const;
    [[nodiscard]] Result<> kill_process(std::string_view text) const;

    using Variables = std::map<std::string, std::string>;
    using Assignments = std::vector<Variables::value_type>;
    /// NAME=value in front of a command, as many as there are.
    [[nodiscard]] Assignments assignments_of(const Command& command) const;
    /// True: the words only set variables.
    [[nodiscard]] bool run_assignments(const Command& command);

    /// What stands behind the assignments.
    [[nodiscard]] Words expanded(const Command& command) const;
    [[nodiscard]] std::string environment_for(const Command& command) const;
    [[nodiscard]] Result<> redirect(const Command& command, Streams& streams, Job& job) const;
    [[nodiscard]] Result<os::Endpoint> redirected(const Redirection& redirection, std::string_view target,
                                                  const Streams& streams) const;
    void check_files(Job& job) const;
    void start_programs(const Pipeline& pipeline, Job& job);
    [[nodiscard]] static std::optional<u64> take_core(Words& words);
    void start_program(const Command& command, Streams streams, Job& job);
    /// From now on Ctrl-C signals `events_`, or is input again.
    void watch_interrupt(bool watching) const;
    /// Waits for a job in the foreground.
    [[nodiscard]] u64 finish(Job& job);
    /// About the command at hand, where its own complaints go. Nobody reads them: the shell goes on.
    template <class... A>
    void complain(FormatString<A...> text, const A&... args) const {
        Text<480> line;
        line.format<A...>(text, args...);
        line.append('\n');
        static_cast<void>((errors_ ? *errors_ : terminal_).try_write(line.view()));
    }

    static constexpr u64 child_ended = 1;
    static constexpr u64 control_c = 2;
    static constexpr int deepest_script = 8;

    proto::Terminal terminal_;
    Launcher launcher_;
    std::optional<proto::Terminal> errors_; ///< where the command at hand complains; nothing: the terminal
    os::Notification events_;               ///< child_ended, control_c
    Variables variables_;
    std::string directory_ = "/";
    std::string former_directory_ = "/"; ///< before the last `cd`
    os::Endpoint held_directory_; ///< the same, held, so that nobody unmounts it; empty before the first `cd`
    std::vector<Job> jobs_;       ///< in the background
    u64 status_ = 0;
    int depth_ = 0; ///< of scripts that run scripts
    bool ended_ = false;
    bool interrupted_ = false; ///< by Ctrl-C, within the line that runs
    bool interactive_ = false; ///< a person, who may type Ctrl-C
};

} // namespace pith::shell
