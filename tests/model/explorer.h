#pragma once

#include "kernel/machine/host/snapshot.h"
#include "tests/model/coverage.h"
#include "tests/model/systems.h"

namespace pith::model {

/// Numbers that were met, for tens of millions of them.
class Visited {
  public:
    Visited() : places_(u64{1} << 16) {}
    /// Whether it is new.
    bool insert(u64 number);
    [[nodiscard]] u64 size() const { return size_; }

  private:
    void grow();
    std::vector<u64> places_; // 0: nothing
    u64 size_ = 0;
};

/// Visits the states of a small system in order of their distance from the start, each once, and checks every
/// invariant after every step that led to a new one.
class Explorer {
  public:
    struct Bounds {
        u64 states;
        double seconds;
    };

    explicit Explorer(const System& system);
    /// Whether all was well. Says on standard output what was found.
    [[nodiscard]] bool explore(Bounds bounds);
    /// Instead of every way some long ones: `steps` steps in all, chosen by chance from `seed` on, from the
    /// start again after each `length`.
    [[nodiscard]] bool wander(Bounds bounds, u32 length, u64 seed);
    /// The steps from the start to where the simulation is now.
    void print_path(const char* what) const;
    /// What was met, for programs.
    void write_results(std::FILE* to) const;

  private:
    static constexpr u32 start = ~u32{0};
    struct Node {
        u32 parent; ///< another node, or `start`
        u32 depth;
        u64 form;
        Step step;
    };

    /// Brings the simulation to a node's state.
    [[nodiscard]] bool go_to(u32 node);
    [[nodiscard]] Ref<Thread> keep_caller(const Step& step);
    void expand(u32 node);
    /// Takes a step from the state that snapshot_ holds; whether that state must be brought back for the
    /// next.
    [[nodiscard]] bool try_step(u32 from, const Step& step);
    void note_pending();
    void note_results(const Step& step, const Thread* caller);
    [[nodiscard]] const std::vector<Step>& steps_from_here();
    void try_in_poverty(u32 from, Step step);
    void compare_paths(const Step& step, u64 form);
    [[nodiscard]] u64 look();
    [[nodiscard]] u64 form_without_time();
    void fail(std::string_view what);
    [[nodiscard]] std::vector<Step> path() const;
    [[nodiscard]] bool still_fails(const std::vector<Step>& path, std::string_view what);
    void print(std::string_view what, const std::vector<Step>& path) const;
    [[nodiscard]] std::string_view broken();
    void check();
    void wander_on(const Step& step);
    /// Every state within so many steps of the start was visited.
    [[nodiscard]] u32 complete() const;
    void summarize(double seconds) const;

    const System& system_;
    Simulation simulation_;
    Census census_;
    Alphabet alphabet_;
    Coverage coverage_;
    Visited visited_;
    Snapshot start_, snapshot_;
    std::vector<Node> nodes_;
    std::vector<Coverage::Pending> pending_; ///< of the state that is expanded
    std::vector<Step> possible_;
    u64 frames_taken_ = 0; ///< by the last step
    u64 form_ = 0;         ///< of that state
    u32 expanded_ = 0;
    u64 steps_ = 0, compared_ = 0;
    u32 at_ = start;                  ///< the node that is expanded, and
    const Step* under_way_ = nullptr; ///< the step that is tried from it
    bool failed_ = false;
};

} // namespace pith::model
