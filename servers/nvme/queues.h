#pragma once

#include "os/registers.h"

#include <array>
#include <optional>

namespace pith::os::nvme {

/// A command (NVM Express 1.4, 4.2).
struct Command {
    u8 operation = 0;
    u8 flags = 0;
    u16 number = 0;
    u32 unit = 0; ///< the namespace
    u64 reserved = 0;
    u64 metadata = 0;
    std::array<u64, 2> pages{}; ///< PRP 1 and 2 (4.3)
    std::array<u32, 6> words{}; ///< 10 to 15
};
static_assert(sizeof(Command) == 64);

/// A queue of commands with the queue of their ends (4.1). A command's number is its place in `with_device_`,
/// so there is never one more than fits. What the device writes is not believed.
class Queues {
  public:
    static constexpr u16 entries = 64;
    static constexpr u64 bytes = 8192; ///< a page for each
    static constexpr u64 ends_at = 4096;

    Queues() = default;
    /// Zeroed memory of that size. `doorbells`: two registers, `step` bytes apart.
    Queues(std::span<std::byte> memory, Registers begun, Registers ended)
        : memory_{memory},
          ends_{memory.subspan(ends_at, entries * end_bytes)},
          begun_{begun},
          ended_{ended} {}

    /// `command.number` is below `entries - 1`, and none that the device has.
    void put(const Command& command);
    /// The device looks at what was put.
    void ring() { begun_.write<Doorbell>(tail_); }

    struct End {
        u16 number;
        u16 status; ///< 0: all went well
    };
    /// What has ended; `bad_format`: something that the device did not have.
    [[nodiscard]] Result<std::optional<End>> take();

    using Doorbell = Register<u32, 0>;

  private:
    static constexpr u64 end_bytes = 16;

    std::span<std::byte> memory_;
    SharedArray<u32> ends_; ///< four words each
    Registers begun_, ended_;
    u16 tail_ = 0, head_ = 0;
    u32 phase_ = 1; ///< of ends that are new: it changes with each turn of the ring
    std::array<bool, entries> with_device_{};
};

} // namespace pith::os::nvme
