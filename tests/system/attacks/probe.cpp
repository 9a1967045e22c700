#include "probe.h"

extern "C" const pith::attacks::Probe probes_begin[], probes_end[];

namespace pith::attacks {
namespace {

struct Cpuid {
    u32 eax, ebx, ecx, edx;
};
Cpuid cpuid(u32 leaf) {
    Cpuid r{};
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(0));
    return r;
}

} // namespace

std::span<const Probe> probes() { return {probes_begin, probes_end}; }

Processor Processor::ask() {
    const Cpuid features = cpuid(1);
    const bool has_leaf_7 = cpuid(0).eax >= 7;
    const Cpuid more = has_leaf_7 ? cpuid(7) : Cpuid{};
    return {.umip = (more.ecx >> 2 & 1) != 0,
            .fsgsbase = (more.ebx & 1) != 0,
            .avx = (features.ecx >> 28 & 1) != 0 && (features.ecx >> 27 & 1) != 0};
}

u64 Processor::resolve(u64 mask) const {
    if ((mask & may::need_fsgsbase) != 0) mask = fsgsbase ? mask & ~may::need_fsgsbase : may::opcode;
    if ((mask & may::umip_or_work) != 0) mask = umip ? mask & ~may::umip_or_work : may::work;
    return mask;
}

} // namespace pith::attacks
