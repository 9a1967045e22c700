// The namespaces of an NVMe controller, for whoever may reach sectors of them (proto/block.h).
#include "proto/block_service.h"
#include "servers/nvme/controller.h"

using namespace pith;

Result<int> program_main(os::Start& start) { return proto::block::run_driver<os::nvme::Controller>(start); }
