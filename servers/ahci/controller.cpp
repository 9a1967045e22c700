#include "servers/ahci/controller.h"

#include "os/log.h"
#include "os/time.h"

namespace pith::os::ahci {

Result<Controller> Controller::open(proto::Device device, const Notification& interrupts) {
    const Registers registers = TRY(device.registers(window));
    Controller controller{std::move(device), registers};
    TRY(controller.reset_all());
    TRY(controller.device_.enable_dma());
    TRY(controller.find_disks());
    TRY(controller.device_.listen(interrupts, interrupt_bit));
    registers.write<Causes>(~u32{0});
    registers.write<Control>(registers.read<Control>() | interrupts_on);
    return controller;
}

Result<> Controller::reset_all() {
    // AHCI 1.3.1, 10.4.3: it is done within a second.
    registers_.write<Control>(registers_.read<Control>() | ahci_on);
    registers_.write<Control>(ahci_on | reset);
    for (u32 waited = 0; (registers_.read<Control>() & reset) != 0; ++waited) {
        if (waited == 1000) return fail(Error::timed_out);
        TRY(sleep(milliseconds(1)));
    }
    registers_.write<Control>(ahci_on);
    return {};
}

Result<> Controller::find_disks() {
    const u32 capabilities = registers_.read<Capabilities>();
    const u32 slots = (capabilities >> 8 & 31) + 1;
    const bool wide = capabilities >> 31 != 0;
    if (!wide) return fail(Error::unsupported); // memory may lie above 4 GiB
    const u32 existing = registers_.read<Ports>();
    TRY(sleep(milliseconds(10))); // after a reset, disks take that long to answer (Serial ATA 3.0, 8.4.1)
    for (u32 number = 0; number < 32; ++number) {
        if ((existing >> number & 1) == 0) continue;
        const Registers registers = TRY(registers_.part(ports_at + number * port_bytes, port_bytes));
        auto port = Port::open(registers, device_.dma(), slots);
        if (port)
            ports_.push_back(*std::move(port));
        else if (port.error() != Error::not_found)
            log("port {}: {}", number, port.error());
    }
    return {};
}

} // namespace pith::os::ahci
