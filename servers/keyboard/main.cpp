// The PS/2 keyboard's driver: scan codes become key events, which the console gets.
#include "base/environment.h"
#include "proto/console.h"
#include "servers/keyboard/controller.h"

using namespace pith;

namespace pith::os::keyboard {
namespace {

/// Tells the console; which lights it wants.
u8 report(const proto::console::Client& console, std::span<const KeyEvent> events) {
    proto::console::Keys keys;
    for (const KeyEvent& event : events)
        keys.bytes.data[keys.bytes.length++] = static_cast<char>(event.key | (event.pressed ? 0 : 0x80));
    // A console that is being started anew misses a key.
    const auto answer = console.call(keys);
    return answer ? static_cast<u8>(answer->lights & 7) : u8{0};
}

Result<> run(Controller& controller, const proto::console::Client& console,
             const Notification& notification) {
    ScanDecoder decoder{controller.set()};
    u8 lights = 0;
    for (;;) {
        TRY(notification.wait());
        std::vector<KeyEvent> events;
        for (const u8 byte : controller.take_bytes())
            if (const auto event = decoder.feed(byte)) events.push_back(*event);
        TRY(controller.acknowledge());
        u8 wanted = lights;
        for (std::span<const KeyEvent> rest = events; !rest.empty();) {
            const auto part = rest.first(std::min<std::size_t>(rest.size(), proto::console::Keys::most));
            wanted = report(console, part);
            rest = rest.subspan(part.size());
        }
        if (wanted != lights) controller.set_lights(lights = wanted);
    }
}

} // namespace
} // namespace pith::os::keyboard

Result<int> program_main(os::Start& start) {
    const auto console = TRY(start.take<proto::console::Client>("console"));
    const os::Notification notification = TRY(os::Notification::create());
    const bool translated = Environment{start.environment()}.get("keyboard") == "translated";
    auto controller = os::keyboard::Controller::open(start, notification, translated);
    if (!controller) {
        os::log_line("no PS/2 keyboard");
        return 0;
    }
    os::log_line(controller->set() == os::keyboard::ScanSet::two ? "ready, scan code set 2"
                                                                 : "ready, scan code set 1 by translation");
    TRY(os::keyboard::run(*controller, console, notification));
    return 0;
}
