#include "base/archive.h"
#include "base/panic.h"

using namespace pith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto archive = Archive::open(std::as_bytes(std::span{data, size}));
    if (!archive) return 0;
    Archive::Cursor cursor = archive->entries();
    for (std::size_t count = 0;; ++count) {
        require(count <= size, "an archive without an end");
        const auto entry = cursor.next();
        if (!entry || !*entry) break;
        const ArchiveEntry& found = **entry;
        require(!found.name.empty(), "nameless");
        u64 sum = 0;
        for (const std::byte b : found.content)
            sum += std::to_integer<u64>(b);
        require(sum != ~u64{0}, "read");
        // Whatever is listed can be found, unless its name changes when it is shortened once more.
        if (!found.name.view().starts_with("./") && !found.name.view().ends_with('/'))
            require(archive->find(found.name).has_value(), "listed but not found");
    }
    return 0;
}
