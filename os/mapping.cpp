#include "os/mapping.h"

#include "os/guarded.h"

namespace pith::os {

Result<Mapping> Mapping::create(const Memory& memory, PageCount size, abi::Rights access) {
    const VirtAddr at = TRY(runtime().window.take(size));
    if (const auto mapped = runtime().self.map(memory, at, size, access); !mapped) {
        runtime().window.give_back(at);
        return fail(mapped.error());
    }
    return Mapping{at, size};
}

Result<Mapping> Mapping::guarded(const Memory& memory, PageCount size, abi::Rights access) {
    TRY(expect_missing_pages());
    const VirtAddr at = TRY(runtime().window.take(size));
    if (const auto mapped = runtime().self.map_guarded(memory, at, size, access); !mapped) {
        runtime().window.give_back(at);
        return fail(mapped.error());
    }
    return Mapping{at, size};
}

void Mapping::unmap() {
    if (size_.raw == 0) return;
    // A range that could not be unmapped must not be handed out again.
    if (runtime().self.unmap(at_, size_)) runtime().window.give_back(at_);
    size_ = {};
}

} // namespace pith::os
