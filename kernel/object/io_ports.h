#pragma once

#include "kernel/object/object.h"

namespace pith::kernel {

/// A range of I/O ports that a process may enable for itself.
class IoPorts final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::io_ports;
    IoPorts(Budget& payer, u32 first, u32 count) : Object{object_kind, payer}, first{first}, count{count} {}

    const u32 first;
    const u32 count;
};

} // namespace pith::kernel
