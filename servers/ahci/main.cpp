// The disks of a SATA controller, for whoever may reach sectors of it (proto/block.h).
#include "proto/block_service.h"
#include "servers/ahci/controller.h"

using namespace pith;

Result<int> program_main(os::Start& start) { return proto::block::run_driver<os::ahci::Controller>(start); }
