#include "servers/keyboard/controller.h"

#include <bit>
#include <utility>

namespace pith::os::keyboard {
namespace {

// Commands to the controller.
constexpr u8 read_configuration = 0x20, write_configuration = 0x60;
constexpr u8 disable_mouse = 0xa7, disable_keyboard = 0xad, enable_keyboard = 0xae;
// Its configuration byte.
constexpr u8 keyboard_interrupt = 1, mouse_interrupt = 2, keyboard_disabled = 0x10, translation = 0x40;
// Commands to the keyboard, and what it answers.
constexpr u8 set_leds = 0xed, choose_set = 0xf0, enable_scanning = 0xf4;
constexpr u8 acknowledged = 0xfa, again = 0xfe;

/// A keyboard answers within 20 ms (the reference, "Command response").
constexpr u32 longest_answer = 20;
constexpr u64 most_stale_bytes = 64;

} // namespace

Result<> Controller::set_up(bool translated) {
    if (std::bit_cast<u8>(ports_.status()) == 0xff) return fail(Error::not_found); // an empty bus
    TRY(command(disable_keyboard));
    TRY(command(disable_mouse));
    for (u64 n = 0; ports_.status().output_full != 0 && n < most_stale_bytes; ++n)
        static_cast<void>(ports_.read_data());
    TRY(command(read_configuration));
    u8 configuration = TRY(read());
    const auto wanted =
        static_cast<u8>(configuration & ~(keyboard_interrupt | mouse_interrupt | translation));
    TRY(command(write_configuration));
    TRY(write(translated ? wanted | translation : wanted));
    // Some controllers translate whatever they are told.
    TRY(command(read_configuration));
    configuration = TRY(read());
    set_ = (configuration & translation) != 0 ? ScanSet::one : ScanSet::two;
    TRY(command(enable_keyboard));
    // A keyboard that does not answer, because none is plugged in, may be later: set 2 is how it starts.
    if (send(choose_set)) static_cast<void>(send(2));
    static_cast<void>(send(enable_scanning));
    TRY(command(write_configuration));
    return write(static_cast<u8>((configuration | keyboard_interrupt) & ~keyboard_disabled));
}

template <class Condition>
Result<> Controller::wait_until(Condition condition) {
    for (u32 milliseconds = 0; !condition(); ++milliseconds) {
        if (milliseconds == longest_answer) return fail(Error::timed_out);
        TRY(ports_.pause());
    }
    return {};
}

Result<> Controller::command(u8 byte) {
    TRY(wait_until([&] { return ports_.status().input_full == 0; }));
    ports_.write_command(byte);
    return {};
}

Result<> Controller::write(u8 byte) {
    TRY(wait_until([&] { return ports_.status().input_full == 0; }));
    ports_.write_data(byte);
    return {};
}

Result<u8> Controller::read() {
    TRY(wait_until([&] { return ports_.status().output_full != 0; }));
    return ports_.read_data();
}

Result<u8> Controller::answer() {
    for (u64 n = 0; n < most_stale_bytes; ++n) {
        const u8 byte = TRY(read());
        if (byte == acknowledged || byte == again) return byte;
        arrived_.push_back(byte); // a key, meanwhile
    }
    return fail(Error::input_output);
}

Result<> Controller::send(u8 byte) {
    constexpr u32 attempts = 3;
    for (u32 attempt = 0; attempt < attempts; ++attempt) {
        TRY(write(byte));
        if (TRY(answer()) == acknowledged) return {};
    }
    return fail(Error::input_output);
}

const std::vector<u8>& Controller::take_bytes() {
    constexpr u64 most = 256; // a device that has ever more to say does not hold up the rest
    for (u64 n = 0; n < most; ++n) {
        const Ports::Status status = ports_.status();
        if (status.output_full == 0) break;
        const u8 byte = ports_.read_data();
        if (status.from_mouse == 0) arrived_.push_back(byte);
    }
    taken_.clear();
    std::swap(arrived_, taken_);
    return taken_;
}

void Controller::set_lights(u8 lights) {
    if (send(set_leds)) static_cast<void>(send(lights));
}

} // namespace pith::os::keyboard
