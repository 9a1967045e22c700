#include "base/environment.h"
#include "servers/console/console.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
    const os::Notification notification = TRY(os::Notification::create());
    TRY(endpoint.bind(notification));
    os::console::Uart uart = TRY(os::console::Uart::open(start, notification));
    const bool plain = Environment{start.environment()}.get("terminal") == "plain";
    os::console::Console console{std::move(uart),
                                 plain ? proto::console::Mode::plain : proto::console::Mode::terminal};
    console.start();
    os::log_line("ready");
    TRY(os::serve<proto::console::Protocol>(endpoint, console));
    return 0;
}
