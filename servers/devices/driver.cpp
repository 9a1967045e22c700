#include "servers/devices/driver.h"

#include "os/exit_status.h"
#include "os/log.h"
#include "os/spawn.h"
#include "proto/device.h"

#include <memory>

namespace pith::os::devices {
namespace {

namespace grant = proto::device_grant;

/// The grants of one driver while they are collected: names and handles stay where they are.
class Grants {
  public:
    void add(std::string_view name, Handle handle, abi::Rights rights) {
        owned_.push_back(std::make_unique<Handle>(std::move(handle)));
        lend(name, *owned_.back(), rights);
    }
    void lend(std::string_view name, const Handle& handle, abi::Rights rights) {
        names_.push_back(std::make_unique<Text<24>>(name));
        grants_.push_back({names_.back()->view(), &handle, rights});
    }
    [[nodiscard]] std::span<const ChildGrant> all() const { return grants_; }

  private:
    std::vector<std::unique_ptr<Handle>> owned_;
    std::vector<std::unique_ptr<Text<24>>> names_;
    std::vector<ChildGrant> grants_;
};

constexpr abi::Rights both = abi::rights::memory::read | abi::rights::memory::write;

Result<> add_windows(Grants& grants, const System& system, const Function& function) {
    for (const Part& part : parts_for_driver(function)) {
        const PhysAddr base{function.windows[part.window].base + part.offset};
        const auto made =
            TRY(invoke(abi::MemoryPhysical{system.id(), {}, base, PageCount::holding(part.size)}));
        grants.add(grant::name(grant::window, part.window, part.offset), Handle{made.handle}, both);
    }
    for (u32 n = 0; n < function.windows.size(); ++n) {
        const Function::Window& window = function.windows[n];
        if (!window.exists() || !window.is_ports) continue;
        const auto made = TRY(invoke(abi::IoPortsCreate{system.id(), {}, window.base, window.size}));
        grants.add(grant::name(grant::ports, n, window.base), Handle{made.handle},
                   abi::rights::io_ports::use);
    }
    return {};
}

} // namespace

Result<> Driver::prepare(const Means& means) {
    endpoint_ = TRY(Endpoint::create());
    budget_ = TRY(means.budget.split(pages(rule_->memory_pages)));
    return {};
}

Result<Memory> Driver::copy_configuration(const Means& means) const {
    Memory memory = TRY(Memory::create(pages(1), budget_));
    const Mapping view = TRY(Mapping::whole(memory, both));
    const auto bytes = device_->snapshot(means.configuration);
    std::memcpy(view.bytes().data(), bytes.data(), bytes.size());
    return memory;
}

Result<> Driver::start(const Means& means, const Endpoint& server) {
    state_ = State::starting;
    auto process = spawn_driver(means, server);
    if (process) {
        process_ = *std::move(process);
        return process_.observe(means.ends, u64{1} << number_);
    }
    state_ = State::ended;
    log("{} does not start: {}", rule_->name, process.error());
    return fail(process.error());
}

Result<Process> Driver::spawn_driver(const Means& means, const Endpoint& server) {
    const Function& function = device_->function();
    TRY(device_->stop(means.configuration, restarts_ != 0));
    // Whatever its last driver had mapped is free now; that there was none is no error.
    static_cast<void>(DmaDomain::reset(means.system, function.address));
    device_->open_windows(means.configuration);

    Grants grants;
    TRY(add_windows(grants, means.system, function));
    auto interrupts = TRY(device_->make_interrupts(means.configuration, means.system, rule_->interrupts));
    for (u64 n = 0; n < interrupts.size(); ++n)
        grants.add(grant::name(grant::interrupt, n), std::move(interrupts[n]), abi::rights::interrupt::use);
    grants.add(grant::dma, TRY(DmaDomain::create(means.system, function.address, budget_)),
               abi::rights::dma_domain::map | abi::rights::dma_domain::inspect);
    grants.add(grant::configuration, TRY(copy_configuration(means)), abi::rights::memory::read);
    grants.add(grant::server,
               TRY(server.mint(proto::devices::badge::driver | number_,
                               abi::rights::endpoint::call | abi::rights::copy)),
               abi::rights::endpoint::call);
    grants.lend("serve", endpoint_, abi::rights::all);
    grants.lend("log", means.system, abi::rights::system::write_log);

    const std::array<std::string_view, 1> arguments{rule_->name};
    const Bytes image = TRY(means.initrd.read(rule_->program));
    return spawn({.image = image,
                  .arguments = arguments,
                  .environment = {},
                  .grants = grants.all(),
                  .budget = &budget_,
                  .priority = 22});
}

void Driver::end(const Means& means, const Endpoint& server) {
    const auto status = process_.status();
    if (!status) return;
    log("{} {}", rule_->name, describe_end(*status));
    process_ = Process{};
    // From here on it does no harm, whether or not somebody takes it over.
    if (const auto stopped = device_->stop(means.configuration, false); !stopped)
        log("{}: its device does not stop: {}", rule_->name, stopped.error());
    // One that cannot even begin is not helped by trying again and again.
    failures_ = state_ == State::ready || was_told_to_end_ ? 0 : failures_ + 1;
    was_told_to_end_ = false;
    if (restarts_ < rule_->restarts && failures_ < most_failures) {
        ++restarts_;
        static_cast<void>(start(means, server)); // said in the log
        return;
    }
    state_ = State::ended;
    log("{} ended too often and stays ended", rule_->name);
    endpoint_ = Endpoint{}; // whoever calls it hears that nobody will answer
}

} // namespace pith::os::devices
