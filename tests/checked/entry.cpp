#include "kernel/entry.h"

#include "abi/call_names.h"
#include "kernel/kernel.h"
#include "tests/model/invariants.h"

#include <machine/executing.h>

#include <atomic>
#include <bit>
#include <memory>
#include <utility>

/// The kernel's entries (kernel/entry.h) with a look at everything after each so many of them: the invariants
/// that exploration checks on the host, on the machine itself. A broken one is a panic.
namespace pith::kernel {

namespace {

class Checker {
  public:
    static constexpr u64 interval = 8192;
    static constexpr u64 mappings_interval = 16; ///< every page of every process: seldom

    void after_entry(Kernel& kernel) {
        const bool has_turn = ++entries_ % interval == 0;
        if (!due_.exchange(false) && !has_turn) return;
        for (u32 i = 0; i < kernel.core_count(); ++i)
            kernel.core(i).note_loaded(); // as the kernel does before it looks
        census_.take(kernel);
        const std::string_view broken = model::broken_invariant(census_, kernel, kernel.machine());
        if (!broken.empty()) fail(kernel, broken);
        if (++checks_ % mappings_interval == 0) {
            model::Findings findings;
            model::check_mappings(findings, census_);
            if (!findings.first().empty()) fail(kernel, findings.first());
        }
        if (std::has_single_bit(checks_))
            kernel.log().info("check", "{} checks passed in {} entries, {} objects", checks_,
                              entries_ + direct_, census_.entries().size());
    }

    /// A direct call, which may leave nothing to look behind: after so many of these, one has to take the
    /// long way. Without the lock.
    [[nodiscard]] static bool is_due() {
        const bool due = (direct_.fetch_add(1) + 1) % interval == 0;
        if (due) due_ = true;
        return due;
    }

  private:
    static inline std::atomic<u64> direct_ = 0;
    static inline std::atomic<bool> due_ = false;

    [[noreturn]] void fail(Kernel& kernel, std::string_view broken) {
        kernel.log().error("check", "after {} entries: {}", entries_, broken);
        panic("an invariant is broken");
    }

    model::Census census_{16384};
    u64 entries_ = 0;
    u64 checks_ = 0;
};

/// Made by the first entry, under the kernel's lock as all that follows.
Checker& checker() {
    alignas(Checker) static std::array<std::byte, sizeof(Checker)> room;
    static Checker* made = nullptr;
    if (!made) made = std::construct_at(reinterpret_cast<Checker*>(room.data()));
    return *made;
}

/// What the kernel leaves behind must hold between any two entries, so another core's may lie between this
/// one and the look at it.
Exit checked(Core& core, Exit exit) {
    const auto kernel = core.kernel.lock();
    checker().after_entry(*kernel);
    return exit;
}

} // namespace

// --wrap=NAME: who calls NAME gets the first, and __real_NAME is what it was.
extern "C" {
extern const std::array<DirectCall*, 256> __real_direct_calls;
Exit __real_kernel_system_call(Core& core);
Exit __real_kernel_leave(Core& core);
Exit __real_kernel_exception(Core& core, u64 address);
Exit __real_kernel_timer(Core& core);
Exit __real_kernel_interrupt(Core& core, u32 line);
Exit __real_kernel_continue(Core& core);
}

namespace {
template <std::size_t Number>
Answer counted(u64 rdi, u64 rsi, u64 rdx, u64 r10, u64 r8, u64 r9) {
    if (Checker::is_due()) {
        executing_thread().context.registers.rax = Number;
        [[clang::musttail]] return direct_call_refused(rdi, rsi, rdx, r10, r8, r9);
    }
    [[clang::musttail]] return __real_direct_calls[Number](rdi, rsi, rdx, r10, r8, r9);
}
template <std::size_t... Number>
constexpr std::array<DirectCall*, 256> all_counted(std::index_sequence<Number...>) {
    std::array<DirectCall*, 256> table;
    table.fill(direct_call_unknown);
    ((table[abi::first_call + Number] = counted<abi::first_call + Number>), ...);
    return table;
}
} // namespace

extern "C" {
extern constinit const std::array<DirectCall*, 256> __wrap_direct_calls =
    all_counted(std::make_index_sequence<abi::call_names.size()>{});
Exit __wrap_kernel_system_call(Core& core) { return checked(core, __real_kernel_system_call(core)); }
Exit __wrap_kernel_leave(Core& core) { return checked(core, __real_kernel_leave(core)); }
Exit __wrap_kernel_exception(Core& core, u64 address) {
    return checked(core, __real_kernel_exception(core, address));
}
Exit __wrap_kernel_timer(Core& core) { return checked(core, __real_kernel_timer(core)); }
Exit __wrap_kernel_interrupt(Core& core, u32 line) {
    return checked(core, __real_kernel_interrupt(core, line));
}
Exit __wrap_kernel_continue(Core& core) { return checked(core, __real_kernel_continue(core)); }
}

} // namespace pith::kernel
