// operator new and delete, over memory that the process's own budget pays for. Where there is none left, the
// process ends and says so: nothing in a program has to handle it, and who observes the process hears.
#include "base/panic.h"
#include "os/heap.h"
#include "os/runtime.h"

#include <algorithm>
#include <new>

namespace pith::os {
namespace {

/// Behind the window that mappings come from, in the same GiB.
constexpr VirtAddr heap_start{0x3000'0000};
constexpr PageCount heap_limit = pages(0x1'0000);

std::span<std::byte> grow(u64 bytes) {
    static constinit PageCount used{};
    // The more it has, the more it takes: each piece costs a Memory object.
    const PageCount least = std::max(pages(8), pages(used.raw / 8));
    const PageCount more = std::max(PageCount::holding(bytes), least);
    if (more > heap_limit - used) return {};
    auto memory = Memory::create(more);
    if (!memory) return {};
    const VirtAddr at = heap_start + used;
    if (!runtime().self.map(*memory, at, more, abi::rights::memory::read | abi::rights::memory::write))
        return {};
    // The heap never shrinks: it keeps its memory, and so the handle, for the life of the process.
    static_cast<void>(memory->release());
    used += more;
    return {reinterpret_cast<std::byte*>(at.raw), more.bytes()};
}

Heap& heap() {
    static constinit Heap the_heap{grow};
    return the_heap;
}

} // namespace
} // namespace pith::os

void* operator new(std::size_t size) {
    void* pointer = pith::os::heap().allocate(size);
    if (pointer == nullptr) panic("out of memory");
    return pointer;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return pith::os::heap().allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return pith::os::heap().allocate(size);
}
void operator delete(void* pointer) noexcept { pith::os::heap().free(pointer); }
void operator delete[](void* pointer) noexcept { pith::os::heap().free(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { pith::os::heap().free(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { pith::os::heap().free(pointer); }
