#include "servers/init/supervisor.h"

#include "os/log.h"
#include "os/message.h"
#include "os/spawn.h"
#include "os/system.h"
#include "os/time.h"

#include <algorithm>

namespace pith::os::init {
namespace {

abi::Rights rights_of(const GrantRule& grant) {
    namespace budget = abi::rights::budget;
    switch (grant.source) {
    case Source::ports: return abi::rights::io_ports::use;
    case Source::interrupt: return abi::rights::interrupt::use;
    case Source::system: return grant.rights;
    case Source::initrd: return abi::rights::memory::read;
    case Source::screen: return abi::rights::memory::read | abi::rights::memory::write;
    case Source::kept: return abi::rights::memory::read | abi::rights::memory::write | abi::rights::copy;
    case Source::budget: // not its end: then it would be gone even for who has to restart it
        return abi::rights::copy | budget::spend | budget::split | budget::inspect | budget::reclaim;
    case Source::spare: return budget::spend | budget::inspect;
    case Source::connect:
    case Source::keeper:
    case Source::supervise: return abi::rights::endpoint::call | abi::rights::copy;
    }
    return abi::rights::none;
}

/// By which a service is known that has things kept.
constexpr u64 keeper_badge(u64 index) { return index + 1; }

} // namespace

Result<Supervisor> Supervisor::create(Means means, std::vector<Service> services) {
    Supervisor supervisor{std::move(means), TRY(Notification::create()), TRY(Endpoint::create())};
    TRY(supervisor.endpoint_.bind(supervisor.ends_));
    for (Service& rules : services) {
        Supervised service{.rules = std::move(rules)};
        if (const auto prepared = supervisor.prepare(service); !prepared)
            log("{}: {}", service.rules.name, prepared.error());
        supervisor.services_.push_back(std::move(service));
    }
    return supervisor;
}

Result<> Supervisor::prepare(Supervised& service) {
    const Service& rules = service.rules;
    service.devices.resize(rules.grants.size());
    if (rules.offers) service.endpoint = TRY(Endpoint::create());
    for (u64 i = 0; i < rules.grants.size(); ++i)
        service.devices[i] = TRY(make_device(rules.grants[i]));
    return {};
}

Result<Handle> Supervisor::make_device(const GrantRule& grant) const {
    const abi::Handle system = means_.system.id();
    if (grant.source == Source::ports)
        return Handle{TRY(invoke(abi::IoPortsCreate{system, {}, grant.first, grant.count})).handle};
    if (grant.source == Source::interrupt)
        return Handle{TRY(invoke(abi::InterruptCreate{system, {}, grant.first})).handle};
    if (grant.source == Source::screen) return make_screen();
    if (grant.source == Source::kept) return TRY(Memory::create(pages(grant.count)));
    return Handle{};
}

/// Empty where there is no screen.
Result<Handle> Supervisor::make_screen() const {
    const abi::HandleCopy to_list{means_.system.id(), abi::rights::system::list.raw, {}};
    const System system{TRY(invoke(to_list)).handle};
    const abi::ScreenEntry screen = TRY(system.info()).screen;
    if (screen.width == 0) return Handle{};
    const abi::MemoryPhysical memory{.system = means_.system.id(),
                                     .budget = {},
                                     .address = screen.address,
                                     .size = PageCount::holding(screen.size()),
                                     .cache = abi::CacheKind::write_combining};
    return Handle{TRY(invoke(memory)).handle};
}

const Budget& Supervisor::budget_of(const Supervised& service) const {
    return service.budget ? service.budget : means_.budget;
}

const Handle* Supervisor::granted(const Supervised& service, u64 grant_index) const {
    const GrantRule& grant = service.rules.grants[grant_index];
    switch (grant.source) {
    case Source::ports:
    case Source::interrupt:
    case Source::kept:
    case Source::screen: return &service.devices[grant_index];
    case Source::system: return &means_.system;
    case Source::initrd: return &means_.initrd_memory;
    case Source::budget: return &budget_of(service);
    case Source::spare: return &means_.budget;
    case Source::keeper:
    case Source::supervise: return &endpoint_;
    case Source::connect: break;
    }
    return &offered(grant);
}

const Endpoint& Supervisor::offered(const GrantRule& grant) const {
    return std::ranges::find(services_, grant.service, [](const Supervised& s) { return s.rules.name; })
        ->endpoint;
}

Result<> Supervisor::start(u64 index) {
    Supervised& service = services_[index];
    const Service& rules = service.rules;
    if (rules.memory_pages != 0 && !service.budget) {
        // Where the machine has less than all are promised, who comes last lives on what is left.
        if (auto own = means_.budget.split(pages(rules.memory_pages)))
            service.budget = *std::move(own);
        else
            log("{}: {}", rules.name, own.error());
    }
    std::vector<ChildGrant> grants;
    std::vector<Endpoint> connections(rules.grants.size()); // until the child has its copies
    for (u64 i = 0; i < rules.grants.size(); ++i) {
        const GrantRule& rule = rules.grants[i];
        const Handle* handle = granted(service, i);
        if (!*handle && rule.source == Source::screen) continue; // a machine without one
        if (!*handle)
            return fail(Error::closed); // a service that stays ended, or a device that was not there
        if (rule.source == Source::keeper)
            connections[i] = TRY(endpoint_.mint(keeper_badge(index), rights_of(rule)));
        else if (rule.badge != 0)
            connections[i] = TRY(offered(rule).mint(rule.badge, rights_of(rule)));
        if (connections[i]) handle = &connections[i];
        grants.push_back({rule.name, handle, rights_of(rule)});
    }
    if (rules.offers) grants.push_back({"serve", &service.endpoint});
    std::vector<std::string_view> arguments{rules.name};
    arguments.insert(arguments.end(), rules.arguments.begin(), rules.arguments.end());
    const Bytes image = TRY(means_.initrd.read(rules.program));
    service.process = TRY(spawn({.image = image,
                                 .arguments = arguments,
                                 .environment = means_.environment,
                                 .grants = grants,
                                 .budget = &budget_of(service),
                                 .priority = rules.priority}));
    return service.process.observe(ends_, u64{1} << index);
}

bool Supervisor::try_start(u64 index) {
    const auto started = start(index);
    if (!started) log("{} does not start: {}", services_[index].rules.name, started.error());
    return started.has_value();
}

/// Whoever serves answers any message, and one that no protocol has with an error. Who never does must not
/// keep the system from starting.
void Supervisor::await(const Supervised& service) {
    const auto deadline = from_now(milliseconds(2000));
    if (!deadline) return;
    Message question;
    question.words[0] = ~u32{0};
    question.count = 1;
    const auto answered = call(service.endpoint, question, *deadline);
    if (!answered) log("{} does not answer: {}", service.rules.name, answered.error());
}

void Supervisor::start_all() {
    for (u64 i = 0; i < services_.size(); ++i)
        if (try_start(i) && services_[i].rules.awaited) await(services_[i]);
}

Result<> Supervisor::run() { return serve<proto::keeping::Protocol>(endpoint_, *this); }

Result<Done> Supervisor::on(const proto::supervision::End& m, const Caller<proto::supervision::End>& caller) {
    if (caller.badge() != 0) return fail(Error::denied); // a service, which may have things kept
    const auto service = std::ranges::find_if(
        services_, [&](const Supervised& each) { return each.process && each.process.is(m.process); });
    if (service == services_.end()) return fail(Error::not_found);
    TRY(service->process.kill()); // what its rules say follows when its end is told
    return Done{};
}

Result<Supervisor::Supervised*> Supervisor::kept_by(u64 badge) {
    if (badge == 0) return fail(Error::denied); // somebody who may end services
    Supervised& service = services_[badge - keeper_badge(0)];
    service.kept.forget([](const Endpoint& each) { return !invoke(abi::HandleInfo{each.id()}); });
    return &service;
}

Result<Answer<proto::keeping::Keep>> Supervisor::on(const proto::keeping::Keep& m,
                                                    const Caller<proto::keeping::Keep>& caller,
                                                    Endpoint capability) {
    Supervised& service = *TRY(kept_by(caller.badge()));
    auto copy = TRY(capability.copy());
    TRY(service.kept.keep(m.bytes.view(), m.note, std::move(capability)));
    return Answer<proto::keeping::Keep>{{}, {std::move(copy)}};
}

Result<Answer<proto::keeping::At>> Supervisor::on(const proto::keeping::At& m,
                                                  const Caller<proto::keeping::At>& caller) {
    const auto* const entry = TRY(kept_by(caller.badge()))->kept.at(m.index);
    if (entry == nullptr) return fail(Error::not_found);
    return Answer<proto::keeping::At>{{entry->note, decltype(proto::keeping::Kept::bytes)::of(entry->name)},
                                      {TRY(entry->capability.copy())}};
}

Result<Done> Supervisor::on(const proto::keeping::Drop& m, const Caller<proto::keeping::Drop>& caller) {
    Supervised& service = *TRY(kept_by(caller.badge()));
    if (const auto dropped = service.kept.drop(m.bytes.view())) {
        TRY(dropped->revoke());
        return Done{};
    }
    auto& grants = service.rules.grants;
    const auto granted = std::ranges::find_if(grants, [&](const GrantRule& grant) {
        return grant.source == Source::connect && grant.name == m.bytes.view();
    });
    if (granted == grants.end()) return Done{}; // it was dropped already
    service.devices.erase(service.devices.begin() + (granted - grants.begin()));
    grants.erase(granted);
    return Done{};
}

void Supervisor::on_notification(u64 bits) {
    for (u64 i = 0; i < services_.size(); ++i) {
        if ((bits >> i & 1) == 0 || !services_[i].process) continue;
        if (const auto end = services_[i].process.status()) ended(i, *end);
    }
}

void Supervisor::ended(u64 index, const abi::ProcessStatus::Reply& end) {
    Supervised& service = services_[index];
    const bool by_itself = end.kind == static_cast<u64>(abi::ExitKind::exited);
    const EndRule rule = by_itself ? service.rules.exited : service.rules.failed;
    service.process = Process{};
    if (rule.action == EndRule::Action::power_off) return power_off(service, end);
    log("{} {}", service.rules.name, describe_end(end));
    end_budget(service);
    if (rule.action == EndRule::Action::ignore) return;
    if (service.restarts < rule.limit) {
        ++service.restarts;
        static_cast<void>(try_start(index)); // what went wrong is in the log
        return;
    }
    log("{} ended too often and stays ended", service.rules.name);
    // Whoever calls it hears that nobody will answer any more.
    service.endpoint = Endpoint{};
    service.kept = {};
    if (service.rules.exited.action == EndRule::Action::power_off) power_off(service, end);
}

/// Nothing stays of what the service left behind or has started: its successor has all of its memory.
void Supervisor::end_budget(Supervised& service) {
    if (!service.budget) return;
    const auto kept = service.budget.end();
    if (!kept)
        log("the memory of {} is not back: {}", service.rules.name, kept.error());
    else if (kept->raw > 0)
        log("{} pages of {} are still in use", kept->raw, service.rules.name);
    service.budget = Budget{};
}

void Supervisor::power_off(const Supervised& service, const abi::ProcessStatus::Reply& end) {
    log("{} ended with status {}", service.rules.name, shell_status(end));
    const auto off = invoke(abi::SystemPower{means_.system.id(), static_cast<u64>(abi::PowerAction::off)});
    if (!off) log("the machine cannot be powered off: {}", off.error());
}

} // namespace pith::os::init
