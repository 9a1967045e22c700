// Configuration spaces of devices that lie: what a driver would be given, and where a virtio device's
// registers are.
#include "servers/devices/function.h"
#include "servers/driver/virtio_pci.h"

#include <cstdlib>

using namespace pith;
using namespace pith::os;

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    const Bytes space{reinterpret_cast<const std::byte*>(data), size};
    (void)driver::VirtioPlaces::parse(space);
    auto function = devices::parse_function(0, space);
    if (!function) return 0;
    for (u32 n = 0; n < function->windows.size(); ++n)
        function->windows[n] = {.base = 0x1000'0000 * u64{n + 1}, .size = u64{0x1000} << n * 2};
    for (const devices::Part& part : devices::parts_for_driver(*function)) {
        const u64 end = part.offset + part.size;
        if (part.size == 0 || !within(part.offset, part.size, function->windows[part.window].size))
            std::abort();
        const auto& table = function->message_table;
        if (!table || table->window != part.window) continue;
        if (part.offset < table->offset + table->entries * 16 && table->offset < end) std::abort();
    }
    return 0;
}
