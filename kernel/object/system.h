#pragma once

#include "kernel/object/object.h"

namespace pith::kernel {

/// Authority over the system as a whole: its log, its process list, its devices, its power. Made once, for
/// the first process, which hands on copies with fewer rights.
class System final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::system;
    explicit System(Budget& payer) : Object{object_kind, payer} {}
};

} // namespace pith::kernel
