#include "driver.h"
#include "os/message.h"

namespace pith::attacks {
namespace {

/// Word 0 says what: 0 adds words 1 and 2; 1 gives everything back; 2 tells the kinds of the handles; 3 never
/// answers.
void answer(os::Message& message) {
    const u64 what = message.words[0];
    const u32 count = std::exchange(message.handle_count, 0);
    if (what == 0) message.words[0] = message.words[1] + message.words[2];
    if (what == 2) message.words[0] = count;
    for (u32 i = 0; i < count; ++i) {
        const os::Handle handle{message.handles[i]};
        const auto info = os::invoke(abi::HandleInfo{handle.id()});
        if (what == 2) message.words[i + 1] = info ? info->kind : 0;
    }
}

} // namespace

int run_partner(os::Endpoint endpoint) {
    os::Message message;
    bool has_message = false;
    for (;;) {
        const bool answers = has_message && message.words[0] != 3;
        if (answers) answer(message);
        const auto arrived =
            answers ? os::reply_and_receive(endpoint, message) : os::receive(endpoint, message);
        has_message = arrived.has_value() && arrived->what == abi::Status::message;
        if (!has_message && !arrived && arrived.error() == Error::closed) return 0;
    }
}

} // namespace pith::attacks
