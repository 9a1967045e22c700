#include "base/text.h"
#include "os/start.h"

/// Where start.S goes on: makes the runtime ready, runs the program, and ends the process with its status.
extern "C" [[noreturn]] void pith_start(const pith::abi::Startup* page) {
    using namespace pith;
    os::Runtime& runtime = os::runtime();
    runtime.features = page->features;
    runtime.buffer = reinterpret_cast<abi::MessageBuffer*>(page->message_buffer.raw);
    os::Start start{*page};
    runtime.name = start.name();
    runtime.log = start.peek("log");
    if (auto self = start.take<os::Process>(abi::grant::process)) runtime.self = *std::move(self);
    // Room for the handles that replies and requests carry; without it, they are refused to their sender.
    static_cast<void>(os::invoke(abi::AcceptHandles{abi::max_handles}));

    const Result<int> status = program_main(start);
    if (status) os::exit(static_cast<u64>(*status));
    os::complain(describe(status.error()));
    os::exit(1);
}
