#include "tests/model/explorer.h"

#include "tests/model/canonical.h"
#include "tests/model/invariants.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <ranges>

namespace pith::model {

bool Visited::insert(u64 number) {
    if (number == 0) number = 1;
    if (size_ * 2 >= places_.size()) grow();
    const u64 mask = places_.size() - 1;
    for (u64 i = number & mask;; i = (i + 1) & mask) {
        if (places_[i] == number) return false;
        if (places_[i] != 0) continue;
        places_[i] = number;
        ++size_;
        return true;
    }
}

void Visited::grow() {
    std::vector<u64> old(places_.size() * 4);
    old.swap(places_);
    size_ = 0;
    for (const u64 number : old)
        if (number != 0) insert(number);
}

Explorer::Explorer(const System& system)
    : system_{system}, simulation_{system.ram, system.cores}, alphabet_{system.limits} {
    simulation_.set_stepwise();
    system_.set_up(simulation_);
    simulation_.settle();
    simulation_.quiesce();
    start_.save(simulation_);
}

u64 Explorer::look() {
    simulation_.on(0);
    census_.take(simulation_.kernel());
    return canonical_form(census_, simulation_.kernel(), simulation_.machine(), simulation_.polling());
}

bool Explorer::explore(Bounds bounds) {
    const auto began = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    };
    nodes_.push_back({.parent = start, .depth = 0, .form = look(), .step = {}});
    visited_.insert(nodes_[0].form);
    check();
    while (!failed_ && expanded_ < nodes_.size() && visited_.size() < bounds.states) {
        expand(expanded_++);
        if (expanded_ % 64 == 0 && elapsed() > bounds.seconds) break;
    }
    summarize(elapsed());
    coverage_.report();
    return !failed_;
}

bool Explorer::wander(Bounds bounds, u32 length, u64 seed) {
    const auto began = std::chrono::steady_clock::now();
    double seconds = 0;
    std::mt19937_64 chance{seed};
    while (!failed_ && steps_ < bounds.states && seconds < bounds.seconds) {
        nodes_.assign(1, {.parent = start, .depth = 0, .form = 0, .step = {}});
        start_.restore(simulation_);
        for (u32 i = 0; i < length && !failed_; ++i) {
            static_cast<void>(look());
            const auto& steps = steps_from_here();
            if (steps.empty()) break;
            // Few walks get far if every second thread is killed.
            const Step* step = &steps[chance() % steps.size()];
            while (is_deadly(*step) && chance() % 16 != 0)
                step = &steps[chance() % steps.size()];
            Step chosen = *step;
            if (chance() % 16 == 0) chosen.frames = static_cast<u8>(chance() % 4);
            wander_on(chosen);
        }
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    }
    std::printf("%.*s: %lu steps by chance, %lu states, seed %lu, %.1f s\n",
                static_cast<int>(system_.name.size()), system_.name.data(), steps_, visited_.size(), seed,
                seconds);
    return !failed_;
}

/// The next step of a walk, which is kept as a chain of nodes.
void Explorer::wander_on(const Step& step) {
    const auto last = static_cast<u32>(nodes_.size() - 1);
    at_ = last;
    nodes_.push_back({.parent = last, .depth = last + 1, .form = 0, .step = step});
    under_way_ = &nodes_.back().step;
    ++steps_;
    note_pending();
    Thread* caller = simulation_.on(step.core).current();
    Ref<Thread> kept = keep_caller(step);
    take(simulation_, step);
    note_results(step, caller);
    kept.reset();
    if (visited_.insert(look())) check();
    under_way_ = nullptr;
    at_ = last + 1;
}

/// Who makes a call may end by it, and goes when its results have been looked at; nobody else is held up so.
Ref<Thread> Explorer::keep_caller(const Step& step) {
    Thread* caller = simulation_.on(step.core).current();
    const bool is_call = step.kind == Step::Kind::call || step.kind == Step::Kind::message;
    return is_call && caller ? Ref<Thread>{*caller} : Ref<Thread>{};
}

bool Explorer::go_to(u32 node) {
    std::vector<u32> path;
    for (u32 at = node; nodes_[at].parent != start; at = nodes_[at].parent)
        path.push_back(at);
    start_.restore(simulation_);
    for (const u32 at : path | std::views::reverse) {
        const Ref<Thread> kept = keep_caller(nodes_[at].step); // as the step was first taken
        take(simulation_, nodes_[at].step);
    }
    return look() == nodes_[node].form;
}

void Explorer::expand(u32 node) {
    at_ = node;
    under_way_ = nullptr;
    if (!go_to(node)) return fail("the same steps led to two different states");
    snapshot_.save(simulation_);
    form_ = nodes_[node].form;
    note_pending();
    const std::vector<Step> steps = steps_from_here();
    bool changed = false;
    for (const Step& step : steps) {
        if (changed) snapshot_.restore(simulation_);
        changed = try_step(node, step);
        if (failed_) return;
        if (frames_taken_ == 0 || step.core != 0) continue;
        try_in_poverty(node, step);
        if (failed_) return;
    }
}

/// Each allocation of the step fails once; of many alike the last two.
void Explorer::try_in_poverty(u32 from, Step step) {
    constexpr u64 most = 6;
    const u64 taken = frames_taken_;
    for (u64 frames = taken; frames-- > 0 && !failed_;) {
        if (frames >= most && frames + 2 < taken) continue;
        snapshot_.restore(simulation_);
        step.frames = static_cast<u8>(frames);
        static_cast<void>(try_step(from, step));
    }
}

void Explorer::note_pending() {
    pending_.clear();
    census_.each<Thread>([&](Thread& thread) {
        if (const auto pending = Coverage::pending(thread)) pending_.push_back(*pending);
    });
}

/// On every core.
const std::vector<Step>& Explorer::steps_from_here() {
    possible_.clear();
    for (u32 core = 0; core < system_.cores; ++core) {
        for (Step step : alphabet_.from(simulation_.on(core), census_)) {
            step.core = static_cast<u8>(core);
            possible_.push_back(step);
        }
    }
    return possible_;
}

bool Explorer::try_step(u32 from, const Step& step) {
    ++steps_;
    const Step under_way = step;
    under_way_ = &under_way;
    Thread* caller = simulation_.on(step.core).current();
    const u64 fast_before = simulation_.fast_paths_taken();
    const bool runs = caller && !simulation_.polling();
    const bool is_call = step.kind == Step::Kind::call || step.kind == Step::Kind::message;
    Ref<Thread> kept = keep_caller(step);
    // Without a handler the thread is gone behind it, and what that takes is a part of the step: but not
    // where it is kept to be watched.
    const bool is_told = step.kind == Step::Kind::fault && caller->process().fault_handler.endpoint();
    const u64 free_before = simulation_.free_frames().raw;
    take(simulation_, step);
    const u64 free_now = simulation_.free_frames().raw;
    frames_taken_ = is_call && free_now < free_before ? free_before - free_now : 0;
    note_results(step, caller);
    // An ordinary call that was refused leaves the very state that it found.
    const bool refused = step.kind == Step::Kind::call && caller->state == ThreadState::running &&
                         caller->context.registers.rax != 0;
    // A message that both ways send alike is left out: the attempt alone sets slots aside.
    const bool answers = step.kind == Step::Kind::message &&
                         step.number == std::to_underlying(abi::MessageCall::reply_and_receive);
    const bool signals =
        step.kind == Step::Kind::call && step.number == abi::number_of<abi::NotificationSignal>;
    const bool may_switch = answers || signals || is_told || step.kind == Step::Kind::interrupt;
    const Thread* current = simulation_.core().current;
    const bool switched = may_switch && runs && current && current != caller;
    kept.reset();
    const u64 form = look();
    if (form == form_) return !refused;
    const bool fast = simulation_.fast_paths_taken() != fast_before || switched;
    if (visited_.insert(form)) {
        check();
        nodes_.push_back({.parent = from, .depth = nodes_[from].depth + 1, .form = form, .step = step});
        if (fast && !failed_ && system_.cores == 1) compare_paths(step, form_without_time());
    }
    under_way_ = nullptr;
    return true;
}

std::string_view Explorer::broken() {
    const auto found = broken_invariant(census_, simulation_.kernel(), simulation_.machine());
    if (!found.empty() || !system_.limits.calls[abi::number_of<abi::MemoryMap>]) return found;
    Findings findings;
    check_mappings(findings, census_);
    return findings.first();
}

void Explorer::check() {
    if (const auto found = broken(); !found.empty()) fail(found);
}

u64 Explorer::form_without_time() {
    simulation_.core().begin_turn();
    simulation_.core().note_timer_fired();
    return look();
}

/// What the fast path, or another switch straight from one thread to another, did, the slow one does too: the
/// same state, the same registers for who runs then. Only who waits at the same priority and when a turn ends
/// may differ; and whether the scheduler was asked who, if it ends threads instead of running them.
void Explorer::compare_paths(const Step& step, u64 form) {
    if (!Inspector::stopping(simulation_.kernel().reclaimer()).empty()) return;
    const Core& core = simulation_.core();
    if (simulation_.kernel().ready().highest() >= core.current->priority) return;
    const Registers fast = core.current->context.registers;
    snapshot_.restore(simulation_);
    Step slow = step;
    slow.slowly = true;
    take(simulation_, slow);
    ++compared_;
    if (form_without_time() != form) return fail("the fast path leads to another state than the slow one");
    const Registers& slowly = core.current->context.registers;
    if (slowly.rax != fast.rax || slowly.rdi != fast.rdi || slowly.words() != fast.words())
        fail("the fast path delivers another message than the slow one");
}

void Explorer::note_results(const Step& step, const Thread* caller) {
    const bool is_call = step.kind == Step::Kind::call || step.kind == Step::Kind::message;
    if (is_call && caller) coverage_.note(step, *caller);
    for (const Coverage::Pending& pending : pending_)
        if (!is_call || pending.thread != caller) coverage_.note_end(pending);
}

void Explorer::fail(std::string_view what) {
    if (failed_) return;
    failed_ = true;
    // Leave out what it fails without, as long as there is such a step.
    std::vector<Step> shortest = path();
    print(what, shortest); // whatever comes of trying
    for (std::size_t i = shortest.size(); i-- > 0;) {
        std::vector<Step> shorter = shortest;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
        if (still_fails(shorter, what)) shortest = std::move(shorter);
    }
    std::printf("in short: ");
    print(what, shortest);
}

bool Explorer::still_fails(const std::vector<Step>& path, std::string_view what) {
    start_.restore(simulation_);
    for (const Step& step : path) {
        const bool by_thread = step.kind != Step::Kind::timer && step.kind != Step::Kind::interrupt &&
                               step.kind != Step::Kind::notice;
        simulation_.on(step.core);
        if (by_thread && simulation_.polling() != (step.kind == Step::Kind::go_on)) return false;
        if (by_thread && !simulation_.polling() && !simulation_.current()) return false;
        take(simulation_, step);
    }
    static_cast<void>(look());
    return broken() == what;
}

std::vector<Step> Explorer::path() const {
    std::vector<Step> steps;
    if (under_way_) steps.push_back(*under_way_);
    for (u32 at = at_; at < nodes_.size() && nodes_[at].parent != start; at = nodes_[at].parent)
        steps.push_back(nodes_[at].step);
    std::ranges::reverse(steps);
    return steps;
}

void Explorer::print(std::string_view what, const std::vector<Step>& path) const {
    std::printf("%.*s\n  in the system \"%.*s\", after\n", static_cast<int>(what.size()), what.data(),
                static_cast<int>(system_.name.size()), system_.name.data());
    for (const Step& step : path)
        std::printf("    %s\n", text_of(step).c_str());
    std::fflush(stdout);
}

void Explorer::print_path(const char* what) const { print(what, path()); }

u32 Explorer::complete() const {
    if (nodes_.empty()) return 0;
    return expanded_ < nodes_.size() ? nodes_[expanded_].depth : nodes_.back().depth + 1;
}

void Explorer::write_results(std::FILE* to) const {
    std::fprintf(to, "# %lu %u\n", visited_.size(), nodes_[0].form == 0 ? 0 : complete()); // 0: by chance
    coverage_.write(to);
}

void Explorer::summarize(double seconds) const {
    std::printf(
        "%.*s: %lu states, %lu steps, all within %u steps of the start, deepest %u; %lu fast calls compared; "
        "%.1f s, %.0f states/s\n",
        static_cast<int>(system_.name.size()), system_.name.data(), visited_.size(), steps_, complete(),
        nodes_.back().depth, compared_, seconds, static_cast<double>(visited_.size()) / seconds);
}

} // namespace pith::model
