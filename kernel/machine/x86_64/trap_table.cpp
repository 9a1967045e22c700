#include "kernel/machine/x86_64/trap_table.h"

#include "kernel/machine/x86_64/core_local.h"

namespace pith::kernel {

extern "C" const std::byte trap_stubs[]; // 256 pieces of 16 bytes

namespace {

TrapStack stack_for(u32 vector) {
    if (vector == 1) return TrapStack::debug;
    if (vector == 2) return TrapStack::nmi;
    if (vector == 8) return TrapStack::double_fault;
    if (vector == 18) return TrapStack::machine_check;
    return TrapStack::none;
}

} // namespace

TrapTable::TrapTable() {
    for (u32 vector = 0; vector < gates_.size(); ++vector) {
        const u64 stub = reinterpret_cast<u64>(trap_stubs) + 16 * vector;
        // Present, interrupt gate; programs may raise only breakpoint and overflow themselves.
        const u8 type = vector == 3 || vector == 4 ? 0xee : 0x8e;
        gates_[vector] = {static_cast<u16>(stub),
                          KERNEL_CS,
                          static_cast<u8>(stack_for(vector)),
                          type,
                          static_cast<u16>(stub >> 16),
                          static_cast<u32>(stub >> 32),
                          0};
    }
}

void TrapTable::load_on_this_core() const {
    const struct [[gnu::packed]] {
        u16 limit;
        u64 base;
    } pointer{sizeof(gates_) - 1, reinterpret_cast<u64>(gates_.data())};
    asm volatile("lidt %0" ::"m"(pointer));
}

} // namespace pith::kernel
