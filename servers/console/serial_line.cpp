#include "servers/console/serial_line.h"

namespace pith::os::console {

u64 SerialLine::put(std::string_view text) {
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

void SerialLine::exchange(Terminal& terminal) {
    uart_.move(input_, output_);
    do {
        while (!input_.empty() && terminal.has_room())
            terminal.type(input_.pop());
        terminal.settle();
        uart_.move(input_, output_);
        // That took what has come meanwhile out of the device, which will not tell of it again.
    } while (!input_.empty() && terminal.has_room());
}

} // namespace pith::os::console
