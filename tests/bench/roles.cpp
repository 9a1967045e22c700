#include "roles.h"

#include "os/message.h"
#include "os/time.h"

namespace pith::bench {

Result<> play_role(os::Start& start, std::string_view role) {
    if (role == "spin") bench_spin();
    if (role == "fault") bench_fault();
    if (role == "foreign") bench_foreign(foreign_number);
    if (role == "signal" || role == "wait") {
        const os::Notification bell = TRY(start.take<os::Notification>("serve"));
        if (role == "signal") {
            // The core idles meanwhile: what its start has left is taken apart.
            const Instant later = TRY(os::from_now(milliseconds(4)));
            TRY(os::invoke(abi::Sleep{later}));
            bench_signal(bell.id().raw, abi::number_of<abi::NotificationSignal>);
        }
        for (;;)
            TRY(bell.wait());
    }
    const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
    if (role == "client") { // one of several, each of which calls in its turn
        os::Message message;
        for (;; TRY(os::invoke(abi::Yield{})))
            TRY(os::call(endpoint, message));
    }
    TRY(os::invoke(abi::SetBases{{0x1000}, {}})); // the other side's FS base differs
    const u64 extra = role.ends_with("64") ? 54 << 8 : 0;
    const u64 tag = 1 | extra;
    if (role == "stamped-handle") TRY(os::invoke(abi::AcceptHandles{1}));
    if (role == "sse") bench_serve_with_sse(endpoint.id().raw, tag);
    if (role.starts_with("stamped")) bench_serve_stamped(endpoint.id().raw, tag);
    bench_serve(endpoint.id().raw, tag);
}

Result<> switching_signal(const proto::Program& program, std::string_view path, std::string_view row) {
    const os::Notification bell = TRY(os::Notification::create());
    const os::Process signaller = TRY(start_role(program, path, bell, "signal", default_priority - 1));
    measure_row(program.terminal(), row,
                [&] { return bench_wait(bell.id().raw, abi::number_of<abi::NotificationWait>); });
    return signaller.kill();
}

} // namespace pith::bench
