#include "loader/boot.h"

#include "loader/cores.h"
#include "loader/handoff.h"
#include "loader/page_tables.h"
#include "loader/physical.h"

namespace pith::loader {

namespace {

constexpr u64 one_mib = u64{1} << 20;
constexpr u64 below_4_gib = u64{1} << 32;

Outcome<PhysAddr> take_zeroed(MemoryMap& memory, PageCount count) {
    const PhysAddr start = TRY(memory.take(count, below_4_gib));
    std::memset(physical_pointer(start), 0, count.bytes());
    return start;
}

Outcome<> load_kernel(const KernelImage& kernel, MemoryMap& memory, PageTables& tables) {
    const PageCount count = PageCount::holding(kernel.memory_size);
    const PhysAddr start = TRY(memory.take(count, below_4_gib));
    std::byte* const to = physical_pointer(start);
    std::memcpy(to, kernel.file.data(), kernel.file.size());
    std::memset(to + kernel.file.size(), 0, count.bytes() - kernel.file.size());
    return tables.map(kernel.start, start, count);
}

/// The initrd must start on a page.
Outcome<PhysAddr> place_initrd(Bytes initrd, MemoryMap& memory) {
    const PhysAddr at = physical_address(initrd.data());
    if (is_page_aligned(at)) return at;
    const PhysAddr copy = TRY(take_zeroed(memory, PageCount::holding(initrd.size())));
    std::memcpy(physical_pointer(copy), initrd.data(), initrd.size());
    return copy;
}

Outcome<> map_stacks(u32 cores, u32 stack_size, MemoryMap& memory, PageTables& tables) {
    const PageCount count = PageCount::holding(u64{cores} * stack_size);
    const PhysAddr start = TRY(take_zeroed(memory, count));
    return tables.map({u64{0} - count.bytes()}, start, count);
}

Outcome<> map_environment(const Plan& plan, MemoryMap& memory, PageTables& tables) {
    const PhysAddr page = TRY(memory.take(pages(1), below_4_gib));
    plan.environment.write_to(physical_bytes(page, page_size));
    return tables.map(plan.kernel.environment, page, pages(1));
}

Outcome<> map_framebuffer(const Plan& plan, Machine& machine, PageTables& tables) {
    const Machine::Framebuffer& framebuffer = machine.framebuffer;
    if (framebuffer.scanline == 0) return {};
    TRY(machine.memory.paint(framebuffer.start.raw, framebuffer.start.raw + framebuffer.size, Use::mmio));
    return tables.map_while_unmapped(plan.kernel.framebuffer, framebuffer.start, framebuffer.size);
}

void fill(bootboot::Information& page, const Plan& plan, const Machine& machine, PhysAddr initrd, u32 cores) {
    constexpr u8 level = 2;
    const Machine::Framebuffer& framebuffer = machine.framebuffer;
    page.magic = {'B', 'O', 'O', 'T'};
    page.protocol = static_cast<u8>(level | static_cast<u8>(machine.firmware) << 2);
    page.framebuffer_format = framebuffer.format;
    page.core_count = static_cast<u16>(cores);
    page.boot_core_id = own_apic_id();
    page.timezone = machine.timezone;
    page.date_time = machine.date_time;
    page.initrd = initrd;
    page.initrd_size = plan.initrd.size();
    page.framebuffer = framebuffer.start;
    page.framebuffer_size = framebuffer.size;
    page.framebuffer_width = framebuffer.screen.width;
    page.framebuffer_height = framebuffer.screen.height;
    page.framebuffer_scanline = framebuffer.scanline;
    page.acpi = machine.acpi ? machine.acpi->root().raw : 0;
    page.smbios = machine.smbios;
    page.efi = machine.efi;
}

/// Last of all: from here on no memory is taken.
void fill_map(bootboot::Information& page, const MemoryMap& memory) {
    std::array<bootboot::MapEntry, bootboot::max_map_entries> entries{};
    const u32 count = memory.write_to(entries);
    std::memcpy(physical_pointer(physical_address(&page) + u64{bootboot::header_size}), entries.data(),
                sizeof entries);
    page.size = bootboot::header_size + count * static_cast<u32>(sizeof(bootboot::MapEntry));
}

Outcome<> prepare_and_enter(const Plan& plan, Machine& machine) {
    MemoryMap& memory = machine.memory;
    const KernelImage& kernel = plan.kernel;
    const acpi::Madt::Processors processors =
        machine.acpi && !plan.one_core ? machine.acpi->processors() : acpi::Madt::Processors{};

    PageTables tables = TRY(PageTables::with_identity(memory));
    // Application cores start below 1 MiB; without them any page will do, and without such a page there are
    // none.
    auto low = Handoff::make(memory, one_mib, tables.root());
    const bool can_start_cores = low.has_value();
    Handoff handoff = low ? *low : TRY(Handoff::make(memory, below_4_gib, tables.root()));

    TRY(load_kernel(kernel, memory, tables));
    const PhysAddr initrd = TRY(place_initrd(plan.initrd, memory));
    const PhysAddr information = TRY(take_zeroed(memory, pages(1)));
    TRY(tables.map(kernel.information, information, pages(1)));
    TRY(map_environment(plan, memory, tables));

    if (can_start_cores) start_cores(handoff, processors);
    const u32 cores = handoff.close();
    TRY(map_stacks(cores, kernel.stack_size, memory, tables));
    TRY(map_framebuffer(plan, machine, tables));

    auto& page = place_physical<bootboot::Information>(information);
    fill(page, plan, machine, initrd, cores);
    fill_map(page, memory);
    handoff.enter(kernel.entry, kernel.stack_size);
}

} // namespace

Failure boot(const Plan& plan, Machine& machine) { return prepare_and_enter(plan, machine).error(); }

} // namespace pith::loader
