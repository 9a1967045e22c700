#pragma once

#include "base/types.h"

namespace pith::kernel {

class Object;

/// Objects whose last reference is gone. The end of one can be the end of others, and so on as deep as
/// programs like to nest what they own: so each waits its turn here, and none ends on the stack of another.
/// What holds much is taken apart in slices by the Reclaimer, which bounds what ends with one object, but for
/// budgets that hold nothing but one another: of these so many end at once, and the next one later.
class Endings {
  public:
    /// Ends the object, and everything that ends with it; inside another object's end, later.
    void add(Object& object);
    [[nodiscard]] bool has_work() const { return deferred_ != nullptr; }
    /// Ends a budget that was left for later.
    void step();

  private:
    friend class Inspector;
    static constexpr u32 slice = 16;
    void defer(Object& object);

    Object* first_ = nullptr;
    Object* deferred_ = nullptr; ///< to nothing of which anybody refers
    u32 budgets_ = 0;            ///< that have ended since the outermost object's end began
    bool busy_ = false;
};

} // namespace pith::kernel
