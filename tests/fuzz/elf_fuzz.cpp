#include "base/elf.h"
#include "base/panic.h"

using namespace pith;

namespace {

u64 touch(Bytes bytes) {
    u64 sum = 0;
    for (const std::byte b : bytes)
        sum += std::to_integer<u64>(b);
    return sum;
}

void try_policy(Bytes file, const ElfPolicy& policy) {
    const auto image = ElfImage::parse(file, policy);
    if (!image) return;
    require(!image->segments().empty(), "no segments");
    for (const ElfSegment& segment : image->segments()) {
        require(segment.file.size() <= segment.memory_size, "more file than memory");
        require(segment.first_page() >= policy.lowest.raw, "below the range");
        require(segment.last_of_pages() <= policy.last.raw, "above the range");
        require(policy.writable_code || !(segment.writable && segment.executable), "writable code");
        require(touch(segment.file) != ~u64{0}, "read");
    }
    (void)image->find_symbol("initstack");
    if (const auto place = image->symbol_at(image->entry())) require(!place->name.empty(), "nameless");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes file = std::as_bytes(std::span{data, size});
    try_policy(file, ElfPolicy::user({0x1000}, {0x7fff'ffff'f000}));
    try_policy(file, ElfPolicy::kernel());
    return 0;
}
