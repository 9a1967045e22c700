#include "proto/terminal.h"

namespace pith::proto {

void Terminal::write(std::string_view text) const {
    while (!text.empty()) {
        console::Write message{};
        message.bytes = decltype(message.bytes)::of(text);
        if (!client_.call(message)) return;
        text.remove_prefix(message.bytes.length);
    }
}

} // namespace pith::proto
