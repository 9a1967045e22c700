#include "loader/boot.h"
#include "loader/console.h"
#include "loader/date_time.h"
#include "loader/processor.h"
#include "loader/uefi/firmware.h"
#include "loader/uefi/leave.h"
#include "loader/uefi/screen.h"
#include "loader/uefi/volume.h"

#include "base/panic.h"
#include "base/text.h"

namespace pith::loader::uefi {

namespace {

constexpr Guid acpi_2{0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
constexpr Guid acpi_1{0xeb9d2d30, 0x2d88, 0x11d3, {0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};
constexpr Guid smbios{0xeb9d2d31, 0x2d88, 0x11d3, {0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};

using CommandLine = Text<BootEnvironment::capacity>;

u64 find_table(const SystemTable& system, const Guid& kind) {
    for (u64 i = 0; i < system.table_count; ++i)
        if (system.tables[i].kind == kind) return system.tables[i].address;
    return 0;
}

/// The load options are text only if whoever started us made them so: nothing else than printable ASCII is.
void read_options(const LoadedImage& image, CommandLine& line) {
    for (u32 i = 0; image.options != nullptr && i < image.options_size / sizeof(char16_t); ++i) {
        const char16_t c = image.options[i];
        if (c == 0) return;
        if (c < ' ' || c > '~') return line.clear();
        line.append(static_cast<char>(c));
    }
}

void read_clock(const RuntimeServices& runtime, Machine& machine) {
    Time time{};
    if (runtime.get_time(&time, nullptr) != Status::success) return;
    const bool zoned = time.zone >= -1440 && time.zone <= 1440;
    const DateTime local{
        time.year, time.month, time.day, time.hour, time.minute, time.second, time.nanosecond / 10'000'000};
    machine.timezone = zoned ? time.zone : i16{0};
    machine.date_time = local.shifted(machine.timezone).to_bcd();
}

void find_tables(const SystemTable& system, Machine& machine) {
    machine.acpi = Acpi::from_pointer({find_table(system, acpi_2)});
    if (!machine.acpi) machine.acpi = Acpi::from_pointer({find_table(system, acpi_1)});
    machine.smbios = find_table(system, smbios);
    machine.efi = reinterpret_cast<u64>(&system);
}

Outcome<const LoadedImage*> loaded_image(Handle image, const BootServices& boot) {
    void* found = nullptr;
    if (boot.handle_protocol(image, &LoadedImage::guid, &found) != Status::success)
        return give_up("the firmware does not say where the loader comes from");
    return static_cast<const LoadedImage*>(found);
}

Outcome<Plan> make_plan(const LoadedImage& image, const BootServices& boot) {
    const Volume volume = TRY(Volume::of(image, boot));
    const auto initrd = TRY(volume.read(u"\\BOOTBOOT\\INITRD"));
    if (!initrd || initrd->empty()) return give_up("there is no initrd (\\BOOTBOOT\\INITRD)");
    const auto config = TRY(volume.read(u"\\BOOTBOOT\\CONFIG"));
    CommandLine options;
    read_options(image, options);
    return Plan::make(*initrd, config ? std::optional{as_text(*config)} : std::nullopt, options.view());
}

struct Prepared {
    Plan plan;
    Machine machine;
};

/// All that needs the firmware.
Outcome<Prepared> prepare(Handle handle, const SystemTable& system) {
    const BootServices& boot = *system.boot;
    boot.set_watchdog_timer(0, 0, 0, nullptr); // if that fails it ends with the firmware's services
    constexpr u64 five_level_paging = 1 << 12;
    if ((read_cr4() & five_level_paging) != 0) return give_up("the firmware uses five levels of page tables");
    const LoadedImage* const image = TRY(loaded_image(handle, boot));
    Prepared prepared{.plan = TRY(make_plan(*image, boot)), .machine = {.firmware = Machine::Firmware::uefi}};
    Machine& machine = prepared.machine;
    find_tables(system, machine);
    read_clock(*system.runtime, machine);
    machine.framebuffer = set_up_screen(boot, prepared.plan.screen);
    return prepared;
}

void report_on_console(const SystemTable& system, std::string_view text) {
    if (system.output == nullptr) return;
    std::array<char16_t, 160> wide{};
    std::size_t at = 0;
    for (const std::string_view part :
         {std::string_view{"\r\npith-loader: "}, text, std::string_view{"\r\n"}})
        for (const char c : part)
            if (at + 1 < wide.size()) wide[at++] = static_cast<char16_t>(c);
    system.output->output_string(system.output, wide.data());
}

[[noreturn]] void run(Handle image, const SystemTable& system) {
    auto prepared = prepare(image, system);
    if (!prepared) {
        report_on_console(system, prepared.error().text);
        report_on_serial_ports(prepared.error().text);
        halt();
    }
    auto memory = leave_firmware(image, *system.boot);
    if (memory) prepared->machine.memory = *memory;
    const Failure failure = memory ? boot(prepared->plan, prepared->machine) : memory.error();
    report_on_serial_ports(failure.text);
    halt();
}

} // namespace
} // namespace pith::loader::uefi

extern "C" [[noreturn]] void efi_main(void* image, const pith::loader::uefi::SystemTable* system);
void efi_main(void* image, const pith::loader::uefi::SystemTable* system) {
    pith::loader::uefi::run(image, *system);
}

void panic(const char* what, const char*, int) {
    pith::loader::report_on_serial_ports(what);
    pith::loader::halt();
}
