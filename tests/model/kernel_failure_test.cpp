#include "abi/call_names.h"
#include "kernel/machine/host/snapshot.h"
#include "tests/model/allocation_failures.h"
#include "tests/model/small_system.h"
#include "tests/unit/kernel_programs.h"

#include <gtest/gtest.h>
#include <link.h>

#include <cstdio>
#include <format>
#include <random>
#include <set>

/// Every allocation fails, whatever the kernel does just then: each call of the model's small systems, from
/// many states, with its first, second, … allocation failing; and long walks through them, the same way.

namespace pith::model {

namespace {

AllocationFailures& failures() { return AllocationFailures::get(); }

/// How much there is of everything that a call can leave behind.
using Amount = std::array<std::size_t, 3>;
Amount amount(const Census& census) {
    return {census.entries().size(), census.slots().size(), census.badges().size()};
}

/// Takes a step with its n-th allocation failing, for every n that there is.
void fail_each(SmallSystem& small, const Step& step, const Snapshot& before, const Amount& had) {
    for (u64 n = 1;; ++n) {
        Ref<Thread> caller; // it may end
        if (step.kind == Step::Kind::call) caller = Ref{*small.simulation().on(step.core).current()};
        failures().begin(n);
        take(small.simulation(), step);
        const bool failed = failures().has_failed();
        failures().begin(0);
        const bool refused = caller && caller->state == ThreadState::running &&
                             caller->context.registers.rax == std::to_underlying(Error::no_memory);
        caller.reset();
        const auto wrong = small.broken();
        ASSERT_EQ(wrong, "") << "after allocation " << n << " failed in " << text_of(step);
        // Who was refused, has what it had.
        if (failed && refused) {
            small.simulation().kernel().reclaimer().finish(); // it may take more than a slice to give back
            ASSERT_EQ(small.broken(), "");
            ASSERT_EQ(amount(small.census()), had) << "allocation " << n << " in " << text_of(step);
        }
        before.restore(small.simulation());
        if (!failed) return;
    }
}

void fail_in_each_call(const System& system, u32 walks, u32 length) {
    failures().begin(0);
    SmallSystem small{system};
    Snapshot start, here;
    start.save(small.simulation());
    std::mt19937_64 chance{1};
    for (u32 walk = 0; walk < walks; ++walk) {
        start.restore(small.simulation());
        for (u32 i = 0; i < length; ++i) {
            const std::vector<Step> steps = small.steps();
            if (steps.empty()) break;
            const Amount had = amount(small.census());
            here.save(small.simulation());
            for (const Step& step : steps) {
                fail_each(small, step, here, had);
                if (testing::Test::HasFatalFailure()) return;
            }
            take(small.simulation(), steps[chance() % steps.size()]);
        }
    }
    start.restore(small.simulation());
}

/// A walk by chance in which the n-th allocation fails; whether there were so many. All that there was ends
/// with the simulation, which panics where a frame is missing then.
bool fail_once(const System& system, u64 n, u32 length, u64 seed) {
    failures().begin(0);
    SmallSystem small{system};
    std::mt19937_64 chance{seed};
    failures().begin(n);
    for (u32 i = 0; i < length; ++i) {
        const std::vector<Step> steps = small.steps();
        if (steps.empty()) break;
        take(small.simulation(), steps[chance() % steps.size()]);
        const auto wrong = small.broken();
        EXPECT_EQ(wrong, "") << system.name << ": allocation " << n << ", seed " << seed << ", step " << i;
        if (!wrong.empty()) break;
    }
    const bool failed = failures().has_failed();
    failures().begin(0);
    return failed;
}

std::uintptr_t where_this_program_lies() {
    std::uintptr_t base = 0;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* to) {
            *static_cast<std::uintptr_t*>(to) = info->dlpi_addr;
            return 1; // the first one is the program
        },
        &base);
    return base;
}

/// Where in the kernel's sources an allocation is asked for. A line that was inlined in several places is
/// one; nothing for what only tests and the machine's boot ask for.
class Place {
  public:
    /// One function that was inlined into the next one, from the innermost on.
    void add(std::string_view function, std::string_view file_and_line) {
        if (is_known_ || is_left_out_) return;
        for (const std::string_view other :
             {"/tests/", "/kernel/machine/", "/kernel/init.cpp", "/clock_page.cpp"})
            is_left_out_ |= file_and_line.contains(other);
        // A header's function does it for whom it was inlined into; for many where it was not.
        const auto folder = file_and_line.find("/kernel/");
        is_left_out_ |= folder == file_and_line.npos;
        if (is_left_out_) return;
        is_known_ = file_and_line.contains(".cpp:");
        text_ =
            is_known_ ? file_and_line.substr(folder + 1, file_and_line.rfind(':') - folder - 1) : function;
    }
    [[nodiscard]] std::string text() const { return is_left_out_ ? std::string{} : text_; }

  private:
    std::string text_;
    bool is_known_ = false, is_left_out_ = false;
};

/// The lines that a command prints.
std::vector<std::string> lines_of(const char* command) {
    std::vector<std::string> lines;
    FILE* output = popen(command, "r");
    for (std::array<char, 8192> line{}; output && std::fgets(line.data(), line.size(), output);) {
        const std::string_view text{line.data()};
        lines.emplace_back(text.substr(0, text.find('\n')));
    }
    if (output) pclose(output);
    return lines;
}

/// Every instruction of this program that calls one of the allocators, and the place that it belongs to.
std::map<std::uintptr_t, std::string> all_sites() {
    const auto lines = lines_of("llvm-objdump-19 -d --no-show-raw-insn /proc/$PPID/exe |"
                                "awk '/(call|jmp).*<__wrap_/ {sub(\":\", \"\", $1); print \"0x\" $1}' |"
                                "llvm-symbolizer-19 --addresses --no-demangle --obj=/proc/$PPID/exe");
    // Of a header's functions those count that the kernel itself uses once it runs.
    const auto used = lines_of("llvm-nm-19 --defined-only --format=just-symbols " PITH_KERNEL_LIBRARY
                               " | awk '/:$/ {boot = /init/} !boot'");
    const std::set<std::string> functions{used.begin(), used.end()};
    std::map<std::uintptr_t, std::string> sites;
    // An address, then a line for each function and one for where it stands, then an empty one.
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::uintptr_t address = std::strtoull(lines[i].data(), nullptr, 16);
        Place place;
        for (++i; i + 1 < lines.size() && !lines[i].empty(); i += 2)
            place.add(lines[i], lines[i + 1]);
        const std::string text = place.text();
        sites[address] = text.starts_with("kernel/") || functions.contains(text) ? text : "";
    }
    return sites;
}

/// Those of `sites` that were refused.
std::set<std::string> refused_places(const std::map<std::uintptr_t, std::string>& sites) {
    constexpr std::uintptr_t length_of_call = 5;
    std::set<std::string> places;
    for (const auto& [after, count] : failures().sites()) {
        const auto site =
            reinterpret_cast<std::uintptr_t>(after) - where_this_program_lies() - length_of_call;
        const auto found = sites.find(site);
        EXPECT_NE(found, sites.end()) << "an allocation that is no call";
        if (count > 0 && found != sites.end()) places.insert(found->second);
    }
    return places;
}

/// What the small systems have from their start on, so that nothing has to be allocated for one more: the
/// first of its kind that a budget pays for.
class FirstOfEachKind : public kernel::Programs {
  public:
    void TestBody() override {
        Simulation::Program& maker = start(20);
        system_.settle();
        run(maker);
        const abi::Handle system = give_system(maker, abi::rights::all);
        const abi::Handle bell = invoke(abi::NotificationCreate{})->handle;
        refuse(abi::TimerCreate{budget(), bell, 1});
        refuse(abi::InterruptCreate{system, budget(), 5});
        refuse(abi::InterruptCreateMessage{system, budget(), 0x18});
        refuse(abi::IoPortsCreate{system, budget(), 0x300, 8});
        refuse(abi::IoPortsEnable{invoke(abi::IoPortsCreate{system, {}, 0x300, 8})->handle});
        refuse(abi::MemoryPhysical{system, budget(), PhysAddr{0xfe00'0000}, pages(1)});
        map(invoke(abi::ProcessCreate{budget(), 'm', 0})->handle);
        end_all();
    }

  private:
    abi::Handle budget() { return invoke(abi::BudgetCreate{{}, pages(100)})->handle; }
    /// Each of its allocations fails; then none.
    template <class Call>
    void refuse(const Call& call) {
        for (u64 n = 1;; ++n) {
            failures().begin(n);
            const Error error = error_of(call);
            const bool failed = failures().has_failed();
            failures().begin(0);
            ASSERT_EQ(error, failed ? Error::no_memory : Error{})
                << "allocation " << n << " in " << abi::name_of_call(abi::number_of<Call>);
            if (!failed) return;
        }
    }
    /// Mappings, and what is left of those that a hole is made in; when what they showed has ended, too.
    void map(abi::Handle process) {
        const abi::Handle payer = budget();
        constexpr VirtAddr first{0x40'0000}, behind{0x80'0000};
        constexpr u64 apart = 8 * page_size;
        for (const bool ends : {false, true}) {
            const abi::Handle memory =
                invoke(abi::MemoryCreate{ends ? payer : abi::Handle{}, pages(3)})->handle;
            for (VirtAddr at = first; at < behind; at = at + apart)
                refuse(abi::MemoryMap{process, memory, at, {}, pages(3), abi::rights::memory::read.raw});
            if (ends) ASSERT_TRUE(done(abi::BudgetEnd{payer}));
            for (VirtAddr at = first; at < behind; at = at + apart)
                refuse(abi::MemoryUnmap{process, at + page_size, pages(1)});
            EXPECT_TRUE(done(abi::MemoryUnmap{process, first, pages((behind - first) / page_size)}));
        }
    }
};

} // namespace

TEST(AllocationFailures, LeaveNothingHalfDoneInAnyCall) {
    for (const System* system : systems()) {
        fail_in_each_call(*system, 4, 12);
        if (HasFatalFailure()) return;
    }
    FirstOfEachKind{}.TestBody();
    // Every place that allocates was refused.
    const auto sites = all_sites();
    const auto failed = refused_places(sites);
    std::set<std::string> places;
    for (const auto& [site, place] : sites)
        if (!place.empty()) places.insert(place);
    EXPECT_GT(places.size(), 30u);
    for (const std::string& place : places)
        EXPECT_TRUE(failed.contains(place)) << "an allocation never failed: " << place;
    std::printf("%zu places that allocate\n", places.size());
}

TEST(AllocationFailures, EndWithEveryFrameBackWhereverTheyCome) {
    for (const System* system : systems())
        for (u64 seed = 1; seed <= 3; ++seed)
            for (u64 n = 1; fail_once(*system, n, 60, seed); ++n)
                if (HasFailure()) return;
}

} // namespace pith::model
