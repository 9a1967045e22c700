#include "servers/devices/device.h"

#include "os/registers.h"
#include "os/time.h"

namespace pith::os::devices {
namespace {

constexpr u16 bus_numbers = 0x18;
constexpr u16 message_control = 2; ///< behind the capability's start, for both kinds
constexpr u16 message_enable = 1;  ///< PCI 3.0, 6.8.1.3
constexpr u16 message_wide = 1 << 7;
constexpr u16 table_enable = 1 << 15, table_masked = 1 << 14; ///< 6.8.2.3

u16 offset(u16 base, u64 more) { return static_cast<u16>(base + more); }

} // namespace

std::optional<Device> Device::find(const Configuration& configuration, PciAddress address) {
    if ((configuration.read(address, 0) & 0xffff) == 0xffff) return std::nullopt;
    Device device{Function{.address = address.raw}};
    auto function = parse_function(address.raw, device.snapshot(configuration, Configuration::ports_size));
    if (!function) return std::nullopt;
    device.function_ = *std::move(function);
    if (!device.function_.is_bridge) device.measure_windows(configuration);
    return device;
}

std::vector<std::byte> Device::snapshot(const Configuration& configuration, u16 size) const {
    std::vector<std::byte> bytes(size);
    for (u16 place = 0; place < bytes.size(); place = offset(place, 4)) {
        const u32 word = configuration.read(at(), place);
        std::memcpy(bytes.data() + place, &word, sizeof word);
    }
    return bytes;
}

std::optional<u8> Device::bus_behind(const Configuration& configuration) const {
    constexpr u32 pci_bridge = 0x0604;
    if (!function_.is_bridge || function_.class_code >> 8 != pci_bridge) return std::nullopt;
    return static_cast<u8>(configuration.read(at(), bus_numbers) >> 8);
}

void Device::set_command(const Configuration& configuration, u16 set, u16 clear) const {
    const u16 now = configuration.read16(at(), pci::command);
    configuration.write16(at(), pci::command, static_cast<u16>((now & ~clear) | set));
}

void Device::measure_windows(const Configuration& configuration) {
    constexpr u32 display = 0x03, bridge = 0x06;
    const u32 kind = function_.class_code >> 16;
    if (kind == display || kind == bridge)
        return; // somebody may be using it: the kernel's screen, the machine
    const u16 command = configuration.read16(at(), pci::command);
    set_command(configuration, 0, pci::io_space | pci::memory_space | pci::bus_master);
    for (u32 n = 0; n < function_.windows.size(); ++n) {
        const u16 place = offset(pci::first_window, n * 4), second = offset(place, 4);
        const bool may_be_wide = n + 1 < function_.windows.size();
        const std::array<u32, 2> base{configuration.read(at(), place),
                                      may_be_wide ? configuration.read(at(), second) : 0};
        const bool wide = may_be_wide && (base[0] & 7) == 4;
        std::array<u32, 2> ones{};
        configuration.write(at(), place, ~u32{0});
        ones[0] = configuration.read(at(), place);
        configuration.write(at(), place, base[0]);
        if (wide) {
            configuration.write(at(), second, ~u32{0});
            ones[1] = configuration.read(at(), second);
            configuration.write(at(), second, base[1]);
        }
        if (parse_window(function_.windows[n], base, ones) && wide) ++n;
    }
    configuration.write16(at(), pci::command, command);
}

Result<> Device::stop(const Configuration& configuration, bool whole) {
    set_command(configuration, pci::no_line, pci::bus_master);
    if (function_.message_table_at != 0)
        configuration.write16(at(), offset(function_.message_table_at, message_control), table_masked);
    if (function_.messages_at != 0) {
        const u16 place = offset(function_.messages_at, message_control);
        const u16 control = configuration.read16(at(), place);
        configuration.write16(at(), place, static_cast<u16>(control & ~message_enable));
    }
    if (whole && function_.has_function_reset) return reset_function(configuration);
    return {};
}

Result<> Device::reset_function(const Configuration& configuration) const {
    // PCI Express 4.0, 6.6.2: after the order it may take 100 ms, and the windows' places are forgotten.
    constexpr u16 control = 8, start_reset = 1 << 15;
    std::array<u32, 6> windows{};
    for (u32 n = 0; n < windows.size(); ++n)
        windows[n] = configuration.read(at(), offset(pci::first_window, n * 4));
    const u16 place = offset(function_.express_at, control);
    configuration.write16(at(), place, configuration.read16(at(), place) | start_reset);
    TRY(sleep(milliseconds(100)));
    for (u32 n = 0; n < windows.size(); ++n)
        configuration.write(at(), offset(pci::first_window, n * 4), windows[n]);
    set_command(configuration, pci::no_line, pci::bus_master);
    return {};
}

void Device::open_windows(const Configuration& configuration) const {
    u16 spaces = 0;
    for (const Function::Window& window : function_.windows)
        if (window.exists()) spaces |= window.is_ports ? pci::io_space : pci::memory_space;
    set_command(configuration, spaces, 0);
}

Result<std::vector<Interrupt>> Device::make_interrupts(const Configuration& configuration,
                                                       const System& system, u64 count) const {
    if (function_.message_table) return fill_table(configuration, system, count);
    std::vector<Interrupt> interrupts;
    if (function_.messages_at != 0) {
        interrupts.push_back(TRY(use_message(configuration, system)));
    } else if (function_.line != 0 && function_.line != 0xff) {
        interrupts.emplace_back(TRY(invoke(abi::InterruptCreate{system.id(), {}, function_.line})).handle);
        set_command(configuration, 0, pci::no_line);
    }
    return interrupts;
}

Result<std::vector<Interrupt>> Device::fill_table(const Configuration& configuration, const System& system,
                                                  u64 count) const {
    const Function::MessageTable& table = *function_.message_table;
    const Function::Window& window = function_.windows[table.window];
    constexpr u64 entry_bytes = 16;
    const u64 first = align_down(table.offset, page_size);
    const u64 end = table.offset + table.entries * entry_bytes;
    if (!window.exists() || window.is_ports || end > window.size || window.base % page_size != 0)
        return fail(Error::bad_format);
    const Memory memory{
        TRY(invoke(abi::MemoryPhysical{
                system.id(), {}, PhysAddr{window.base + first}, PageCount::holding(end - first)}))
            .handle};
    const Mapping view = TRY(Mapping::whole(memory, abi::rights::memory::read | abi::rights::memory::write));
    const SharedArray<u32> words{view.bytes().subspan(table.offset - first)};
    const u16 control = offset(function_.message_table_at, message_control);
    configuration.write16(at(), control, table_enable | table_masked);
    std::vector<Interrupt> interrupts;
    for (u64 n = 0; n < std::min<u64>(count, table.entries); ++n) {
        auto made = TRY(MessageInterrupt::create(system, function_.address));
        words.set(n * 4, static_cast<u32>(made.address));
        words.set(n * 4 + 1, static_cast<u32>(made.address >> 32));
        words.set(n * 4 + 2, static_cast<u32>(made.data));
        words.set(n * 4 + 3, 0); // not masked
        interrupts.push_back(std::move(made.interrupt));
    }
    configuration.write16(at(), control, table_enable);
    return interrupts;
}

Result<Interrupt> Device::use_message(const Configuration& configuration, const System& system) const {
    auto made = TRY(MessageInterrupt::create(system, function_.address));
    const u16 place = function_.messages_at;
    const u16 control = configuration.read16(at(), offset(place, message_control));
    const bool wide = (control & message_wide) != 0;
    configuration.write(at(), offset(place, 4), static_cast<u32>(made.address));
    if (wide) configuration.write(at(), offset(place, 8), static_cast<u32>(made.address >> 32));
    configuration.write16(at(), offset(place, wide ? 12 : 8), static_cast<u16>(made.data));
    constexpr u16 how_many = 7 << 4; // one
    configuration.write16(at(), offset(place, message_control),
                          static_cast<u16>((control & ~how_many) | message_enable));
    return std::move(made.interrupt);
}

} // namespace pith::os::devices
