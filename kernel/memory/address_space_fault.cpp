#include "kernel/kernel.h"
#include "kernel/memory/address_space.h"

/// Pages that are touched before they are there, or otherwise than they are mapped.
namespace pith::kernel {

bool AddressSpace::resolve(Thread& thread, VirtAddr address, u64 error) {
    // SDM vol. 3, 4.7: the page was there, but not for this; it was written to; it was to be executed.
    constexpr u64 was_present = 1, by_writing = 2, by_executing = 16;
    namespace memory = abi::rights::memory;
    Mapping* mapping = first_behind(address);
    if (!mapping || mapping->range.start > address) return false;
    const abi::Rights access = (error & by_writing) != 0     ? memory::write
                               : (error & by_executing) != 0 ? memory::execute
                                                             : memory::read;
    const VirtAddr page{align_down(address.raw, page_size)};
    if (mapping->memory && mapping->memory->backing() && bring(*mapping, page, access)) return true;
    if ((error & was_present) != 0 || !mapping->view.guarded || thread.recovery == VirtAddr{}) return false;
    Registers& registers = thread.context.registers;
    registers.rax = std::to_underlying(mapping->memory ? Error::bad_address : Error::closed);
    registers.rdx = address.raw;
    registers.rcx = std::exchange(registers.rip, thread.recovery.raw);
    return true;
}

/// Maps what the object's kind says.
bool AddressSpace::bring(Mapping& mapping, VirtAddr page, abi::Rights access) {
    constexpr abi::Rights write = abi::rights::memory::write;
    const bool is_changing =
        change_.kind == Change::Kind::protect && page >= change_.start && page < change_.end;
    abi::Rights allowed = mapping.access();
    if (is_changing) allowed = allowed & change_.access;
    if (!allowed.has(access) || mapping.memory->ended) return false;
    const u64 number = mapping.offset.raw + (page - mapping.range.start) / page_size;
    const auto brought = mapping.memory->backing()->touch(*mapping.memory, number, access);
    if (!brought) return false;
    if (!brought->writable) allowed = abi::Rights{static_cast<u16>(allowed.raw & ~write.raw)};
    const auto protection = protection_for(allowed);
    if (!protection) return false;
    clear({page, pages(1)}); // it may have been there for reading
    return table_.map(page, brought->frame, pages(1), *protection, mapping.memory->cache()).has_value();
}

bool AddressSpace::take_dirty(VirtAddr page) {
    if (!table_.take_dirty(page)) return false;
    flush({page, pages(1)});
    return true;
}

void AddressSpace::replace(VirtAddr page, PhysAddr frame) {
    if (table_.replace_page(page, frame)) flush({page, pages(1)});
}

} // namespace pith::kernel
