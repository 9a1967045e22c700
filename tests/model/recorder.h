#pragma once

#include "kernel/machine/host/snapshot.h"
#include "tests/model/canonical.h"
#include "tests/model/coverage.h"
#include "tests/model/systems.h"

#include <cstdio>
#include <random>
#include <unordered_map>
#include <unordered_set>

namespace pith::model {

/// Walks through a small system by chance and writes down each call of each walk and what it came to, so that
/// the same calls can be made on the real machine (tests/system/replay, which describes the form). Handles
/// are written by the order in which their process got them.
class Recorder {
  public:
    explicit Recorder(const System& system);
    /// So many different sequences of at most `length` calls, the same for the same seed.
    void record(u32 sequences, u32 length, u64 seed);
    /// The next ones will be printed, as far as that is the number of one of them.
    void tell_of(u32 sequence) { told_ = sequence; }
    /// Writes another error than it was, once, as the result of this number: somebody has to notice.
    void alter(u64 result) { altered_ = result; }
    void write(std::FILE* to) const;
    void summarize() const;

  private:
    struct Handles {
        std::unordered_map<u64, u64> places{}; ///< by the handle
    };
    struct Completion {
        u32 thread;
        u8 number; ///< of its call
    };

    void describe();
    void describe_threads();
    void describe_handles();
    [[nodiscard]] bool walk(u32 length, std::mt19937_64& chance);
    [[nodiscard]] bool take_step(const Step& step);
    [[nodiscard]] bool write_completions(const Step& step, u32 caller, u32 target);
    [[nodiscard]] bool write_result(const Completion& completion, u32 target);
    [[nodiscard]] bool let_go_on();
    [[nodiscard]] bool is_half_done();
    void write_step(const Step& step, u32 caller);
    void put(u64 number);
    void put_word(u64 word, u32 process);
    void learn(u32 process, abi::Handle handle);
    [[nodiscard]] u32 number_of_process(const Process& process) const;
    [[nodiscard]] u32 number_of_thread(const Thread& thread) const;
    [[nodiscard]] static bool can_be_replayed(const Step& step);

    const System& system_;
    Simulation simulation_;
    Census census_;
    Alphabet alphabet_;
    Snapshot start_;
    std::vector<Process*> processes_;
    std::vector<Thread*> threads_; ///< in the order of their starts
    std::vector<u8> under_way_;    ///< the call that each is in
    std::vector<Handles> handles_, first_handles_;
    std::vector<u8> plan_, sequence_, all_;
    std::unordered_set<u64> states_;
    std::unordered_set<std::string> known_;
    u64 calls_ = 0, results_ = 0;
    u64 altered_ = ~u64{0};
    bool rested_ = false; ///< after the last step
    std::string text_;    ///< of the sequence, for people
    u32 told_ = 0;        ///< 0: none
};

} // namespace pith::model
