// A virtio block device, for whoever may reach sectors of it (proto/block.h).
#include "proto/block_service.h"
#include "servers/virtio_blk/disk.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto interrupts = TRY(os::Notification::create());
    TRY(endpoint.bind(interrupts));
    auto device = TRY(proto::Device::open(start));
    auto disk = TRY(os::virtio_blk::VirtioDisk::open(std::move(device), interrupts));
    proto::block::Service service{endpoint, interrupts, disk.dma(), disk};
    TRY(service.prepare());
    TRY(service.announce(disk.device().server()));
    TRY(os::serve<proto::block::Protocol>(endpoint, service));
    return 0;
}
