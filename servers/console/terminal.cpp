#include "servers/console/terminal.h"

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

protocol::ReadReply Terminal::take_input(u64 most) {
    return {protocol::ReadReply{}.bytes.of(discipline_.take(std::min<u64>(most, 480)))};
}

void Terminal::show(std::string_view echo) {
    // What somebody types into a terminal whose output stands still is not shown.
    static_cast<void>(output_.put(echo));
}

void Terminal::interrupt_watcher() {
    static_cast<void>(watcher_.signal(watcher_bits_)); // a watcher that is gone hears nothing
}

void Terminal::type(char c) {
    std::string echo;
    if (c == control_c && watched() && discipline_.mode() == protocol::InputMode::edited) {
        discipline_.interrupt(echo);
        show(echo);
        return interrupt_watcher();
    }
    discipline_.feed(c, echo);
    show(echo);
}

void Terminal::settle() {
    if (watched() && discipline_.mode() == protocol::InputMode::raw && !readers_.front() &&
        discipline_.discard_through(control_c))
        interrupt_watcher();
    while (readers_.front() && discipline_.readable()) {
        // Who was ended by Ctrl-C while it read takes nothing with it.
        const protocol::ReadReply input = take_input(readers_.front()->most);
        if (!readers_.front()->pending.try_answer(input)) discipline_.put_back(input.bytes.view());
        remove_first(readers_);
    }
    while (writers_.front()) {
        Writer& writer = *writers_.front();
        writer.done += output_.put(writer.bytes.view().substr(writer.done));
        if (writer.done < writer.bytes.view().size()) break;
        writer.pending.answer(Done{});
        remove_first(writers_);
    }
}

MaybeAnswer<protocol::Write> Terminal::write(const protocol::Write& m,
                                             const Caller<protocol::Write>& caller) {
    const u64 done = writers_.front() ? 0 : output_.put(m.bytes.view());
    if (done == m.bytes.view().size()) return Done{};
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    // No place: dropped, which tells the caller.
    static_cast<void>(add(writers_, Writer{caller.badge(), *std::move(pending), m.bytes, done}));
    return std::nullopt;
}

MaybeAnswer<protocol::Read> Terminal::read(const protocol::Read& m, const Caller<protocol::Read>& caller) {
    if (m.most == 0) return fail(Error::bad_argument);
    if (!readers_.front() && discipline_.readable()) return take_input(m.most);
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    static_cast<void>(add(readers_, Reader{caller.badge(), *std::move(pending), m.most}));
    return std::nullopt;
}

protocol::ReadReply Terminal::read_typed(u64 most) {
    // Who reads already is served first.
    return readers_.front() || !discipline_.readable() ? protocol::ReadReply{} : take_input(most);
}

void Terminal::watch(const protocol::WatchInterrupt& m, u64 badge, Notification notification) {
    watcher_ = std::move(notification);
    watcher_bits_ = m.bits;
    watcher_badge_ = badge;
    if (watched() && discipline_.discard_through(control_c))
        interrupt_watcher(); // typed before anybody watched
    if (mode_ == protocol::Mode::terminal)
        set_input(m.bits != 0 ? protocol::InputMode::edited : protocol::InputMode::raw);
}

void Terminal::forget(u64 badge) {
    remove_all_of(readers_, badge);
    remove_all_of(writers_, badge);
    if (watcher_badge_ == badge) watcher_ = Notification{};
}

} // namespace pith::os::console
