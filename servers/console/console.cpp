#include "servers/console/console.h"

#include <algorithm>

namespace pith::os::console {
namespace {

constexpr char control_c = 3;

/// Adds behind the last; false where all places are taken.
template <class T, std::size_t N>
bool add(std::array<std::optional<T>, N>& queue, T item) {
    const auto free = std::ranges::find_if(queue, [](const auto& place) { return !place.has_value(); });
    if (free == queue.end()) return false;
    free->emplace(std::move(item));
    return true;
}

template <class T, std::size_t N>
void remove_first(std::array<std::optional<T>, N>& queue) {
    for (std::size_t i = 0; i + 1 < N; ++i) {
        queue[i].reset();
        if (queue[i + 1]) queue[i].emplace(*std::move(queue[i + 1]));
    }
    queue.back().reset();
}

/// Takes out what waits for a client, in order; what stays moves up.
template <class T, std::size_t N>
void remove_all_of(std::array<std::optional<T>, N>& queue, u64 badge) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < N && queue[i]; ++i) {
        if (queue[i]->badge == badge) continue;
        if (kept != i) {
            queue[kept].reset();
            queue[kept].emplace(*std::move(queue[i]));
        }
        ++kept;
    }
    for (; kept < N; ++kept)
        queue[kept].reset();
}

} // namespace

u64 Console::put_output(std::string_view text) {
    u64 done = 0;
    for (const char c : text) {
        const bool return_first = c == '\n' && mode_ == protocol::Mode::terminal;
        if (output_.room() < (return_first ? 2 : 1)) break;
        if (return_first) output_.push('\r');
        output_.push(c);
        ++done;
    }
    return done;
}

protocol::ReadReply Console::take_input(u64 most) {
    protocol::ReadReply reply;
    const u64 limit = std::min<u64>(most, reply.bytes.capacity);
    while (reply.bytes.length < limit && !input_.empty())
        reply.bytes.data[reply.bytes.length++] = input_.pop();
    return reply;
}

void Console::take_typed() {
    while (!raw_.empty() && !input_.full())
        input_.push(raw_.pop());
    const bool watched = watcher_bits_ != 0 && mode_ == protocol::Mode::terminal && !readers_.front();
    if (watched && input_.discard_through(control_c))
        static_cast<void>(watcher_.signal(watcher_bits_)); // a watcher that is gone hears nothing
}

void Console::settle() {
    uart_.move(raw_, output_);
    take_typed();
    while (readers_.front() && !input_.empty()) {
        readers_.front()->pending.answer(take_input(readers_.front()->most));
        remove_first(readers_);
    }
    while (writers_.front()) {
        Writer& writer = *writers_.front();
        writer.done += put_output(writer.bytes.view().substr(writer.done));
        if (writer.done < writer.bytes.view().size()) break;
        writer.pending.answer(Done{});
        remove_first(writers_);
    }
    uart_.move(raw_, output_);
}

MaybeAnswer<protocol::Write> Console::on(const protocol::Write& m, const Caller<protocol::Write>& caller) {
    const u64 done = writers_.front() ? 0 : put_output(m.bytes.view());
    uart_.move(raw_, output_);
    if (done == m.bytes.view().size()) return Done{};
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    if (!add(writers_, Writer{caller.badge(), *std::move(pending), m.bytes, done}))
        return std::nullopt; // dropped: tells the caller
    settle();
    return std::nullopt;
}

MaybeAnswer<protocol::Read> Console::on(const protocol::Read& m, const Caller<protocol::Read>& caller) {
    if (m.most == 0) return fail(Error::bad_argument);
    if (!readers_.front()) {
        settle();
        if (!input_.empty()) return take_input(m.most);
    }
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    static_cast<void>(add(readers_, Reader{caller.badge(), *std::move(pending),
                                           m.most})); // no place: dropped, tells the caller
    return std::nullopt;
}

Result<protocol::ModeReply> Console::on(const protocol::GetMode&, const Caller<protocol::GetMode>&) {
    return protocol::ModeReply{static_cast<u64>(mode_)};
}

Result<Done> Console::on(const protocol::WatchInterrupt& m, const Caller<protocol::WatchInterrupt>& caller,
                         Notification notification) {
    watcher_ = std::move(notification);
    watcher_bits_ = m.bits;
    watcher_badge_ = caller.badge();
    settle();
    return Done{};
}

void Console::on_gone(u64 badge) {
    remove_all_of(readers_, badge);
    remove_all_of(writers_, badge);
    if (watcher_badge_ == badge) watcher_ = Notification{};
    settle();
}

void Console::on_notification(u64 bits) {
    if ((bits & Uart::interrupt_bit) == 0) return;
    if (!uart_.on_interrupt(raw_, output_)) log_line("the interrupt cannot be acknowledged");
    settle();
}

} // namespace pith::os::console
