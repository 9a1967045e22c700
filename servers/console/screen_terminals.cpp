#include "servers/console/screen_terminals.h"

namespace pith::os::console {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

constexpr std::size_t most_typed = 4096; ///< that wait for a program which does not read

} // namespace

ScreenTerminals::ScreenTerminals(Canvas canvas) : canvas_{std::move(canvas)} {
    for (auto& place : places_)
        place = std::make_unique<Place>(canvas_.rows(), canvas_.columns());
}

u64 ScreenTerminals::Place::put(std::string_view text) {
    if (is_held) return 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t length = std::min(rest.find('\n'), rest.size());
        emulator.write(rest.substr(0, length));
        rest.remove_prefix(length);
        if (rest.empty()) break;
        emulator.write("\r\n");
        rest.remove_prefix(1);
    }
    return text.size();
}

void ScreenTerminals::Place::take_typed() {
    typed += emulator.take_said();
    std::size_t taken = 0;
    while (taken < typed.size() && terminal.has_room())
        terminal.type(typed[taken++]);
    typed.erase(0, taken);
    if (typed.size() > most_typed) typed.resize(most_typed);
    terminal.settle();
}

Terminal* ScreenTerminals::find(u64 number) {
    return number >= 1 && number <= count ? &places_[number - 1]->terminal : nullptr;
}

void ScreenTerminals::show_first(std::string_view text) { static_cast<void>(places_[0]->put(text)); }

void ScreenTerminals::act(const KeyAction& action) {
    std::visit(
        Overloaded{
            [](std::monostate) {},
            [&](const TypedCharacter& typed) { shown().emulator.press(typed.character, typed.modifiers); },
            [&](const TypedKey& typed) { shown().emulator.press(typed.key, typed.modifiers, typed.number); },
            [&](const SwitchTerminal& to) {
                if (to.number < 1 || to.number > count) return;
                shown_ = to.number - 1;
                shown().emulator.touch();
            },
            [&](const ScrollView& by) {
                const int page = static_cast<int>(canvas_.rows() / 2);
                shown().emulator.scroll_view(by.pages * page);
            },
            [&](HoldOutput) { shown().is_held = !shown().is_held; }},
        action);
}

u8 ScreenTerminals::press(std::string_view keys) {
    for (const char c : keys) {
        const auto code = static_cast<u8>(c);
        for (const KeyAction& action : keyboard_.feed(code & 0x7f, (code & 0x80) == 0))
            act(action);
    }
    settle();
    return lights();
}

void ScreenTerminals::settle() {
    for (const auto& place : places_)
        place->take_typed();
}

} // namespace pith::os::console
