#include "servers/console/emulator.h"

#include <algorithm>
#include <new>
#include <vterm.h>

namespace pith::os::console {
namespace {

constexpr u32 default_foreground = 0xd8d8d8, default_background = 0x000000;

void* allocate(std::size_t size, void*) {
    void* memory = operator new(size); // without memory the process ends: libvterm could not go on either
    std::fill_n(static_cast<std::byte*>(memory), size, std::byte{});
    return memory;
}
void release(void* memory, void*) { operator delete(memory); }

VTermAllocatorFunctions allocator{.malloc = allocate, .free = release};

u32 rgb(const VTermScreen* screen, VTermColor colour) {
    vterm_screen_convert_color_to_rgb(screen, &colour);
    return u32{colour.rgb.red} << 16 | u32{colour.rgb.green} << 8 | colour.rgb.blue;
}

Cell cell_of(const VTermScreen* screen, const VTermScreenCell& from) {
    Cell cell{.character = from.chars[0] == 0 || from.chars[0] == ~u32{0} ? U' ' : char32_t{from.chars[0]},
              .foreground = rgb(screen, from.fg),
              .background = rgb(screen, from.bg),
              .underlined = from.attrs.underline != 0};
    if (from.attrs.reverse != 0) std::swap(cell.foreground, cell.background);
    if (cell.character == U' ' && !cell.underlined)
        cell.foreground = cell.background; // all blanks look alike
    return cell;
}

VTermModifier modifier(Modifiers modifiers) {
    return static_cast<VTermModifier>((modifiers.shift ? VTERM_MOD_SHIFT : 0) |
                                      (modifiers.alt ? VTERM_MOD_ALT : 0) |
                                      (modifiers.control ? VTERM_MOD_CTRL : 0));
}

VTermKey key_of(SpecialKey key, u32 number) {
    switch (key) {
    case SpecialKey::enter: return VTERM_KEY_ENTER;
    case SpecialKey::tab: return VTERM_KEY_TAB;
    case SpecialKey::backspace: return VTERM_KEY_BACKSPACE;
    case SpecialKey::escape: return VTERM_KEY_ESCAPE;
    case SpecialKey::up: return VTERM_KEY_UP;
    case SpecialKey::down: return VTERM_KEY_DOWN;
    case SpecialKey::left: return VTERM_KEY_LEFT;
    case SpecialKey::right: return VTERM_KEY_RIGHT;
    case SpecialKey::insert: return VTERM_KEY_INS;
    case SpecialKey::del: return VTERM_KEY_DEL;
    case SpecialKey::home: return VTERM_KEY_HOME;
    case SpecialKey::end: return VTERM_KEY_END;
    case SpecialKey::page_up: return VTERM_KEY_PAGEUP;
    case SpecialKey::page_down: return VTERM_KEY_PAGEDOWN;
    case SpecialKey::function: return static_cast<VTermKey>(VTERM_KEY_FUNCTION_0 + static_cast<int>(number));
    }
    return VTERM_KEY_NONE;
}

} // namespace

/// What libvterm tells; `user` is the emulator.
struct Emulator::Callbacks {
    static Emulator& self(void* user) { return *static_cast<Emulator*>(user); }
    static int damage(VTermRect, void* user) {
        self(user).changed_ = true;
        return 1;
    }
    static int move_cursor(VTermPos to, VTermPos, int, void* user) {
        self(user).cursor_row_ = static_cast<u32>(to.row);
        self(user).cursor_column_ = static_cast<u32>(to.col);
        self(user).changed_ = true;
        return 1;
    }
    static int set_property(VTermProp property, VTermValue* value, void* user) {
        if (property == VTERM_PROP_CURSORVISIBLE) {
            self(user).cursor_visible_ = value->boolean != 0;
            self(user).changed_ = true;
        }
        return 1;
    }
    static int push_line(int count, const VTermScreenCell* cells, void* user) {
        Line line;
        for (const VTermScreenCell& cell : std::span{cells, static_cast<std::size_t>(count)})
            line.push_back(cell_of(self(user).screen_, cell));
        self(user).keep(std::move(line));
        return 1;
    }
    static void say(const char* bytes, std::size_t count, void* user) {
        self(user).said_.append(bytes, count);
    }
};

void Emulator::Free::operator()(VTerm* terminal) const { vterm_free(terminal); }

Emulator::Emulator(u32 rows, u32 columns)
    : rows_{rows},
      columns_{columns},
      terminal_{
          vterm_new_with_allocator(static_cast<int>(rows), static_cast<int>(columns), &allocator, nullptr)},
      screen_{vterm_obtain_screen(terminal_.get())} {
    static constexpr VTermScreenCallbacks callbacks{.damage = Callbacks::damage,
                                                    .moverect = nullptr,
                                                    .movecursor = Callbacks::move_cursor,
                                                    .settermprop = Callbacks::set_property,
                                                    .bell = nullptr,
                                                    .resize = nullptr,
                                                    .sb_pushline = Callbacks::push_line,
                                                    .sb_popline = nullptr};
    vterm_set_utf8(terminal_.get(), 1);
    vterm_output_set_callback(terminal_.get(), Callbacks::say, this);
    VTermState* const state = vterm_obtain_state(terminal_.get());
    const auto colour = [](u32 value) {
        VTermColor made;
        vterm_color_rgb(&made, static_cast<u8>(value >> 16), static_cast<u8>(value >> 8),
                        static_cast<u8>(value));
        return made;
    };
    const VTermColor foreground = colour(default_foreground), background = colour(default_background);
    vterm_state_set_default_colors(state, &foreground, &background);
    vterm_state_set_bold_highbright(state, 1);
    vterm_screen_set_callbacks(screen_, &callbacks, this);
    vterm_screen_set_damage_merge(screen_, VTERM_DAMAGE_SCREEN);
    vterm_screen_enable_altscreen(screen_, 1);
    vterm_screen_reset(screen_, 1);
}

Emulator::~Emulator() = default;

void Emulator::write(std::string_view text) {
    vterm_input_write(terminal_.get(), text.data(), text.size());
    vterm_screen_flush_damage(screen_);
    back_ = 0;
}

std::string Emulator::take_said() { return std::exchange(said_, {}); }

void Emulator::press(char32_t character, Modifiers modifiers) {
    scroll_view(-static_cast<int>(back_));
    vterm_keyboard_unichar(terminal_.get(), character, modifier(modifiers));
}

void Emulator::press(SpecialKey key, Modifiers modifiers, u32 number) {
    scroll_view(-static_cast<int>(back_));
    vterm_keyboard_key(terminal_.get(), key_of(key, number), modifier(modifiers));
}

void Emulator::keep(Line line) {
    const auto last = std::find_if(line.rbegin(), line.rend(), [](const Cell& cell) {
        return cell.character != U' ' || cell.underlined || cell.background != default_background;
    });
    line.erase(last.base(), line.end());
    line.shrink_to_fit();
    if (kept_.size() == most_lines_kept) kept_.pop_front();
    kept_.push_back(std::move(line));
}

void Emulator::scroll_view(int lines) {
    const auto wanted = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(back_) + lines, 0,
                                                   static_cast<std::ptrdiff_t>(kept_.size()));
    if (static_cast<std::size_t>(wanted) == back_) return;
    back_ = static_cast<std::size_t>(wanted);
    changed_ = true;
}

void Emulator::paint_kept(Canvas& canvas, u32 row, const Line& line) const {
    for (u32 column = 0; column < columns_; ++column)
        canvas.show(row, column, column < line.size() ? line[column] : Cell{});
}

void Emulator::paint_row(Canvas& canvas, u32 row, u32 of_screen) const {
    for (u32 column = 0; column < columns_; ++column) {
        VTermScreenCell from;
        vterm_screen_get_cell(screen_, {static_cast<int>(of_screen), static_cast<int>(column)}, &from);
        Cell cell = cell_of(screen_, from);
        const bool under_cursor = cursor_visible_ && of_screen == cursor_row_ && column == cursor_column_;
        if (under_cursor) cell = {cell.character, default_background, default_foreground};
        canvas.show(row, column, cell);
    }
}

void Emulator::paint(Canvas& canvas) {
    changed_ = false;
    for (u32 row = 0; row < rows_; ++row) {
        if (row < back_)
            paint_kept(canvas, row, kept_[kept_.size() - back_ + row]);
        else
            paint_row(canvas, row, row - static_cast<u32>(back_));
    }
}

} // namespace pith::os::console
