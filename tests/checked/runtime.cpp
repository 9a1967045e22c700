#include "base/panic.h"
#include "base/types.h"

#include <array>
#include <cstddef>
#include <new>

/// What the checker's vectors need, and the kernel itself has not: a heap. What is given back is lost; the
/// vectors are kept from check to check, so they stop growing.
namespace {
alignas(16) constinit std::array<std::byte, 1 << 20> heap{};
constinit std::size_t used = 0;
} // namespace

void* operator new(std::size_t size) {
    const std::size_t rounded = (size + 15) & ~std::size_t{15};
    if (heap.size() - used < rounded) panic("the checker's heap is used up");
    return heap.data() + (used += rounded) - rounded;
}
void operator delete(void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}

extern "C" {
void* __dso_handle = nullptr;
/// The kernel never ends.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
}
