#pragma once

#include "os/dma.h"
#include "servers/devices/configuration.h"
#include "servers/devices/function.h"

namespace pith::os::devices {

/// What may be done to a function's configuration space, and nobody but the device server may do.
class Device {
  public:
    /// Whatever is there at this address, its windows measured.
    [[nodiscard]] static std::optional<Device> find(const Configuration& configuration, PciAddress address);

    [[nodiscard]] const Function& function() const { return function_; }
    /// The first `size` bytes of its configuration space, as they are now.
    [[nodiscard]] std::vector<std::byte> snapshot(const Configuration& configuration, u16 size) const;
    /// All of it that can be reached.
    [[nodiscard]] std::vector<std::byte> snapshot(const Configuration& configuration) const {
        return snapshot(configuration, configuration.size(at()));
    }
    /// The bus behind it, of a bridge.
    [[nodiscard]] std::optional<u8> bus_behind(const Configuration& configuration) const;

    /// Nothing that it does reaches memory or a processor any more. With `whole`, it also forgets what it was
    /// doing, where it can be reset by itself.
    [[nodiscard]] Result<> stop(const Configuration& configuration, bool whole);
    /// Its registers answer; it does not reach memory yet.
    void open_windows(const Configuration& configuration) const;
    void let_reach_memory(const Configuration& configuration) const {
        set_command(configuration, pci::bus_master, 0);
    }
    /// Makes up to `count` interrupts for it, by table, by message or by its line, whichever it has.
    [[nodiscard]] Result<std::vector<Interrupt>> make_interrupts(const Configuration& configuration,
                                                                 const System& system, u64 count) const;

  private:
    explicit Device(Function function) : function_{std::move(function)} {}
    [[nodiscard]] PciAddress at() const { return {function_.address}; }
    void measure_windows(const Configuration& configuration);
    void set_command(const Configuration& configuration, u16 set, u16 clear) const;
    [[nodiscard]] Result<> reset_function(const Configuration& configuration) const;
    [[nodiscard]] Result<std::vector<Interrupt>> fill_table(const Configuration& configuration,
                                                            const System& system, u64 count) const;
    [[nodiscard]] Result<Interrupt> use_message(const Configuration& configuration,
                                                const System& system) const;

    Function function_;
};

} // namespace pith::os::devices
