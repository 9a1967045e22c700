#include "os/guarded.h"

#include "base/panic.h"
#include "os/syscall.h"

#include <algorithm>
#include <array>

extern "C" {
std::uint64_t os_guarded_copy(void* to, const void* from, std::uint64_t count);
void os_guarded_recovery();
}

namespace pith::os {

Result<> expect_missing_pages() {
    return invoke(abi::ThreadSetRecovery{VirtAddr{std::bit_cast<u64>(&os_guarded_recovery)}});
}

Result<> guarded_copy(std::span<std::byte> to, std::span<const std::byte> from) {
    require(to.size() == from.size(), "a copy of another length");
    const u64 error = os_guarded_copy(to.data(), from.data(), from.size());
    if (error != 0) return fail(static_cast<Error>(error));
    return {};
}

Result<> guarded_fill(std::span<std::byte> to, std::span<const std::byte> from) {
    const auto copied = guarded_copy(to, from);
    if (!copied) std::ranges::fill(to, std::byte{});
    return copied;
}

Result<> guarded_clear(std::span<std::byte> to) {
    static constexpr std::array<std::byte, 512> zeros{};
    while (!to.empty()) {
        const auto part = to.first(std::min(to.size(), zeros.size()));
        TRY(guarded_copy(part, std::span{zeros}.first(part.size())));
        to = to.subspan(part.size());
    }
    return {};
}

} // namespace pith::os
