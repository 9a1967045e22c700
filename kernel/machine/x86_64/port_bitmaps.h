#pragma once

#include "kernel/machine/thread_context.h"

namespace pith::kernel {

/// A core's I/O permission bitmaps (SDM vol. 1, 19.5.2), for the port sets that it used last: switching
/// between their processes costs a look at each place, whatever they hold. The task state points to one of
/// them.
class PortBitmaps {
  public:
    static constexpr u32 places = 3;
    static constexpr u32 ports = 0x10000;

    struct Bitmap {
        std::array<u8, ports / 8> bits;
        /// The processor reads two bytes, the second of them behind the last (SDM vol. 1, 19.5.2).
        std::array<u8, 8> end;
    };

    PortBitmaps();
    /// The place of the bitmap that allows exactly these ports.
    [[nodiscard]] u32 select(const PortSet& set);
    /// No bitmap allows this set's ports from now on. Which one did; `places` for none.
    u32 forget(const PortSet& set);

    [[nodiscard]] const Bitmap& at(u32 place) const { return bitmaps_[place]; }
    [[nodiscard]] static constexpr u32 offset_of(u32 place) { return place * u32{sizeof(Bitmap)}; }

  private:
    struct Content {
        const PortSet* owner = nullptr;
        PortSet set; ///< a copy: all that is zero in the bitmap
    };
    void load(u32 place, const PortSet& set);
    /// The set has grown: nothing that was allowed is denied meanwhile, because a core may be using it.
    void extend(u32 place, const PortSet& set);

    std::array<Bitmap, places> bitmaps_; // first: the task state's limit counts from here
    std::array<Content, places> contents_{};
    u32 next_ = 0; ///< which to use for a set that none has
};

} // namespace pith::kernel
