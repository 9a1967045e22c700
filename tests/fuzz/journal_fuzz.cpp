// Journals that lie: file systems after a power cut, replayed and then used. With checksums and without, as
// in ext4_fuzz.cpp.
#include "ext4_disk.h"

using namespace pith;

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    static ext4::FuzzImage sealed{"", true}, open{"-O ^metadata_csum", true};
    if (size == 0) return 0;
    ext4::try_image(data[0] % 8 == 0 ? sealed : open, {data + 1, size - 1});
    return 0;
}
