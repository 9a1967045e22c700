// Knows what time it is: reads the real-time clock once, and tells everybody who asks.
#include "os/server.h"
#include "proto/wall_clock.h"
#include "servers/clock/rtc.h"

using namespace pith;

namespace {

class Server {
  public:
    explicit Server(WallTime zero) : zero_{zero} {}
    Result<proto::wall_clock::Zero> on(const proto::wall_clock::Get& /*m*/,
                                       const os::Caller<proto::wall_clock::Get>& /*caller*/) const {
        return proto::wall_clock::Zero{zero_};
    }

  private:
    WallTime zero_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto rtc = TRY(os::clock::Rtc::open(start));
    const auto time = rtc.read();
    const u64 passed = TRY(os::invoke(abi::ClockRead{})).now.raw;
    if (time)
        os::log_line(describe(*time));
    else
        os::log_line("nobody knows what time it is");
    Server server{time ? WallTime{{time->raw - passed}} : WallTime{}};
    TRY(os::serve<proto::wall_clock::Protocol>(endpoint, server));
    return 0;
}
