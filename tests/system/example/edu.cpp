// Drives QEMU's `edu` device, which computes factorials and says by an interrupt that it is done.
#include "factorial.h"
#include "os/server.h"
#include "proto/device.h"

using namespace pith;

namespace {

// The data sheet: docs/specs/edu.txt of QEMU.
using Operand = os::Register<u32, 0x08>;
using Status = os::Register<u32, 0x20>;
using Raised = os::Register<u32, 0x24, os::Access::read_only>;
using Lower = os::Register<u32, 0x64, os::Access::write_only>;
constexpr u32 raise_when_done = 0x80;

class Edu {
  public:
    Edu(proto::Device device, os::Registers registers) : device_{std::move(device)}, registers_{registers} {}

    os::MaybeAnswer<example::Compute> on(const example::Compute& m,
                                         const os::Caller<example::Compute>& caller) {
        if (waiting_) return fail(Error::busy);
        waiting_.emplace(TRY(caller.keep()));
        registers_.write<Status>(raise_when_done);
        registers_.write<Operand>(static_cast<u32>(m.n));
        return std::nullopt; // answered by the interrupt
    }
    void on_notification(u64 /*bits*/) {
        registers_.write<Lower>(registers_.read<Raised>());
        if (waiting_) waiting_->answer(example::Factorial{registers_.read<Operand>()});
        waiting_.reset();
        static_cast<void>(device_.acknowledge()); // the interrupt is the driver's as long as it lives
    }

  private:
    proto::Device device_;
    os::Registers registers_;
    std::optional<os::Pending<example::Compute>> waiting_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto interrupts = TRY(os::Notification::create());
    TRY(endpoint.bind(interrupts));
    auto device = TRY(proto::Device::open(start));
    const os::Registers registers = TRY(device.registers(0));
    TRY(device.listen(interrupts, 1));
    TRY(device.enable_dma()); // it begins nothing by itself; its interrupts are writes to memory, too
    TRY(device.server().call(proto::devices::Ready{}));
    Edu edu{std::move(device), registers};
    TRY(os::serve<example::Protocol>(endpoint, edu));
    return 0;
}
