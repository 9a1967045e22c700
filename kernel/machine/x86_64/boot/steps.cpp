#include "kernel/machine/x86_64/boot/steps.h"

#include "base/archive.h"
#include "kernel/machine/x86_64/boot/start.h"

#include <cstring>

namespace pith::kernel {

extern "C" const std::byte console_font[], console_font_end[];

namespace {

u32 this_core_index() {
    const auto* core = reinterpret_cast<const CoreLocal*>(cpu::read_msr(cpu::Msr::gs_base));
    return core == nullptr ? 0 : core->index;
}

} // namespace

LogPort LogOutput::port() {
    return {.self = this,
            .stamp =
                [](void* self) {
                    return LogPort::Stamp{static_cast<LogOutput*>(self)->clock.clock().now(),
                                          this_core_index()};
                },
            .write = [](void* self, std::string_view line,
                        LogSource source) { static_cast<LogOutput*>(self)->console.write(line, source); }};
}

void take_traps(CoreLocal& core, PanicRoom& room, const TrapTable& traps) {
    const u32 apic_id = cpu::cpuid(1).ebx >> 24;
    core.prepare(room, 0, apic_id);
    // One stack for all of them until there is memory for more.
    const u64 top = reinterpret_cast<u64>(early_trap_stack_top);
    for (const TrapStack stack :
         {TrapStack::debug, TrapStack::nmi, TrapStack::double_fault, TrapStack::machine_check})
        core.set_trap_stack(stack, top);
    core.load();
    traps.load_on_this_core();
}

void set_log_level(Log& log, const Environment& environment) {
    const auto name = environment.get("log");
    if (!name) return;
    if (const auto level = log_level_named(*name))
        log.set_level(*level);
    else
        log.warning("boot", "log={} is none of quiet, info, debug", *name);
}

void check_processor(const Features& features) {
    require(features.no_execute, "this processor cannot forbid execution of data (NX)");
    require(features.syscall, "this processor has no syscall instruction");
}

PhysAddr local_apic_page() {
    constexpr u64 x2apic = 1 << 10, enabled = 1 << 11; // SDM vol. 3, 11.4.4 and 11.12.1
    const u64 base = cpu::read_msr(cpu::Msr::apic_base);
    require((base & x2apic) == 0, "the firmware has switched to x2APIC, which this kernel does not drive");
    cpu::write_msr(cpu::Msr::apic_base, base | enabled);
    return {base & PageEntry::address_mask};
}

DeviceWindows map_devices(KernelSpace& space, PhysAddr apic_page, const Firmware& firmware) {
    const auto window = [](VirtAddr at) { return reinterpret_cast<std::byte*>(at.raw); };
    DeviceWindows windows{};
    space.map_registers(layout::local_apic, apic_page);
    windows.local_apic = window(layout::local_apic);
    if (firmware.hpet && is_page_aligned(*firmware.hpet)) {
        space.map_registers(layout::timer, *firmware.hpet);
        windows.timer = window(layout::timer);
    }
    if (firmware.dmar)
        for (u32 n = 0; n < firmware.dmar->unit_count; ++n) {
            const VirtAddr at = layout::iommus + pages(n);
            space.map_registers(at, firmware.dmar->units[n]);
            windows.iommus[windows.iommu_count++] = window(at);
        }
    if (!firmware.madt) return windows;
    for (u32 n = 0; n < firmware.madt->io_apic_count; ++n) {
        const PhysAddr address = firmware.madt->io_apics[n].address;
        const PhysAddr page{align_down(address.raw, page_size)};
        const VirtAddr at = layout::io_apics + pages(n);
        space.map_registers(at, page);
        windows.io_apics[windows.io_apic_count++] = window(at) + (address - page);
    }
    return windows;
}

std::span<std::byte> map_framebuffer(KernelSpace& space, const bootboot::Information& information) {
    if (information.framebuffer_scanline == 0 || information.framebuffer.raw == 0) return {};
    return space.map_framebuffer(information.framebuffer,
                                 u64{information.framebuffer_height} * information.framebuffer_scanline);
}

abi::ScreenEntry screen_entry(std::span<const std::byte> pixels, const bootboot::Information& information) {
    if (pixels.empty() || !is_page_aligned(information.framebuffer)) return {};
    return {information.framebuffer, information.framebuffer_width, information.framebuffer_height,
            information.framebuffer_scanline,
            abi::PixelFormat{std::to_underlying(information.framebuffer_format)}};
}

void show_on_screen(Console& console, const Log& log, std::span<std::byte> pixels,
                    const bootboot::Information& information) {
    if (pixels.empty()) return;
    const auto font = PsfFont::parse({console_font, console_font_end});
    if (!font) return;
    auto screen = Screen::create(
        pixels,
        {information.framebuffer_width, information.framebuffer_height, information.framebuffer_scanline},
        *font);
    if (!screen) return;
    std::array<char, 256> part;
    for (u64 position = 0; position < log.end();) {
        const std::size_t size = log.read(position, part);
        screen->write({part.data(), size});
    }
    console.show_on(*screen);
}

void mask_legacy_interrupts() {
    cpu::out8(0x21, 0xff); // both 8259A (SDM has no word on them; Intel 8259A data sheet)
    cpu::out8(0xa1, 0xff);
}

IoApics find_io_apics(const Firmware& firmware, const DeviceWindows& windows, u32 target) {
    if (!firmware.madt) return {};
    return IoApics{*firmware.madt, std::span{windows.io_apics}.first(windows.io_apic_count), target};
}

namespace {

struct Frames {
    PhysAddr address;
    std::byte* view;
};
/// Zeroed, taken for ever.
Frames take_frames(Account& account, unsigned order) {
    const auto frames = account.allocator().allocate(order);
    require(frames.has_value() && account.reserve(pages(u64{1} << order)).has_value(),
            "no memory for the IOMMU's tables");
    std::byte* const view = account.access()(*frames);
    std::memset(view, 0, page_size << order);
    return {*frames, view};
}

} // namespace

void start_iommu(std::optional<Iommu>& iommu, const Firmware& firmware, const DeviceWindows& windows,
                 const Environment& environment, Account& account, u32 target, Log& log) {
    if (!firmware.dmar) return;
    std::array<IommuUnit, acpi::Dmar::max_units> units;
    const std::span used = std::span{units}.first(windows.iommu_count);
    for (u32 n = 0; n < windows.iommu_count; ++n)
        units[n] = IommuUnit{windows.iommus[n], nullptr, {}};
    if (environment.get("iommu") == "off" || !Iommu::can_drive(used)) {
        log.warning("iommu", "not used: devices can reach all memory");
        return;
    }
    for (u32 n = 0; n < windows.iommu_count; ++n) {
        const Frames queue = take_frames(account, 1);
        units[n] = IommuUnit{windows.iommus[n], queue.view, queue.address};
    }
    const Frames root = take_frames(account, 0), contexts = take_frames(account, Iommu::contexts_order),
                 interrupts = take_frames(account, 0);
    iommu.emplace(used, *firmware.dmar,
                  Iommu::Tables{root.address, contexts.address, interrupts.address, root.view, contexts.view,
                                interrupts.view});
    iommu->start(target);
    log.info("iommu", "{} units: devices reach what they are given{}", windows.iommu_count,
             iommu->translates_interrupts() ? ", and raise what they are given" : "");
    if (firmware.dmar->incomplete) log.warning("iommu", "the firmware's table names more than is understood");
    for (const auto& kept : std::span{firmware.dmar->reserved}.first(firmware.dmar->reserved_count))
        log.warning("iommu", "device {:#x} keeps all memory: its firmware uses {} to {}", kept.device,
                    kept.first, kept.last);
}

PowerControl power_control(const Firmware& firmware) {
    if (!firmware.fadt) return {};
    return PowerControl{*firmware.fadt, firmware.soft_off};
}

DeviceRanges device_ranges(const LoaderInformation& loader, const Firmware& firmware, PhysAddr apic_page,
                           const Features& features) {
    const auto [low, high] = loader.memory_ends();
    DeviceRanges devices{low, high, features.physical_bits};
    devices.reserve(apic_page);
    devices.reserve(DeviceRanges::messages, DeviceRanges::messages_size);
    if (firmware.hpet) devices.reserve(*firmware.hpet);
    if (firmware.dmar)
        for (u32 n = 0; n < firmware.dmar->unit_count; ++n)
            devices.reserve(firmware.dmar->units[n]);
    if (firmware.madt)
        for (u32 n = 0; n < firmware.madt->io_apic_count; ++n)
            devices.reserve(firmware.madt->io_apics[n].address);
    for (const Firmware::Place& table : std::span{firmware.places}.first(firmware.place_count))
        if (!loader.has_free(table.base, table.size)) devices.show(table.base, table.size);
    return devices;
}

std::optional<ElfImage> kernel_symbols(Bytes initrd) {
    const auto archive = Archive::open(initrd);
    if (!archive) return std::nullopt;
    const auto file = archive->read("sys/core");
    if (!file) return std::nullopt;
    const auto image = ElfImage::parse(*file, ElfPolicy::kernel());
    return image ? std::optional{*image} : std::nullopt;
}

void log_features(Log& log, const Features& f) {
    const auto word = [](bool has, std::string_view name) { return has ? name : std::string_view{}; };
    log.info("cpu", "NX WP{}{}{}{}{}{}{}", word(f.smep, " SMEP"), word(f.smap, " SMAP"),
             word(f.umip, " UMIP"), word(f.fsgsbase, " FSGSBASE"), word(f.huge_pages, " 1G-pages"),
             word(f.xsave, " XSAVE"), word((f.vector_components & 4) != 0, " AVX"));
}

void log_memory(Log& log, const FrameAllocator& allocator, const RangeSet& memory) {
    const auto statistics = allocator.statistics();
    log.info("memory", "{} MiB in {} ranges, up to {:#x}; {} KiB taken for records and tables",
             memory.total().bytes() >> 20, memory.ranges().size(), memory.end(),
             (memory.total() - statistics.free).bytes() >> 10);
    for (const RangeSet::Range& range : memory.ranges())
        log.debug("memory", "free {:#x} to {:#x}", range.first, range.end);
}

u64 used_kib(const FrameAllocator& allocator) {
    const auto statistics = allocator.statistics();
    return (statistics.total - statistics.free).bytes() >> 10;
}

} // namespace pith::kernel
