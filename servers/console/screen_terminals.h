#pragma once

#include "servers/console/emulator.h"
#include "servers/console/keyboard.h"
#include "servers/console/terminal.h"

#include <memory>

namespace pith::os::console {

/// The terminals that share the screen and the keyboard: one is shown, and typed at, at a time.
class ScreenTerminals {
  public:
    static constexpr u64 count = protocol::screen_terminals;

    /// Takes a canvas that shows nothing yet.
    explicit ScreenTerminals(Canvas canvas);

    /// Null: there is none of this number, which counts from 1.
    [[nodiscard]] Terminal* find(u64 number);
    [[nodiscard]] const Canvas& canvas() const { return canvas_; }
    /// Text for the first terminal from before somebody uses it.
    void show_first(std::string_view text);
    /// Keys, as protocol::Keys has them; which lights shall be on.
    [[nodiscard]] u8 press(std::string_view keys);
    /// As protocol::KeysReply has them.
    [[nodiscard]] u8 lights() const {
        return static_cast<u8>(keyboard_.lights() | (shown().is_held ? 1 : 0));
    }
    [[nodiscard]] bool choose_keymap(std::string_view name) { return keyboard_.choose(name); }
    void settle();

    /// Whether the picture on the screen is out of date.
    [[nodiscard]] bool changed() const { return shown().emulator.changed(); }
    void paint() { shown().emulator.paint(canvas_); }

  private:
    /// One terminal: text passes through an emulator, which is what types, too.
    struct Place final : Output {
        Place(u32 rows, u32 columns) : emulator{rows, columns}, terminal{*this, protocol::Mode::terminal} {}
        [[nodiscard]] u64 put(std::string_view text) override;
        void take_typed();

        Emulator emulator;
        Terminal terminal;
        std::string typed;    ///< that the terminal has had no room for yet
        bool is_held = false; ///< Scroll Lock: what is written waits
    };

    [[nodiscard]] Place& shown() const { return *places_[shown_]; }
    void act(const KeyAction& action);

    Canvas canvas_;
    Keyboard keyboard_;
    std::array<std::unique_ptr<Place>, count> places_;
    std::size_t shown_ = 0;
};

} // namespace pith::os::console
