#pragma once

namespace pith::kernel {

class Object;

/// Objects whose last reference is gone. The end of one can be the end of others, and so on as deep as
/// programs like to nest what they own: so each waits its turn here, and none ends on the stack of another.
class Endings {
  public:
    /// Ends the object, and everything that ends with it; inside another object's end, later.
    void add(Object& object);

  private:
    Object* first_ = nullptr;
    bool busy_ = false;
};

} // namespace pith::kernel
