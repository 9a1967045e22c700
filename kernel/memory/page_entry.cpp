#include "kernel/memory/page_entry.h"

namespace pith::kernel {

Result<Protection> protection_for(abi::Rights access) {
    namespace memory = abi::rights::memory;
    if ((access.raw & ~(memory::read | memory::write | memory::execute).raw) != 0 || access.empty())
        return fail(Error::bad_argument);
    const bool writes = access.has(memory::write);
    const bool executes = access.has(memory::execute);
    if (writes && executes) return fail(Error::bad_argument);
    return writes ? Protection::read_write : executes ? Protection::read_execute : Protection::read;
}

} // namespace pith::kernel
