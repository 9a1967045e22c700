#pragma once

#include "base/types.h"

#include <array>

namespace pith::kernel {

/// The interrupt descriptor table: all 256 vectors, shared by all cores (SDM vol. 3, 6.14).
class TrapTable {
  public:
    TrapTable();
    TrapTable(const TrapTable&) = delete;
    void load_on_this_core() const;

  private:
    struct Gate {
        u16 offset_low;
        u16 selector;
        u8 stack;
        u8 type;
        u16 offset_middle;
        u32 offset_high;
        u32 reserved;
    };
    std::array<Gate, 256> gates_{};
};

} // namespace pith::kernel
