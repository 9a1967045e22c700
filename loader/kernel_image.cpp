#include "loader/kernel_image.h"

#include "base/elf.h"

#include <algorithm>

namespace pith::loader {

namespace {

constexpr u64 largest_kernel = u64{16} << 20;
constexpr VirtAddr lowest{u64{0} - (u64{1} << 30)};

const char* describe_refusal(Error error) {
    if (error == Error::unsupported) return "the kernel is not a static ELF64 file for x86_64";
    if (error == Error::end_of_data) return "the kernel's file ends too early";
    return "the kernel is not a sound ELF64 file for the topmost gigabyte";
}

/// The symbol's value, or what was there; it must be in the topmost gigabyte and aligned.
Outcome<VirtAddr> place_of(const ElfImage& elf, std::string_view symbol, VirtAddr otherwise, u64 alignment) {
    const auto value = elf.find_symbol(symbol);
    if (!value) return otherwise;
    if (*value < lowest.raw || !is_aligned(*value, alignment))
        return give_up(
            "a symbol of the kernel (bootboot, environment or fb) lies where the protocol forbids it");
    return VirtAddr{*value};
}

} // namespace

Outcome<KernelImage> KernelImage::read(Bytes file) {
    if (!as_text(file).starts_with("\177ELF\2")) return give_up("the kernel is not an ELF64 file");
    const auto elf = ElfImage::parse(file, ElfPolicy::kernel());
    if (!elf) return give_up(describe_refusal(elf.error()));
    if (elf->segments().size() != 1)
        return give_up("the kernel has more than one segment in the topmost gigabyte");
    const ElfSegment& segment = elf->segments().front();
    if (!is_page_aligned(segment.start)) return give_up("the kernel's segment does not start on a page");
    if (segment.memory_size > largest_kernel) return give_up("the kernel is larger than 16 MiB");

    KernelImage kernel{segment.file, segment.start, segment.memory_size, elf->entry()};
    kernel.information = TRY(place_of(*elf, "bootboot", kernel.information, page_size));
    kernel.environment = TRY(place_of(*elf, "environment", kernel.environment, page_size));
    kernel.framebuffer = TRY(place_of(*elf, "fb", kernel.framebuffer, u64{2} << 20));
    const u64 stack = elf->find_symbol("initstack").value_or(kernel.stack_size);
    kernel.stack_size = static_cast<u32>(align_up(std::clamp<u64>(stack, 1024, 16384), 16));
    return kernel;
}

} // namespace pith::loader
