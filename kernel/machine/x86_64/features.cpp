#include "kernel/machine/x86_64/features.h"

#include "kernel/machine/x86_64/cpu.h"
#include "kernel/machine/x86_64/offsets.h"
#include "kernel/memory/page_entry.h"

namespace pith::kernel {

extern "C" void syscall_entry();
extern "C" void syscall_entry_without_fast_path();

namespace {

constexpr u64 bit(unsigned n) { return u64{1} << n; }

namespace cr0 {
constexpr u64 pe = bit(0), mp = bit(1), et = bit(4), ne = bit(5), wp = bit(16), pg = bit(31);
} // namespace cr0
namespace cr4 {
constexpr u64 de = bit(3), pae = bit(5), mce = bit(6), pge = bit(7), osfxsr = bit(9), osxmmexcpt = bit(10),
              umip = bit(11), fsgsbase = bit(16), osxsave = bit(18), smep = bit(20), smap = bit(21);
} // namespace cr4
constexpr u64 efer_system_calls = bit(0), efer_long_mode = bit(8) | bit(10), efer_no_execute = bit(11);
/// Cleared when a program calls: TF IF DF IOPL NT RF AC, and the arithmetic flags with them.
constexpr u64 flags_cleared_by_syscall = 0x57fd5;

} // namespace

Features Features::read() {
    const u32 last = cpu::cpuid(0).eax;
    const cpu::Cpuid basic = cpu::cpuid(1);
    const cpu::Cpuid more = last >= 7 ? cpu::cpuid(7) : cpu::Cpuid{};
    const u32 last_extended = cpu::cpuid(0x8000'0000).eax;
    const cpu::Cpuid extended = cpu::cpuid(0x8000'0001);
    const auto has = [](u32 word, unsigned n) { return (word >> n & 1) != 0; };
    Features f{};
    f.no_execute = has(extended.edx, 20);
    f.huge_pages = has(extended.edx, 26);
    f.syscall = has(extended.edx, 11);
    f.global_pages = has(basic.edx, 13);
    f.machine_check = has(basic.edx, 7);
    f.debug_extensions = has(basic.edx, 2);
    f.smep = has(more.ebx, 7);
    f.smap = has(more.ebx, 20);
    f.umip = has(more.ecx, 2);
    f.fsgsbase = has(more.ebx, 0);
    f.xsave = has(basic.ecx, 26) && last >= 13;
    f.fsgsbase_and_xsave = f.fsgsbase && f.xsave;
    f.vector_components = 3;
    if (f.xsave && has(basic.ecx, 28) && has(cpu::cpuid(13).eax, 2)) f.vector_components = 7;
    f.physical_bits = last_extended >= 0x8000'0008 ? cpu::cpuid(0x8000'0008).eax & 0xff : 36;
    return f;
}

u64 Features::cr4() const {
    u64 value = cr4::pae | cr4::osfxsr | cr4::osxmmexcpt;
    if (debug_extensions) value |= cr4::de;
    if (machine_check) value |= cr4::mce;
    if (global_pages) value |= cr4::pge;
    if (smep) value |= cr4::smep;
    if (smap) value |= cr4::smap;
    if (umip) value |= cr4::umip;
    if (fsgsbase) value |= cr4::fsgsbase;
    if (xsave) value |= cr4::osxsave;
    return value;
}

void Features::enable_on_this_core() const {
    cpu::write_msr(cpu::Msr::efer, efer_system_calls | efer_long_mode | efer_no_execute);
    cpu::write_cr4(cr4());
    if (xsave) cpu::write_xcr0(vector_components);
    cpu::write_msr(cpu::Msr::pat, page_attribute_table);
    // SDM vol. 3, 5.8.8: syscall takes its selectors from bits 32 on, sysret from bits 48 on (+8 SS, +16 CS).
    cpu::write_msr(cpu::Msr::star, u64{KERNEL_CS} << 32 | u64{USER_SS - 8} << 48);
    const auto entry = fsgsbase_and_xsave ? &syscall_entry : &syscall_entry_without_fast_path;
    cpu::write_msr(cpu::Msr::lstar, reinterpret_cast<u64>(entry));
    cpu::write_msr(cpu::Msr::cstar, 0);
    cpu::write_msr(cpu::Msr::fmask, flags_cleared_by_syscall);
}

void Features::enable_protection() {
    // Caches on (CD, NW clear: loaders leave them off), x87 errors as exceptions, write protection for ring
    // 0.
    cpu::write_cr0(cr0::pg | cr0::wp | cr0::ne | cr0::et | cr0::mp | cr0::pe);
}

} // namespace pith::kernel
