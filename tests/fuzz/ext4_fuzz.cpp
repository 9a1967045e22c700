// File systems that lie: mounted, used and written to. The first byte chooses one with checksums, which
// hardly anything gets past, or one without, where every mistake gets as far as it can.
#include "ext4_disk.h"

using namespace pith;

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    static ext4::FuzzImage sealed{"", false}, open{"-O ^metadata_csum", false};
    if (size == 0) return 0;
    ext4::try_image(data[0] % 8 == 0 ? sealed : open, {data + 1, size - 1});
    return 0;
}
