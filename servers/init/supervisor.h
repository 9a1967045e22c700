#pragma once

#include "base/archive.h"
#include "os/exit_status.h"
#include "os/objects.h"
#include "os/server.h"
#include "os/start.h"
#include "proto/keeping.h"
#include "servers/init/kept.h"
#include "servers/init/table.h"

namespace pith::os::init {

/// What init holds of the system and hands on.
struct Means {
    Handle system;
    Memory initrd_memory;
    Budget budget;
    Archive initrd;
    std::string_view environment;
};

/// Starts the services of the table, and deals with each one's end as the table says.
class Supervisor {
  public:
    /// Borrows the table's text and the initrd for its own life.
    [[nodiscard]] static Result<Supervisor> create(Means means, std::vector<Service> services);
    void start_all();
    /// Returns only where waiting is not possible.
    [[nodiscard]] Result<> run();

    Result<Done> on(const proto::supervision::End& m, const Caller<proto::supervision::End>& caller);
    Result<Answer<proto::keeping::Keep>> on(const proto::keeping::Keep& m,
                                            const Caller<proto::keeping::Keep>& caller, Endpoint capability);
    Result<Answer<proto::keeping::At>> on(const proto::keeping::At& m,
                                          const Caller<proto::keeping::At>& caller);
    Result<Done> on(const proto::keeping::Drop& m, const Caller<proto::keeping::Drop>& caller);
    void on_notification(u64 bits);

  private:
    /// One service. What it was granted outlives the process, so that a successor gets the same; but its
    /// memory is made anew, because everything that was paid from it ends with the process.
    struct Supervised {
        Service rules;
        Endpoint endpoint{};           ///< where it offers something
        Budget budget{};               ///< while it runs, where the table gives it one
        std::vector<Handle> devices{}; ///< by place in rules.grants; empty for grants of other kinds
        Kept<Endpoint, proto::keeping::most> kept{}; ///< for its successors
        Process process{};
        u64 restarts = 0;
    };

    Supervisor(Means means, Notification ends, Endpoint endpoint)
        : means_{std::move(means)}, ends_{std::move(ends)}, endpoint_{std::move(endpoint)} {}
    [[nodiscard]] Result<> prepare(Supervised& service);
    [[nodiscard]] Result<Handle> make_device(const GrantRule& grant) const;
    [[nodiscard]] Result<Handle> make_screen() const;
    [[nodiscard]] Result<> start(u64 index);
    [[nodiscard]] const Endpoint& offered(const GrantRule& grant) const;
    [[nodiscard]] const Handle* granted(const Supervised& service, u64 grant_index) const;
    [[nodiscard]] const Budget& budget_of(const Supervised& service) const;
    [[nodiscard]] Result<Supervised*> kept_by(u64 badge);
    void ended(u64 index, const abi::ProcessStatus::Reply& end);
    static void end_budget(Supervised& service);
    bool try_start(u64 index);
    static void await(const Supervised& service);
    void power_off(const Supervised& service, const abi::ProcessStatus::Reply& end);

    Means means_;
    Notification ends_; ///< bit N: the service N has ended
    /// Where others ask for a service's end, and services to keep things: by badges from 1 on.
    Endpoint endpoint_;
    std::vector<Supervised> services_;
};

} // namespace pith::os::init
