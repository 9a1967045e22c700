// Boot, step by step. BOOTBOOT starts every core at _start (machine/x86_64/start.S); the one that the
// firmware started comes here, the others wait until `Cores::release`.
#include "kernel/boot.h"
#include "kernel/machine/x86_64/boot/calibration.h"
#include "kernel/machine/x86_64/boot/cores.h"
#include "kernel/machine/x86_64/boot/kernel_space.h"
#include "kernel/machine/x86_64/boot/memory_records.h"
#include "kernel/machine/x86_64/boot/start.h"
#include "kernel/machine/x86_64/boot/steps.h"
#include "kernel/machine/x86_64/boot/test_hooks.h"

namespace pith::kernel {

extern "C" {
[[noreturn]] void kernel_main();
[[noreturn]] void enter_kernel(CoreLocal& core);
}

/// Everything that boot makes lives in this frame, on the boot stack, for ever: the last step leaves it for
/// the core's own stack and never comes back.
void kernel_main() {
    const u64 start_tick = cpu::read_tsc();
    Console console;
    PanicRoom panic_room{console, {}};
    BootClock boot_clock;
    LogOutput log_output{boot_clock, console};
    Log log{log_output.port(), LogLevel::info};

    // From here on every exception is a panic that says so.
    const TrapTable traps;
    CoreLocal boot_core;
    take_traps(boot_core, panic_room, traps);

    // What the loader, the processor and the firmware say; nothing of free memory is touched yet.
    const LoaderTables loader_tables;
    const LoaderInformation loader;
    set_log_level(log, loader.environment());
    log.info("boot", "Pith, kernel at {}, {} cores", VirtAddr{reinterpret_cast<u64>(image_start)},
             loader.header().core_count);
    const Features features = Features::read();
    check_processor(features);
    Cores cores{boot_core, panic_room};
    Cores::wait_for_arrival(loader.other_cores(), log);
    const Firmware firmware = Firmware::read({loader.header().acpi}, loader_tables, log);
    const PhysAddr apic_page = local_apic_page();
    Calibration calibration{ReferenceCounter::choose(firmware, loader_tables),
                            LocalApic{reinterpret_cast<std::byte*>(apic_page.raw)}};

    // Memory: an allocator over what the loader's tables show, tables of our own made from it, then the rest.
    const RangeSet memory = loader.free_memory(loader_tables);
    const MemoryRecords records = MemoryRecords::place(memory);
    FrameAllocator allocator{FrameAccess{nullptr}, records.seen_at({})};
    records.add_memory(allocator, memory, MemoryRecords::Part::low);
    Account account{allocator, FrameAccess{nullptr}, memory.total()};
    KernelSpace space{account, features};
    space.map_image(loader_tables);
    space.map_memory(memory);
    space.map_read_only(loader.header().initrd, loader.header().initrd_size);
    const DeviceWindows windows = map_devices(space, apic_page, firmware);
    const auto pixels = map_framebuffer(space, loader.header());

    features.enable_on_this_core();
    cpu::write_cr3(space.table().root().raw);
    Features::enable_protection();
    const FrameAccess direct_map{reinterpret_cast<std::byte*>(layout::direct_map.raw)};
    allocator.relocate(direct_map, records.seen_at(layout::direct_map));
    account.relocate(direct_map);
    records.add_memory(allocator, memory, MemoryRecords::Part::high);
    cores.give_places(boot_core, space);
    boot_core.load();
    show_on_screen(console, log, pixels, loader.header());
    log_memory(log, allocator, memory);

    // Devices that the kernel itself drives.
    mask_legacy_interrupts();
    const LocalApic apic{windows.local_apic};
    std::optional<Iommu> iommu;
    start_iommu(iommu, firmware, windows, loader.environment(), account, apic.id(), log);
    IoApics io_apics = find_io_apics(firmware, windows, apic.id());
    if (iommu && iommu->translates_interrupts()) io_apics.send_through(*iommu);
    cores.prepare(account, space);
    const Calibration::Rates rates = calibration.finish(windows.timer, apic, log);
    boot_clock.start(Clock{start_tick, Scale::ratio(1'000'000'000, rates.time_stamp)});
    Machine machine{{.frames = direct_map,
                     .kernel_root = space.table().root(),
                     .features = features,
                     .local_apic = apic,
                     .io_apics = io_apics,
                     .iommu = iommu ? &*iommu : nullptr,
                     .clock = boot_clock.clock(),
                     .timer_ticks_per_nanosecond = Scale::ratio(rates.apic_timer, 1'000'000'000),
                     .power = power_control(firmware),
                     .devices = device_ranges(loader, firmware, apic_page, features),
                     .tables = firmware.root(),
                     .screen = screen_entry(pixels, loader.header())},
                    console};
    boot_core.machine = &machine;
    panic_room.cores = cores.all();
    log_features(log, features);

    const PhysAddr initrd = loader.header().initrd;
    panic_room.symbols = kernel_symbols({machine.frame(initrd), loader.header().initrd_size});
    run_test_hook(loader.environment());

    BootHandover handover{machine,
                          log,
                          allocator,
                          account,
                          space.table(),
                          cores.all(),
                          initrd,
                          loader.header().initrd_size,
                          loader.environment()};
    start_kernel(handover);
    // The last word before others may say something: what runs from now on holds the kernel's lock.
    log.info("boot", "done: {} cores, {} KiB of {} MiB in use", cores.all().size(), used_kib(allocator),
             allocator.statistics().total.bytes() >> 20);
    cores.release(machine, traps, space.table().root());
    enter_kernel(boot_core);
}

} // namespace pith::kernel
