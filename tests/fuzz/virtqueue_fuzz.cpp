// A queue whose device writes whatever it likes wherever it can: nothing comes back that it was not given,
// and nothing twice.
#include "servers/driver/virtio_queue.h"

#include <cstdlib>
#include <cstring>

using namespace pith;
using namespace pith::os;
using driver::VirtQueue;

namespace {

struct Play {
    alignas(4096) std::array<std::byte, VirtQueue::bytes> memory{};
    VirtQueue queue{memory};
    std::array<bool, VirtQueue::entries> with_device{};

    void put(u16 number, u32 writable) {
        if (with_device[number]) return;
        queue.put(number, 0x1000, 32, writable);
        with_device[number] = true;
    }
    /// False: the driver would end here.
    bool take() {
        const auto taken = queue.take();
        if (!taken) return false;
        if (!*taken) return true;
        const u16 number = **taken;
        if (number >= VirtQueue::entries || !with_device[number]) std::abort();
        with_device[number] = false;
        return true;
    }
    /// As a device would: the next entry of the ring.
    void use(u16 index, u32 number, u32 written) {
        const u64 at = VirtQueue::used_at + 4 + index % VirtQueue::entries * u64{8};
        std::memcpy(memory.data() + at, &number, 4);
        std::memcpy(memory.data() + at + 4, &written, 4);
        const u16 next = static_cast<u16>(index + 1);
        std::memcpy(memory.data() + VirtQueue::used_at + 2, &next, 2);
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    Play play;
    u16 used = 0;
    for (std::size_t at = 0; at + 4 <= size; at += 4) {
        const u8 what = data[at], a = data[at + 1], b = data[at + 2], c = data[at + 3];
        switch (what % 6) {
        case 0: play.put(a % VirtQueue::entries, b); break;
        case 1: (void)play.queue.publish(); break;
        case 2:
            if (!play.take()) return 0;
            break;
        case 3: play.use(used++, a, b); break;
        case 4: play.memory[(a | u64{b} << 8) % VirtQueue::bytes] = static_cast<std::byte>(c); break;
        case 5: play.use(static_cast<u16>(a | b << 8), c % VirtQueue::entries, 0); break;
        }
    }
    return 0;
}
