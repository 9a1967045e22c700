// Pipes, and files as streams.
#include "os/start.h"
#include "servers/streams/streams.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    os::streams::Server server{endpoint};
    os::log_line("ready");
    TRY(os::serve<proto::streams::Protocol>(endpoint, server));
    return 0;
}
