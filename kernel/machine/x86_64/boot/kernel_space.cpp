#include "kernel/machine/x86_64/boot/kernel_space.h"

#include "kernel/machine/x86_64/boot/start.h"

namespace pith::kernel {
namespace {

/// For what boot cannot do without.
template <class T>
T needed(Result<T> result, const char* what) {
    require(result.has_value(), what);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

VirtAddr seen_at(PhysAddr address) { return layout::direct_map + address.raw; }

} // namespace

KernelSpace::KernelSpace(Account& account, const Features& features)
    : account_{account},
      largest_{features.huge_pages ? PageSize::huge : PageSize::large},
      table_{needed(PageTable::create(account, PageTable::Half::kernel), "no memory for page tables")} {
    const auto frame = [&] { return needed(account.take_zeroed_frame(), "no memory for page tables"); };
    TaskTables::make(account.access(), table_.root(), {frame(), frame(), frame(), frame()});
}

void KernelSpace::map_image_part(const LoaderTables& tables, const std::byte* begin, const std::byte* end,
                                 Protection protection) {
    const VirtAddr start{reinterpret_cast<u64>(begin)};
    const PageCount count = PageCount::holding(static_cast<u64>(end - begin));
    const auto frame_at = [&](u64 n) {
        const auto frame = tables.translate(start + pages(n));
        require(frame.has_value(), "the loader has not mapped the whole kernel");
        return *frame;
    };
    needed(table_.map_each(start, count, protection, Cache::normal, frame_at), "no memory to map the kernel");
}

void KernelSpace::map_image(const LoaderTables& tables) {
    map_image_part(tables, image_start, text_end, Protection::read_execute);
    map_image_part(tables, text_end, rodata_end, Protection::read);
    map_image_part(tables, rodata_end, boot_stack_guard, Protection::read_write);
    map_image_part(tables, boot_stack_bottom, image_end, Protection::read_write);
}

void KernelSpace::map_memory(const RangeSet& memory) {
    for (const RangeSet::Range& range : memory.ranges()) {
        if (range.end > layout::direct_map_size) break;
        needed(table_.map_large(seen_at(range.base()), range.base(), range.count(), Protection::read_write,
                                Cache::normal, largest_),
               "no memory to map the memory");
    }
}

void KernelSpace::map_read_only(PhysAddr base, u64 size) {
    if (size == 0) return;
    const PhysAddr first{align_down(base.raw, page_size)};
    const PageCount count = PageCount::holding(base.raw - first.raw + size);
    needed(table_.map_large(seen_at(first), first, count, Protection::read, Cache::normal, PageSize::large),
           "cannot map the initrd");
}

void KernelSpace::map_registers(VirtAddr at, PhysAddr page) {
    needed(table_.map(at, page, pages(1), Protection::read_write, Cache::uncached),
           "cannot map device registers");
}

std::span<std::byte> KernelSpace::map_framebuffer(PhysAddr base, u64 size) {
    const PhysAddr first{align_down(base.raw, page_size)};
    const u64 offset = base.raw - first.raw;
    if (size == 0 || base.raw >= RangeSet::limit || size > layout::framebuffer_size - page_size) return {};
    const PageCount count = PageCount::holding(offset + size);
    if (!table_.map_large(layout::framebuffer, first, count, Protection::read_write, Cache::write_combining,
                          PageSize::large))
        return {};
    return {reinterpret_cast<std::byte*>(layout::framebuffer.raw + offset), size};
}

VirtAddr KernelSpace::show_task(u32 core, VirtAddr page) {
    const auto seen = table_.query(page);
    require(seen.has_value(), "a core's data is not mapped");
    TaskTables::show(account_.access(), table_.root(), core, seen->address);
    return TaskTables::task(core);
}

u64 KernelSpace::map_stack(u64 core, layout::Stack stack) {
    const auto frame_at = [&](u64) {
        return needed(account_.take_zeroed_frame(), "no memory for kernel stacks");
    };
    needed(table_.map_each(layout::stack_bottom(core, stack), pages(stack.count), Protection::read_write,
                           Cache::normal, frame_at),
           "no memory for kernel stacks");
    return layout::stack_end(core, stack).raw;
}

} // namespace pith::kernel
