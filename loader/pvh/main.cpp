#include "loader/boot.h"
#include "loader/console.h"
#include "loader/physical.h"
#include "loader/processor.h"
#include "loader/pvh/bochs_display.h"
#include "loader/pvh/real_time_clock.h"
#include "loader/pvh/start_info.h"

#include "base/panic.h"

extern "C" {
extern const std::byte loader_start[];
extern const std::byte loader_end[];
[[noreturn]] void pvh_main(pith::u64 start_info);
}

namespace pith::loader::pvh {

namespace {

Outcome<MemoryMap> memory_of(const StartInfo& info) {
    MemoryMap memory = TRY(MemoryMap::from_firmware(std::span{info.memory}.first(info.memory_count)));
    const auto paint = [&](const std::byte* start, const std::byte* end) {
        return memory.paint(physical_address(start).raw, physical_address(end).raw, Use::taken);
    };
    TRY(paint(loader_start, loader_end));
    TRY(paint(info.initrd.data(), info.initrd.data() + info.initrd.size()));
    return memory;
}

Outcome<> run(PhysAddr start_info) {
    const StartInfo info = TRY(StartInfo::read(start_info));
    if (info.initrd.empty()) return give_up("there is no initrd");
    const Plan plan =
        TRY(Plan::make(info.initrd, std::nullopt, {info.command_line.data(), info.command_line_size}));
    Machine machine{.firmware = Machine::Firmware::none, .memory = TRY(memory_of(info))};
    machine.acpi = Acpi::from_pointer(info.rsdp);
    if (!machine.acpi) machine.acpi = Acpi::search();
    machine.date_time = read_real_time_clock();
    machine.framebuffer = set_up_bochs_display(plan.screen);
    return std::unexpected{boot(plan, machine)};
}

[[noreturn]] void stop(const char* why) {
    report_on_serial_ports(why);
    report_on_text_screen(why);
    halt();
}

} // namespace
} // namespace pith::loader::pvh

void pvh_main(pith::u64 start_info) {
    const auto outcome = pith::loader::pvh::run({start_info});
    pith::loader::pvh::stop(outcome.error().text);
}

void panic(const char* what, const char*, int) { pith::loader::pvh::stop(what); }
