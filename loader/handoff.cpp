#include "loader/handoff.h"

#include "loader/physical.h"

extern "C" {
extern const std::byte handoff_begin[];
extern const std::byte handoff_parameters[];
extern const std::byte handoff_end[];
}

namespace pith::loader {

/// As at the end of handoff.S.
struct Handoff::Parameters {
    u32 protected_mode;
    u32 protected_selector;
    u32 long_mode;
    u32 long_selector;
    std::array<u16, 3> unused;
    u16 gdt_limit;
    u64 gdt;
    std::array<u8, 12> no_interrupts;
    u32 next_index;
    u32 gate;
    u32 root;
    u32 vector_control;
    u32 enter;
    u64 entry;
    u64 stack_size;
};

namespace {

/// More than any index, less than what wraps when late cores count on.
constexpr u32 closed = 0x10000;

} // namespace

Outcome<Handoff> Handoff::make(MemoryMap& map, u64 below, PhysAddr root) {
    const Handoff handoff{TRY(map.take(pages(1), below))};
    const auto size = static_cast<std::size_t>(handoff_end - handoff_begin);
    std::memset(physical_pointer(handoff.page_), 0, page_size);
    std::memcpy(physical_pointer(handoff.page_), handoff_begin, size);
    Parameters& parameters = handoff.parameters();
    parameters.protected_mode += static_cast<u32>(handoff.page_.raw);
    parameters.long_mode += static_cast<u32>(handoff.page_.raw);
    parameters.gdt += handoff.page_.raw;
    parameters.root = static_cast<u32>(root.raw);
    return handoff;
}

u32 Handoff::arrived() const { return __atomic_load_n(&parameters().next_index, __ATOMIC_ACQUIRE) - 1; }

u32 Handoff::close() { return __atomic_exchange_n(&parameters().next_index, closed, __ATOMIC_ACQ_REL); }

void Handoff::enter(VirtAddr entry, u32 stack_size) {
    parameters().entry = entry.raw;
    parameters().stack_size = stack_size;
    using EnterBootCore = void(__attribute__((sysv_abi))*)(u64 page);
    const PhysAddr code = page_ + u64{parameters().enter};
    reinterpret_cast<EnterBootCore>(physical_pointer(code))(page_.raw);
    __builtin_unreachable();
}

Handoff::Parameters& Handoff::parameters() const {
    static_assert(sizeof(Parameters) == 16 + 16 + 12 + 20 + 16);
    return place_physical<Parameters>(page_ + static_cast<u64>(handoff_parameters - handoff_begin));
}

} // namespace pith::loader
