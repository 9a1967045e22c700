#pragma once

#include "abi/objects.h"
#include "base/list.h"
#include "base/types.h"
#include "kernel/object/derivation.h"

#include <utility>

namespace pith::kernel {

class Budget;
class Kernel;
class Object;
inline void retain(Object& object);
inline void release(Object& object);

/// A counted reference to a kernel object: handles, waiting threads and other objects hold it by these. The
/// object ends with its last one. Moves and destruction of references are written here and nowhere else.
template <class T>
class Ref {
  public:
    Ref() = default;
    explicit Ref(T& object) : object_{&object} { retain(*object_); }
    Ref(const Ref& other) : object_{other.object_} {
        if (object_) retain(*object_);
    }
    Ref(Ref&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() { reset(); }

    void reset() {
        if (Object* object = std::exchange(object_, nullptr)) release(*object);
    }
    /// For the one place that keeps references as plain pointers, the handle table's slots.
    [[nodiscard]] T* into_raw() && { return static_cast<T*>(std::exchange(object_, nullptr)); }
    [[nodiscard]] static Ref from_raw(T* object) {
        Ref reference;
        reference.object_ = object;
        return reference;
    }
    [[nodiscard]] explicit operator bool() const { return object_ != nullptr; }
    [[nodiscard]] T* get() const { return static_cast<T*>(object_); }
    [[nodiscard]] T& operator*() const { return *get(); }
    [[nodiscard]] T* operator->() const { return get(); }

  private:
    Object* object_ = nullptr;
};

/// What a handle can name. Each lies in a slab of the budget that paid for it, which it keeps alive.
class Object {
  public:
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    [[nodiscard]] abi::Kind kind() const { return kind_; }
    [[nodiscard]] Budget& payer() const; // budget.h
    [[nodiscard]] bool has_payer() const { return static_cast<bool>(payer_); }
    [[nodiscard]] Kernel& kernel() const; // budget.h
    /// The capabilities to it that derive from no other one.
    [[nodiscard]] Children& capabilities() { return capabilities_; }
    /// It ends together with the budget that paid for it: no capability to it is added any more.
    [[nodiscard]] bool ending() const { return ending_; }
    void begin_ending() { ending_ = true; }

    ListLink payer_link; ///< what the budget paid for

  protected:
    Object(abi::Kind kind, Budget& payer);
    /// For the root budget, which nobody pays and which never ends by its references.
    explicit Object(abi::Kind kind) : references_{1}, kind_{kind} {}
    ~Object() { payer_link.unlink(); }

  private:
    friend class Inspector;
    friend void retain(Object& object);
    friend void release(Object& object);
    friend void end_object(Object& object);
    friend class Endings;

    u64 references_ = 0; // counts handles and kernel references; 2^64 cannot be reached
    Ref<Budget> payer_;
    Children capabilities_{};
    abi::Kind kind_;
    bool ending_ = false;
    Object* next_ending_ = nullptr; // in Endings
};

/// Called with the last reference gone: destroys the object, or has it destroyed once the object is that ends
/// now.
void end_object(Object& object);

inline void retain(Object& object) { ++object.references_; }
inline void release(Object& object) {
    if (--object.references_ == 0) end_object(object);
}

} // namespace pith::kernel
