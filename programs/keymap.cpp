// keymap NAME: what the keys of the keyboard mean from now on.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto keymap = TRY(proto::Utility::open(start, "", "keymap us|uk|uk-extended|de|fr", 1, 1));
    if (!keymap) return proto::status_misuse;
    return keymap->for_each_operand([&](std::string_view name) -> Result<> {
        proto::console::SetKeymap message{};
        message.bytes = decltype(message.bytes)::of(name);
        TRY(keymap->program.terminal().client().call(message));
        return {};
    });
}
