#pragma once

#include "kernel/machine/machine.h"
#include "kernel/machine/x86_64/boot/firmware.h"
#include "kernel/machine/x86_64/boot/kernel_space.h"
#include "kernel/machine/x86_64/panic.h"
#include "kernel/machine/x86_64/trap_table.h"

/// The smaller steps of kernel_main.
namespace pith::kernel {

/// The log's time while boot runs: zero until the clock's rate is known.
class BootClock {
  public:
    void start(Clock clock) { clock_ = clock; }
    [[nodiscard]] Clock clock() const { return clock_; }

  private:
    Clock clock_;
};

/// Where the log of kernel_main goes.
struct LogOutput {
    BootClock& clock;
    Console& console;
    [[nodiscard]] LogPort port();
};

struct DeviceWindows {
    std::byte* local_apic;
    std::byte* timer; ///< HPET; null: there is none
    std::array<std::byte*, acpi::Madt::max_io_apics> io_apics;
    u32 io_apic_count;
    std::array<std::byte*, acpi::Dmar::max_units> iommus;
    u32 iommu_count;
};

void take_traps(CoreLocal& core, PanicRoom& room, const TrapTable& traps);
void set_log_level(Log& log, const Environment& environment);
/// What the kernel cannot do without is there, or panic.
void check_processor(const Features& features);
[[nodiscard]] PhysAddr local_apic_page();
[[nodiscard]] DeviceWindows map_devices(KernelSpace& space, PhysAddr apic_page, const Firmware& firmware);
[[nodiscard]] std::span<std::byte> map_framebuffer(KernelSpace& space,
                                                   const bootboot::Information& information);
/// What programs are told of it. `pixels`: as map_framebuffer returned.
[[nodiscard]] abi::ScreenEntry screen_entry(std::span<const std::byte> pixels,
                                            const bootboot::Information& information);
/// The log so far, and from now on, on the framebuffer.
void show_on_screen(Console& console, const Log& log, std::span<std::byte> pixels,
                    const bootboot::Information& information);
void mask_legacy_interrupts();
[[nodiscard]] IoApics find_io_apics(const Firmware& firmware, const DeviceWindows& windows, u32 target);
/// Takes devices' memory away from them, where the machine can; nothing where `iommu=off` or it cannot.
void start_iommu(std::optional<Iommu>& iommu, const Firmware& firmware, const DeviceWindows& windows,
                 const Environment& environment, Account& account, u32 target, Log& log);
[[nodiscard]] PowerControl power_control(const Firmware& firmware);
[[nodiscard]] DeviceRanges device_ranges(const LoaderInformation& loader, const Firmware& firmware,
                                         PhysAddr apic_page, const Features& features);
[[nodiscard]] std::optional<ElfImage> kernel_symbols(Bytes initrd);
void log_features(Log& log, const Features& features);
void log_memory(Log& log, const FrameAllocator& allocator, const RangeSet& memory);
[[nodiscard]] u64 used_kib(const FrameAllocator& allocator);

} // namespace pith::kernel
