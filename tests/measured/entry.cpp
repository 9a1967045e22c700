#include "kernel/entry.h"

#include "abi/call_names.h"
#include "kernel/kernel.h"

/// The kernel's entries (kernel/entry.h) with a clock at both ends: how long at most each system call, and
/// each other way in, has kept a core to itself with interrupts off. Each system call takes the way by which
/// all registers are saved, so that there is one place to measure at; messages by the fast path are not seen.
/// The log tells it when the machine is turned off.
namespace pith::kernel {

namespace {

constexpr std::array<std::string_view, 4> other_entries{"exception", "timer", "interrupt", "slice"};
constexpr u64 all_calls = abi::message_calls + abi::call_names.size();

class Longest {
  public:
    void note(u64 what, Ticks ticks) {
        Row& row = rows_[what];
        ++row.count;
        row.longest = std::max(row.longest, ticks.raw);
    }
    void tell(Kernel& kernel, const FairLock::Waits& waits) const {
        for (u64 what = 0; what < rows_.size(); ++what)
            kernel.log().info("measured", "row {} {} {}", name(what), rows_[what].longest, rows_[what].count);
        kernel.log().info("measured", "lock {} {} {}", waits.count, waits.total, waits.longest);
    }

  private:
    [[nodiscard]] static std::string_view name(u64 what) {
        if (what >= all_calls) return other_entries[what - all_calls];
        return what < abi::message_calls ? abi::message_names[what]
                                         : abi::call_names[what - abi::message_calls];
    }
    struct Row {
        u64 longest = 0, count = 0;
    };
    std::array<Row, all_calls + other_entries.size()> rows_{};
};
constinit Longest longest; // under the kernel's lock

constexpr u64 not_a_call = ~u64{0};

u64 row_of_call(u64 number) {
    if (const u64 low = number & 0xff; low < abi::message_calls) return low;
    const u64 place = number - abi::first_call;
    return place < abi::call_names.size() ? abi::message_calls + place : not_a_call;
}

Exit measured(Core& core, u64 row, auto enter) {
    Machine& machine = core.kernel.lock()->machine();
    const u64 begin = machine.ticks().raw;
    const Exit exit = enter();
    const u64 end = machine.ticks().raw;
    const auto kernel = core.kernel.lock();
    if (row != not_a_call) longest.note(row, {end - begin});
    return exit;
}

} // namespace

// --wrap=NAME: who calls NAME gets the first, and __real_NAME is what it was.
extern "C" {
extern constinit const std::array<DirectCall*, 256> __wrap_direct_calls = [] {
    std::array<DirectCall*, 256> table;
    table.fill(direct_call_unknown);
    return table;
}();
Exit __real_kernel_system_call(Core& core);
Exit __real_kernel_exception(Core& core, u64 address);
Exit __real_kernel_timer(Core& core);
Exit __real_kernel_interrupt(Core& core, u32 line);
Exit __real_kernel_continue(Core& core);

Exit __wrap_kernel_system_call(Core& core) {
    const u64 number = core.current->context.registers.call_number();
    if (number == abi::number_of<abi::SystemPower>)
        longest.tell(*core.kernel.lock(), core.kernel.own_lock().waits());
    return measured(core, row_of_call(number), [&] { return __real_kernel_system_call(core); });
}
Exit __wrap_kernel_exception(Core& core, u64 address) {
    return measured(core, all_calls, [&] { return __real_kernel_exception(core, address); });
}
Exit __wrap_kernel_timer(Core& core) {
    return measured(core, all_calls + 1, [&] { return __real_kernel_timer(core); });
}
Exit __wrap_kernel_interrupt(Core& core, u32 line) {
    return measured(core, all_calls + 2, [&] { return __real_kernel_interrupt(core, line); });
}
Exit __wrap_kernel_continue(Core& core) {
    return measured(core, all_calls + 3, [&] { return __real_kernel_continue(core); });
}
}

} // namespace pith::kernel
