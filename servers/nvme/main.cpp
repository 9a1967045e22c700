// The namespaces of an NVMe controller, for whoever may reach sectors of them (proto/block.h).
#include "proto/block_service.h"
#include "servers/nvme/controller.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto interrupts = TRY(os::Notification::create());
    TRY(endpoint.bind(interrupts));
    auto device = TRY(proto::Device::open(start));
    auto controller = TRY(os::nvme::Controller::open(std::move(device), interrupts));
    proto::block::Service service{endpoint, interrupts, controller.dma(), controller};
    TRY(service.prepare());
    TRY(service.announce(controller.device().server()));
    TRY(os::serve<proto::block::Protocol>(endpoint, service));
    return 0;
}
