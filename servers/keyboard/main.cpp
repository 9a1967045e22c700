// The PS/2 keyboard's driver: scan codes become key events, which the console gets.
#include "base/environment.h"
#include "proto/console.h"
#include "servers/keyboard/controller.h"
#include "servers/keyboard/hardware.h"

using namespace pith;

namespace pith::os::keyboard {
namespace {

/// Tells the console; which lights it wants. Nothing: it is being started anew, and misses these keys.
std::optional<u8> report(const proto::console::Client& console, std::span<const KeyEvent> events) {
    proto::console::Keys keys;
    for (const KeyEvent& event : events)
        keys.bytes.data[keys.bytes.length++] = static_cast<char>(event.key | (event.pressed ? 0 : 0x80));
    const auto answer = console.call(keys);
    if (!answer) return std::nullopt;
    return static_cast<u8>(answer->lights & 7);
}

Result<> run(const Hardware& hardware, Controller& controller, const proto::console::Client& console,
             const Notification& notification) {
    ScanDecoder decoder{controller.set()};
    std::optional<u8> lights; // nobody knows what they were before
    const auto tell = [&](std::span<const KeyEvent> events) {
        const auto wanted = report(console, events);
        if (wanted && wanted != lights) controller.set_lights(*(lights = wanted));
    };
    for (tell({});;) {
        TRY(notification.wait());
        std::vector<KeyEvent> events;
        for (const u8 byte : controller.take_bytes())
            if (const auto event = decoder.feed(byte)) events.push_back(*event);
        TRY(hardware.acknowledge());
        for (std::span<const KeyEvent> rest = events; !rest.empty();) {
            const auto part = rest.first(std::min<std::size_t>(rest.size(), proto::console::Keys::most));
            tell(part);
            rest = rest.subspan(part.size());
        }
    }
}

} // namespace
} // namespace pith::os::keyboard

Result<int> program_main(os::Start& start) {
    using namespace os::keyboard;
    const auto console = TRY(start.take<proto::console::Client>("console"));
    const os::Notification notification = TRY(os::Notification::create());
    const bool translated = Environment{start.environment()}.get("keyboard") == "translated";
    auto hardware = TRY(Hardware::open(start));
    Controller controller{hardware};
    if (!controller.set_up(translated)) {
        os::log_line("no PS/2 keyboard");
        return 0;
    }
    TRY(hardware.watch(notification));
    os::log_line(controller.set() == ScanSet::two ? "ready, scan code set 2"
                                                  : "ready, scan code set 1 by translation");
    TRY(run(hardware, controller, console, notification));
    return 0;
}
