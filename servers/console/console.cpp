#include "servers/console/console.h"

namespace pith::os::console {
namespace {

constexpr Duration between_pictures = milliseconds(15);

} // namespace

Result<Terminal*> Console::find(u64 badge) {
    const u64 number = protocol::terminal_of(badge);
    if (number == protocol::serial_terminal) return &serial_;
    Terminal* const terminal = screen_ ? screen_->find(number) : nullptr;
    if (!terminal) return fail(Error::not_found);
    return terminal;
}

void Console::settle() {
    line_.exchange(serial_);
    if (screen_) screen_->settle();
    paint();
}

void Console::paint() {
    if (!screen_ || !screen_->changed() || paint_is_due_) return;
    const Instant now = clock_.now();
    if (now < next_paint_ && timer_.set(next_paint_)) {
        paint_is_due_ = true;
        return;
    }
    screen_->paint();
    next_paint_ = clock_.now() + between_pictures;
}

MaybeAnswer<protocol::Write> Console::on(const protocol::Write& m, const Caller<protocol::Write>& caller) {
    const auto terminal = find(caller.badge());
    if (!terminal) return fail(terminal.error());
    auto answer = (*terminal)->write(m, caller);
    settle();
    return answer;
}

MaybeAnswer<protocol::Read> Console::on(const protocol::Read& m, const Caller<protocol::Read>& caller) {
    const auto terminal = find(caller.badge());
    if (!terminal) return fail(terminal.error());
    settle();
    return (*terminal)->read(m, caller);
}

Result<protocol::ReadReply> Console::on(const protocol::ReadTyped& m,
                                        const Caller<protocol::ReadTyped>& caller) {
    Terminal* const terminal = TRY(find(caller.badge()));
    settle();
    return terminal->read_typed(m.most);
}

Result<protocol::ModeReply> Console::on(const protocol::GetMode&, const Caller<protocol::GetMode>& caller) {
    const Terminal* const terminal = TRY(find(caller.badge()));
    const bool on_screen = terminal != &serial_;
    return protocol::ModeReply{static_cast<u64>(terminal->mode()),
                               on_screen ? screen_->canvas().columns() : 0,
                               on_screen ? screen_->canvas().rows() : 0};
}

Result<Done> Console::on(const protocol::WatchInterrupt& m, const Caller<protocol::WatchInterrupt>& caller,
                         Notification notification) {
    TRY(find(caller.badge()))->watch(m, caller.badge(), std::move(notification));
    settle();
    return Done{};
}

Result<Done> Console::on(const protocol::SetInput& m, const Caller<protocol::SetInput>& caller) {
    if (m.mode > static_cast<u64>(protocol::InputMode::edited)) return fail(Error::bad_argument);
    TRY(find(caller.badge()))->set_input(static_cast<protocol::InputMode>(m.mode));
    settle();
    return Done{};
}

Result<protocol::KeysReply> Console::on(const protocol::Keys& m, const Caller<protocol::Keys>& caller) {
    if (protocol::terminal_of(caller.badge()) != protocol::keyboard) return fail(Error::denied);
    if (!screen_) return protocol::KeysReply{};
    const u8 lights = screen_->press(m.bytes.view());
    paint();
    return protocol::KeysReply{lights};
}

Result<Done> Console::on(const protocol::SetKeymap& m, const Caller<protocol::SetKeymap>&) {
    if (!screen_ || !screen_->choose_keymap(m.bytes.view())) return fail(Error::not_found);
    return Done{};
}

void Console::on_gone(u64 badge) {
    if (const auto terminal = find(badge)) (*terminal)->forget(badge);
    settle();
}

void Console::on_notification(u64 bits) {
    if ((bits & Uart::interrupt_bit) != 0 && !line_.on_interrupt())
        log_line("the interrupt cannot be acknowledged");
    if ((bits & paint_bit) != 0) {
        paint_is_due_ = false;
        next_paint_ = {};
    }
    settle();
}

} // namespace pith::os::console
