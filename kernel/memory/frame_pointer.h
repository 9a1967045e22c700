#pragma once

#include "kernel/memory/account.h"

namespace pith::kernel {

/// A frame seen as an array of T, through the kernel's view of all RAM. The frame stays owned by who took it.
template <class T>
[[nodiscard]] T* frame_as(const FrameAccess& access, PhysAddr frame) {
    static_assert(alignof(T) <= page_size);
    return reinterpret_cast<T*>(access(frame));
}
template <class T>
[[nodiscard]] T* frame_as(Account& account, PhysAddr frame) {
    return frame_as<T>(account.access(), frame);
}
/// The start of the frame that an array of T lies in, from one of its elements.
template <class T>
[[nodiscard]] T* frame_around(T* element) {
    static_assert(page_size % sizeof(T) == 0);
    return element - reinterpret_cast<std::uintptr_t>(element) % page_size / sizeof(T);
}
/// The frame behind a pointer that frame_as gave.
[[nodiscard]] inline PhysAddr frame_of(Account& account, const void* pointer) {
    return account.access().address_of(static_cast<const std::byte*>(pointer));
}

} // namespace pith::kernel
