#pragma once

#include "base/panic.h"
#include "kernel/machine/x86_64/boot/loader_information.h"
#include "kernel/machine/x86_64/features.h"
#include "kernel/machine/x86_64/layout.h"
#include "kernel/memory/page_table.h"

namespace pith::kernel {

/// Fills the kernel's half of the address space (layout.h). All of it runs at boot: where memory is missing
/// there is no way on, so failures are panics that say what was wanted.
class KernelSpace {
  public:
    KernelSpace(Account& account, const Features& features);

    /// Text can be executed, read-only data read, all other pages of the image written; the page below the
    /// boot stack is left out.
    void map_image(const LoaderTables& tables);
    /// RAM, where every part of the kernel sees it.
    void map_memory(const RangeSet& memory);
    /// The initrd: read-only.
    void map_read_only(PhysAddr base, u64 size);
    void map_registers(VirtAddr at, PhysAddr page);
    /// What is seen of `size` bytes at `base`, which needs not lie on a page.
    [[nodiscard]] std::span<std::byte> map_framebuffer(PhysAddr base, u64 size);
    /// The core's task state, which lies in a page that is mapped already, is seen where every space shows
    /// it; what comes back is that page there.
    [[nodiscard]] VirtAddr show_task(u32 core, VirtAddr page);
    /// One of a core's stacks; what comes back is its end.
    u64 map_stack(u64 core, layout::Stack stack);

    [[nodiscard]] PageTable& table() { return table_; }

  private:
    void map_image_part(const LoaderTables& tables, const std::byte* begin, const std::byte* end, Protection);

    Account& account_;
    PageSize largest_;
    PageTable table_;
};

} // namespace pith::kernel
