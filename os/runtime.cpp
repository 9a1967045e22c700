#include "os/runtime.h"

#include "base/panic.h"
#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace pith::os {

Runtime& runtime() {
    [[clang::no_destroy]] static constinit Runtime the_runtime;
    return the_runtime;
}

void log_line(std::string_view text) {
    const abi::Handle log = runtime().log;
    if (!log || runtime().buffer == nullptr) return;
    do {
        const u64 length = std::min<u64>(text.size(), abi::LogWrite::longest);
        std::memcpy(message_buffer().words.data(), text.data(), length);
        static_cast<void>(invoke(abi::LogWrite{log, length})); // a log that is not there loses the line
        text.remove_prefix(length);
    } while (!text.empty());
}

void complain(std::string_view text) {
    log_line(text);
    // Once: what fails in here must not come here again.
    if (auto* const to_person = std::exchange(runtime().complain, nullptr)) {
        Text<280> line;
        line.format("{}: {}", runtime().name, text);
        to_person(line.view());
    }
}

void exit(u64 status) {
    for (;;)
        static_cast<void>(invoke(abi::ProcessExit{status}));
}

} // namespace pith::os

[[noreturn]] void panic(const char* what, const char* file, int line) {
    pith::Text<240> text;
    text.format("panic: {} ({}:{})", what, file, line);
    pith::os::complain(text.view());
    pith::os::exit(134);
}
