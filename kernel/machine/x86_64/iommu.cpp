#include "kernel/machine/x86_64/iommu.h"

#include "base/panic.h"

#include <algorithm>

namespace pith::kernel {
namespace {

// Context entries (VT-d 3.4, 9.3).
constexpr u64 present = 1, faults_off = 2, pass_through = 2 << 2;
constexpr u64 three_levels = 1, four_levels = 2;
constexpr u64 address_mask = 0x000f'ffff'ffff'f000;
// Interrupt entries (VT-d 3.4, 9.10).
constexpr u64 level_bit = 1 << 4, check_source = u64{1} << 18;
/// A message in the format that goes through the tables (VT-d 3.4, 5.1.2.2).
constexpr u64 message_base = 0xfee0'0000, through_tables = 1 << 4;

} // namespace

bool Iommu::can_drive(std::span<const IommuUnit> units) {
    return !units.empty() && std::ranges::all_of(units, [](const IommuUnit& unit) {
        const auto features = unit.features();
        return features.levels != 0 && features.queue && features.enough_ids;
    });
}

Iommu::Iommu(std::span<const IommuUnit> units, const acpi::Dmar& dmar, Tables tables)
    : unit_count_{static_cast<u32>(units.size())},
      dmar_{dmar},
      tables_{tables},
      levels_{units[0].features().levels},
      interrupts_{dmar.interrupts},
      passes_{true} {
    std::ranges::copy(units, units_.begin());
    for (const IommuUnit& unit : units) {
        const auto features = unit.features();
        levels_ = std::min(levels_, features.levels);
        interrupts_ &= features.interrupts;
        passes_ &= features.passes;
    }
    auto* const roots = reinterpret_cast<Entry*>(tables_.root_view);
    for (u64 bus = 0; bus < 256; ++bus)
        roots[bus] = {(tables_.contexts + pages(bus)).raw | present, 0};
}

void Iommu::let_firmware_devices_pass() {
    if (!passes_) return;
    const u64 width = levels_ == 4 ? four_levels : three_levels;
    for (const auto& reserved : std::span{dmar_.reserved}.first(dmar_.reserved_count)) {
        context(reserved.device) = {present | pass_through, width | u64{most_domains} << 8};
        domains_[most_domains].used = true;
    }
}

void Iommu::start(u32 target) {
    target_ = target;
    let_firmware_devices_pass();
    for (IommuUnit& unit : std::span{units_}.first(unit_count_)) {
        unit.start(tables_.root);
        if (interrupts_) unit.start_interrupts(tables_.interrupts);
        unit.report_faults(static_cast<u32>(message_base | target << 12), fault_vector);
    }
}

Iommu::Entry& Iommu::context(u16 device) const {
    return reinterpret_cast<Entry*>(tables_.contexts_view)[device];
}
Iommu::Entry& Iommu::interrupt(u32 index) const {
    require(index < page_size / sizeof(Entry), "no such interrupt");
    return reinterpret_cast<Entry*>(tables_.interrupts_view)[index];
}

u16 Iommu::domain_of(u16 device) const {
    for (u16 id = 1; id < most_domains; ++id)
        if (domains_[id].used && domains_[id].device == device) return id;
    panic("a device that is not attached");
}

/// Never half of it visible: absent first, then the high half, then the low one.
void Iommu::set_context(u16 device, u64 low, u64 high, u16 domain) {
    volatile Entry& entry = context(device);
    entry.low = 0;
    entry.high = high;
    entry.low = low;
    for (IommuUnit& unit : std::span{units_}.first(unit_count_)) {
        unit.forget_device_tables();
        unit.forget_domain(domain);
    }
}

void Iommu::attach(u16 device, PhysAddr root) {
    u16 id = 1;
    while (domains_[id].used)
        require(++id < most_domains, "more domains than the kernel allows");
    domains_[id] = {true, device};
    const u64 width = levels_ == 4 ? four_levels : three_levels;
    set_context(device, (root.raw & address_mask) | present, width | u64{id} << 8, id);
}

void Iommu::detach(u16 device) {
    const u16 id = domain_of(device);
    set_context(device, context(device).low & faults_off, 0, id);
    domains_[id] = {};
}

void Iommu::changed(u16 device) {
    const u16 id = domain_of(device);
    for (IommuUnit& unit : std::span{units_}.first(unit_count_))
        unit.forget_domain(id);
}

void Iommu::silence(u16 device) {
    context(device).low |= faults_off;
    for (IommuUnit& unit : std::span{units_}.first(unit_count_))
        unit.forget_device_tables();
}

std::optional<DmaFault> Iommu::take_fault() const {
    for (const IommuUnit& unit : std::span{units_}.first(unit_count_))
        if (const auto fault = unit.take_fault()) return fault;
    return std::nullopt;
}

void Iommu::route_line(u32 index, u8 vector, bool level, u8 id) {
    const u64 low = present | (level ? level_bit : 0) | u64{vector} << 16 | u64{target_} << 40;
    u64 high = 0;
    for (const auto& controller : std::span{dmar_.io_apics}.first(dmar_.io_apic_count))
        if (controller.id == id) high = check_source | controller.device;
    if (interrupt(index).low == low && interrupt(index).high == high) return;
    interrupt(index) = {low, high};
    for (IommuUnit& unit : std::span{units_}.first(unit_count_))
        unit.forget_interrupts();
}

MessageRoute Iommu::route_message(u32 index, u8 vector, u16 device) {
    interrupt(index) = {faults_off | u64{vector} << 16 | u64{target_} << 40, check_source | device};
    return {message_base | u64{index} << 5 | through_tables, 0};
}

void Iommu::allow(u32 index, bool allowed) {
    volatile Entry& entry = interrupt(index);
    entry.low = allowed ? entry.low | present : entry.low & ~present;
    for (IommuUnit& unit : std::span{units_}.first(unit_count_))
        unit.forget_interrupts();
}

void Iommu::drop(u32 index) {
    volatile Entry& entry = interrupt(index);
    entry.low = faults_off;
    entry.high = 0;
    for (IommuUnit& unit : std::span{units_}.first(unit_count_))
        unit.forget_interrupts();
}

} // namespace pith::kernel
