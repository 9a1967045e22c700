#include "base/bytes.h"
#include "base/environment.h"
#include "os/system.h"
#include "servers/console/console.h"

using namespace pith;

extern "C" const std::byte screen_font[], screen_font_end[];

namespace pith::os::console {
namespace {

/// Lines that the kernel has shown so far go on standing there.
void show_log(ScreenTerminals& screen, const System& system) {
    for (u64 from = 0;;) {
        const auto part = invoke(abi::LogRead{system.id(), from});
        if (!part || part->length == 0) return;
        screen.show_first(as_text(std::as_bytes(std::span{message_buffer().results}).first(part->length)));
        from = part->next;
    }
}

struct Screen {
    Mapping pixels;
    std::unique_ptr<ScreenTerminals> terminals; ///< null: the machine has no screen
};

Result<Screen> open_screen(Start& start, const Environment& environment) {
    const auto memory = start.take<Memory>("screen");
    if (!memory) return Screen{};
    const auto system = TRY(start.take<System>("system"));
    const abi::ScreenEntry geometry = TRY(system.info()).screen;
    Mapping pixels = TRY(Mapping::whole(*memory, abi::rights::memory::read | abi::rights::memory::write));
    const auto font = TRY(PsfFont::parse({screen_font, screen_font_end}));
    auto terminals = std::make_unique<ScreenTerminals>(TRY(Canvas::create(pixels.bytes(), geometry, font)));
    if (const auto keymap = environment.get("keymap"); keymap && !terminals->choose_keymap(*keymap))
        log_line("no such keymap");
    show_log(*terminals, system);
    return Screen{std::move(pixels), std::move(terminals)};
}

} // namespace
} // namespace pith::os::console

Result<int> program_main(os::Start& start) {
    using namespace os::console;
    const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
    const os::Notification notification = TRY(os::Notification::create());
    TRY(endpoint.bind(notification));
    const Environment environment{start.environment()};
    const bool plain = environment.get("terminal") == "plain";
    const auto mode = plain ? proto::console::Mode::plain : proto::console::Mode::terminal;
    SerialLine line{TRY(Uart::open(start, notification)), mode};
    auto screen = open_screen(start, environment);
    if (!screen) os::log_line("the screen cannot be used");
    Console console{std::move(line), mode, screen ? std::move(screen->terminals) : nullptr,
                    TRY(os::Clock::open()), TRY(os::Timer::create(notification, Console::paint_bit))};
    console.start();
    os::log_line("ready");
    TRY(os::serve<proto::console::Protocol>(endpoint, console));
    return 0;
}
