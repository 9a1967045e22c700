#pragma once

#include "kernel/machine/message_route.h"
#include "kernel/machine/x86_64/iommu_unit.h"
#include "kernel/machine/x86_64/tables/dmar.h"

#include <array>
#include <span>

namespace pith::kernel {

/// What devices reach, and which interrupts they raise, by all remapping units of the machine as one (VT-d):
/// they share one set of tables. From the start every device is refused everything, but for those whose
/// firmware left them memory: they reach all of it until they get a domain.
class Iommu {
  public:
    /// Tables, zeroed and owned for ever.
    struct Tables {
        PhysAddr root;       ///< one page
        PhysAddr contexts;   ///< 256 pages, one a bus
        PhysAddr interrupts; ///< one page
        std::byte* root_view;
        std::byte* contexts_view;
        std::byte* interrupts_view;
    };
    static constexpr unsigned contexts_order = 8;

    /// Whether all the units can do what is asked of them here.
    [[nodiscard]] static bool can_drive(std::span<const IommuUnit> units);
    Iommu(std::span<const IommuUnit> units, const acpi::Dmar& dmar, Tables tables);

    /// `target`: the APIC id of who hears of interrupts.
    void start(u32 target);
    /// By which it tells that it has refused something.
    static constexpr u8 fault_vector = 0xf0;
    [[nodiscard]] u32 levels() const { return levels_; }
    [[nodiscard]] bool translates_interrupts() const { return interrupts_; }

    void attach(u16 device, PhysAddr root);
    void detach(u16 device);
    /// Entries of the device's table have changed.
    void changed(u16 device);
    /// Its refusals are not told any more, until it is attached anew.
    void silence(u16 device);
    [[nodiscard]] std::optional<DmaFault> take_fault() const;

    // Interrupts: entry `index` leads to a vector.
    /// From an I/O APIC's input. `id`: that controller's.
    void route_line(u32 index, u8 vector, bool level, u8 id);
    /// From a device's message; refused until `allow`.
    [[nodiscard]] MessageRoute route_message(u32 index, u8 vector, u16 device);
    void allow(u32 index, bool allowed);
    void drop(u32 index);

  private:
    struct Entry {
        u64 low, high;
    };
    [[nodiscard]] Entry& context(u16 device) const;
    [[nodiscard]] Entry& interrupt(u32 index) const;
    [[nodiscard]] u16 domain_of(u16 device) const;
    void set_context(u16 device, u64 low, u64 high, u16 domain);
    void let_firmware_devices_pass();

    static constexpr u16 most_domains = 255; ///< numbered from 1
    std::array<IommuUnit, acpi::Dmar::max_units> units_{};
    u32 unit_count_;
    acpi::Dmar dmar_;
    Tables tables_;
    u32 levels_;
    bool interrupts_;
    bool passes_;
    u32 target_ = 0;
    struct Domain {
        bool used = false;
        u16 device = 0;
    };
    std::array<Domain, most_domains + 1> domains_{};
};

} // namespace pith::kernel
