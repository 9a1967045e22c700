// longlines: writes the longest lines that the kernel's log takes, of characters that fill most rows of
// pixels, for who measures. Turns the machine off then, where it may.
#include "os/runtime.h"
#include "os/start.h"
#include "os/system.h"

#include <string>

using namespace pith;

Result<int> program_main(os::Start& start) {
    constexpr int lines = 8;
    const std::string longest(abi::LogWrite::longest, '|');
    for (int i = 0; i < lines; ++i)
        os::log_line(longest);
    if (const auto system = start.take<os::System>("system")) TRY(system->power(abi::PowerAction::off));
    return 0;
}
