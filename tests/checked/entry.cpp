#include "kernel/entry.h"

#include "kernel/kernel.h"
#include "tests/model/invariants.h"

#include <bit>
#include <memory>

/// The kernel's entries (kernel/entry.h) with a look at everything after each so many of them: the invariants
/// that exploration checks on the host, on the machine itself. A broken one is a panic.
namespace pith::kernel {

namespace {

class Checker {
  public:
    static constexpr u64 interval = 8192;
    static constexpr u64 mappings_interval = 16; ///< every page of every process: seldom

    void after_entry(Kernel& kernel) {
        if (++entries_ % interval != 0) return;
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
            kernel.log().info("check", "{} checks passed in {} entries, {} objects", checks_, entries_,
                              census_.entries().size());
    }

  private:
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
Exit __real_kernel_system_call(Core& core);
Exit __real_kernel_exception(Core& core, u64 address);
Exit __real_kernel_timer(Core& core);
Exit __real_kernel_interrupt(Core& core, u32 line);
Exit __real_kernel_continue(Core& core);

Exit __wrap_kernel_system_call(Core& core) { return checked(core, __real_kernel_system_call(core)); }
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
