// A virtio block device, for whoever may reach sectors of it (proto/block.h).
#include "proto/block_service.h"
#include "servers/virtio_blk/disk.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    return proto::block::run_driver<os::virtio_blk::VirtioDisk>(start);
}
