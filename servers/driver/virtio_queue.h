#pragma once

#include "os/registers.h"

#include <array>
#include <optional>

namespace pith::os::driver {

/// A split virtqueue (VIRTIO 1.2, 2.7) of `entries` requests, each described by a table of its own (indirect
/// descriptors), so that request N is descriptor N. What the device writes is not believed.
class VirtQueue {
  public:
    static constexpr u16 entries = 64; ///< a power of two
    static constexpr u64 bytes = 4096;
    static constexpr u64 descriptors_at = 0, available_at = 2048, used_at = 2560;

    VirtQueue() = default;
    /// Zeroed memory of that size, page-aligned.
    explicit VirtQueue(std::span<std::byte> memory)
        : descriptors_{memory.first(available_at)},
          available_{memory.subspan(available_at, used_at - available_at)},
          used_flags_{memory.subspan(used_at, 4)},
          used_{memory.subspan(used_at + 4, entries * 8)} {}

    /// Hands request `number` to the device: the table at `address` describes it. `writable` is how many
    /// bytes the device may write. Not before `publish` does the device look.
    void put(u16 number, u64 address, u32 length, u32 writable);
    /// Whether the device wants to be told.
    [[nodiscard]] bool publish();
    /// The next request that the device is done with. `bad_format`: it names one that it does not have, or
    /// wrote more than it could.
    [[nodiscard]] Result<std::optional<u16>> take();

  private:
    SharedArray<u64> descriptors_; ///< two words each
    SharedArray<u16> available_;   ///< flags, index, ring
    SharedArray<u16> used_flags_;  ///< flags, index
    SharedArray<u32> used_;        ///< two words each
    u16 next_available_ = 0;
    u16 next_used_ = 0;
    std::array<bool, entries> with_device_{};
    std::array<u32, entries> writable_{};
};

/// One part of a request (VIRTIO 1.2, 2.7.5).
struct VirtDescriptor {
    static constexpr u16 more = 1, device_writes = 2, indirect = 4;
    u64 address;
    u32 length;
    u16 flags;
    u16 next;
};
static_assert(sizeof(VirtDescriptor) == 16);

} // namespace pith::os::driver
