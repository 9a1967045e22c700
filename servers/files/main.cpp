// The file system of the initrd: read only, there from the start. It keeps nothing between messages; a
// handle's badge names the inode, so a successor of this process serves the handles that were given out
// before.
#include "os/start.h"
#include "proto/file_service.h"
#include "servers/files/tree.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
    const os::Memory memory = TRY(start.take<os::Memory>(abi::grant::initrd));
    const os::Mapping mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    const Archive archive = TRY(Archive::open(mapping.bytes()));
    os::files::Tree tree = os::files::Tree::from(archive);
    proto::file::Service service{endpoint, tree};
    os::log_line("ready");
    TRY(os::serve<proto::file::Protocol>(endpoint, service));
    return 0;
}
