#pragma once

#include "os/debug.h"
#include "os/mapping.h"
#include "os/time.h"
#include "tests/system/replay/record.h"

#include <vector>

namespace pith::replay {

/// What a small system starts with.
struct Plan {
    struct Actor {
        u64 process, priority;
        VirtAddr buffer;
    };
    struct Thing {
        Kind kind;
        u64 number;
    };
    struct Grant {
        u64 process, object, rights;
    };
    u64 processes = 0;
    std::vector<Actor> actors{};
    std::vector<Thing> objects{};
    std::vector<Grant> grants{};

    [[nodiscard]] static Plan read(Record& record);
};

/// A thread whose program is `syscall; ud2`. Its fault tells what the call came to, and waits for the next
/// one.
struct Actor {
    u64 process = 0;
    VirtAddr buffer{};
    os::Thread thread{};
    u64 id = 0;
    os::ReplyRight answer{}; ///< while it waits for its next call
    abi::ThreadRegisters registers{};
    u64 number = 0; ///< of its last call
    bool done = false;
};

/// Processes and threads that do nothing of themselves.
class Stage {
  public:
    [[nodiscard]] static Result<Stage> create();
    [[nodiscard]] Result<> set_up(const Plan& plan);
    /// All that was set up goes.
    void clear();

    [[nodiscard]] std::vector<Actor>& actors() { return actors_; }
    /// The handles that a process has been given, in order.
    [[nodiscard]] std::vector<abi::Handle>& handles(u64 process) { return handles_[process]; }
    [[nodiscard]] abi::MessageBuffer& image() { return image_; }
    /// The actor makes a call; everybody goes on until they wait. Then `done` tells whose call is.
    [[nodiscard]] Result<> play(Actor& actor);
    /// Nobody runs until what the kernel does in the background is done; who goes on then is `done`, too.
    [[nodiscard]] Result<> rest();
    /// Handles and deadline of the image go to the actor's message buffer; its first words too.
    [[nodiscard]] Result<> fill_buffer(const Actor& actor);
    [[nodiscard]] Result<> read_handles(const Actor& actor);

  private:
    Stage() = default;
    [[nodiscard]] Result<os::Process> make_process();
    [[nodiscard]] Result<> make_object(const Plan::Thing& thing);
    [[nodiscard]] Result<> begin(Actor& actor);
    [[nodiscard]] Result<> go_on(Actor& actor);
    [[nodiscard]] Result<Actor*> next_fault(Instant deadline = Instant::never());

    os::Endpoint faults_;
    os::Memory code_;
    os::Process idle_process_;
    Actor idle_; ///< has the lowest priority: when its call is done, nobody else runs
    std::vector<os::Process> processes_;
    std::vector<os::Handle> objects_;
    std::vector<Actor> actors_;
    std::vector<std::vector<abi::Handle>> handles_;
    abi::MessageBuffer image_{};
};

} // namespace pith::replay
