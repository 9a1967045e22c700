#include "kernel/machine/x86_64/panic.h"

#include "base/panic.h"
#include "base/text.h"
#include "kernel/debug/exceptions.h"
#include "kernel/debug/symbol_name.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/x86_64/boot/start.h"
#include "kernel/machine/x86_64/layout.h"

namespace pith::kernel {
namespace {

using Line = Text<200>;

/// Writes lines, to the serial port alone as long as there is no console.
class Witness {
  public:
    explicit Witness(CoreLocal* core) : core_{core} {}
    template <class... A>
    void say(FormatString<A...> text, const A&... args) {
        Line line;
        line.format<A...>(text, args...).append('\n');
        if (core_ != nullptr)
            core_->panic_room->console.write(line);
        else
            SerialPort{SerialPort::com1}.write(line);
    }
    void say_place(u64 address) {
        if (core_ != nullptr && core_->panic_room->symbols) {
            if (const auto place = core_->panic_room->symbols->symbol_at({address})) {
                Text<120> name;
                append_readable(name, place->name);
                return say("    {:016x} {} +{:#x}", address, name.view(), place->offset);
            }
        }
        say("    {:016x}", address);
    }

  private:
    CoreLocal* core_;
};

/// GS base holds our own pointer from the moment a core has loaded its descriptors; before, it is 0.
CoreLocal* this_core() { return reinterpret_cast<CoreLocal*>(cpu::read_msr(cpu::Msr::gs_base)); }

bool is_in(u64 address, const std::byte* begin, const std::byte* end) {
    return address >= reinterpret_cast<u64>(begin) && address < reinterpret_cast<u64>(end);
}

bool may_hold_frame(u64 address) {
    if ((address & 7) != 0) return false;
    if (is_in(address, boot_stack_bottom, early_trap_stack_top - 16)) return true;
    return layout::is_in_stacks({address}) && !layout::is_stack_guard({address});
}

/// Follows the frame pointers: [rbp] the caller's, [rbp + 8] the return address.
void say_backtrace(Witness& witness, u64 rip, u64 rbp) {
    witness.say("  backtrace");
    if (rip != 0) witness.say_place(rip);
    constexpr u32 max_depth = 24;
    for (u32 depth = 0; depth < max_depth && may_hold_frame(rbp) && may_hold_frame(rbp + 8); ++depth) {
        const u64* frame = reinterpret_cast<const u64*>(rbp);
        if (!is_in(frame[1], image_start, text_end)) break;
        witness.say_place(frame[1] - 1); // inside the call, which may be a function's last instruction
        if (frame[0] <= rbp) break;      // stacks grow down
        rbp = frame[0];
    }
}

void say_registers(Witness& witness, const Registers& r) {
    witness.say("  rip {:016x}  rsp {:016x}  rbp {:016x}  flags {:08x}", r.rip, r.rsp, r.rbp, r.rflags);
    witness.say("  rax {:016x}  rbx {:016x}  rcx {:016x}  rdx {:016x}", r.rax, r.rbx, r.rcx, r.rdx);
    witness.say("  rsi {:016x}  rdi {:016x}  r8  {:016x}  r9  {:016x}", r.rsi, r.rdi, r.r8, r.r9);
    witness.say("  r10 {:016x}  r11 {:016x}  r12 {:016x}  r13 {:016x}", r.r10, r.r11, r.r12, r.r13);
    witness.say("  r14 {:016x}  r15 {:016x}  cr0 {:016x}  cr2 {:016x}", r.r14, r.r15, cpu::read_cr0(),
                cpu::read_cr2());
    witness.say("  cr3 {:016x}  cr4 {:016x}  cs {:04x}  ss {:04x}  vector {}  error {:#x}", cpu::read_cr3(),
                cpu::read_cr4(), r.cs, r.ss, r.vector, r.error);
}

/// Whoever is first stops the others and goes on; all the rest end here.
void begin(CoreLocal* core) {
    asm volatile("cli");
    if (core == nullptr) return;
    if (core->panic_room->panics.fetch_add(1) != 0) cpu::halt_for_ever();
    for (const CoreLocal* other : core->panic_room->cores) // who is not online yet has no handler for it
        if (other != core && other->online.load() != 0) core->machine->local_apic().send_nmi(other->apic_id);
    core->panic_room->console.take_back();
}

bool is_guard_page(u64 address) {
    return layout::is_stack_guard({address}) || is_in(address, boot_stack_guard, boot_stack_bottom);
}

} // namespace

void panic_at(CoreLocal* core, const Registers& registers, u64 address) {
    begin(core);
    Witness witness{core};
    Line what;
    describe_exception(what, registers.vector, registers.error, address);
    const bool overflow = (registers.vector == 14 || registers.vector == 8) && is_guard_page(address);
    witness.say("\nPANIC on core {}: {}{}", core != nullptr ? core->index : 0,
                overflow ? "kernel stack overflow: " : "", what.view());
    say_registers(witness, registers);
    say_backtrace(witness, registers.rip, registers.rbp);
    witness.say("the system is halted");
    cpu::halt_for_ever();
}

} // namespace pith::kernel

void panic(const char* what, const char* file, int line) {
    using namespace pith::kernel;
    CoreLocal* core = this_core();
    begin(core);
    Witness witness{core};
    witness.say("\nPANIC on core {}: {}", core != nullptr ? core->index : 0, what);
    witness.say("  at {}:{}", file, line);
    say_backtrace(witness, 0, reinterpret_cast<pith::u64>(__builtin_frame_address(0)));
    witness.say("the system is halted");
    cpu::halt_for_ever();
}
