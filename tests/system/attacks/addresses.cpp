// Addresses that are not a program's: to read, to write, to run, as a stack, behind FS and GS.
#include "driver.h"

namespace pith::attacks {
namespace {

/// A few bytes of machine code, held in place.
struct Code {
    std::array<std::byte, 16> bytes;
    u64 size;
    operator std::span<const std::byte>() const { return std::span{bytes}.first(size); }
};
template <class... Byte>
constexpr Code code(Byte... bytes) {
    return {{static_cast<std::byte>(bytes)...}, sizeof...(Byte)};
}

struct Target {
    const char* name;
    u64 address;
};
/// Canonical, and not the program's: a page fault that names the address.
constexpr std::array kernel_targets{
    Target{"page-0", 0},
    Target{"page-0-end", 0xfff},
    Target{"last-page", 0x7fff'ffff'f000},
    Target{"last-byte", 0x7fff'ffff'ffff},
    Target{"direct-map", 0xffff'8000'0000'0000},
    Target{"direct-map-1-mib", 0xffff'8000'0010'0000},
    Target{"direct-map-end", 0xffff'bfff'ffff'f000},
    Target{"stacks", 0xffff'ffff'9000'1000},
    Target{"local-apic", 0xffff'ffff'a000'0000},
    Target{"framebuffer", 0xffff'ffff'b000'0000},
    Target{"framebuffer-of-the-loader", 0xffff'ffff'fc00'0000},
    Target{"kernel-image", 0xffff'ffff'ffe0'2000},
    Target{"kernel-image-2-gib", 0xffff'ffff'8000'0000},
    Target{"last-kernel-byte", 0xffff'ffff'ffff'ffff},
};
constexpr std::array hole_targets{
    Target{"hole-begin", 0x0000'8000'0000'0000},
    Target{"hole", 0x8000'0000'0000'0000},
    Target{"hole-end", 0xffff'7fff'ffff'ffff},
};

constexpr auto read = code(0x8a, 0x07);           // mov al, [rdi]
constexpr auto write = code(0xc6, 0x07, 0x00);    // mov byte [rdi], 0
constexpr auto jump = code(0xff, 0xe7);           // jmp rdi
constexpr auto execute = code(0x57, 0xc3);        // push rdi; ret
constexpr auto locked = code(0xf0, 0xff, 0x07);   // lock inc dword [rdi]
constexpr auto prefetch = code(0x0f, 0x18, 0x0f); // prefetcht0 [rdi]: goes without a fault

struct Way {
    const char* name;
    Code code;
};

std::string_view judge(const Result<Bare::End>& end, u64 mask, u64 address, Text<80>& text) {
    if (!end) return describe(end.error());
    const bool names_it = end->outcome != may::page || end->address == address;
    if ((end->outcome & mask) != 0 && names_it) return {};
    text.format("ended by {:#x} at {:#x}", end->outcome, end->address);
    return text.view();
}

void touch(Driver& driver, const Target& target, const Way& way, u64 mask) {
    Text<64> name;
    name.format("addresses.{}-{}", way.name, target.name);
    if (!driver.wants(name.view())) return;
    Text<80> text;
    driver.report(name.view(),
                  judge(driver.bare().run(way.code, target.address), mask, target.address, text));
}

} // namespace

void attack_by_addresses(Driver& driver) {
    const std::array ways{Way{"read", read}, Way{"write", write}, Way{"jump", jump}, Way{"return", execute},
                          Way{"locked", locked}};
    for (const Target& target : kernel_targets)
        for (const Way& way : ways)
            touch(driver, target, way, may::page);
    for (const Target& target : hole_targets)
        for (const Way& way : ways)
            touch(driver, target, way, may::protection);
    touch(driver, kernel_targets[4], {"prefetch", prefetch}, may::work);
    // Behind this syscall nothing can be mapped: its return address is the last page's.
    constexpr auto syscall = code(0xb8, abi::number_of<abi::ClockRead>, 0, 0, 0, 0x0f, 0x05);
    if (!driver.wants("addresses.syscall-below-the-hole")) return;
    const VirtAddr last{abi::user_end.raw - page_size};
    Text<80> text;
    const auto end = driver.bare().run(syscall, 0, {.page = last, .at_the_end = true});
    driver.report("addresses.syscall-below-the-hole", judge(end, may::page, abi::user_end.raw, text));
}

void attack_by_stack_pointers(Driver& driver) {
    // mov rsp, rdi; then each way into the kernel
    const std::array ways{
        Way{"push", code(0x48, 0x89, 0xfc, 0x50)},
        Way{"int3", code(0x48, 0x89, 0xfc, 0xcc)},
        Way{"fault", code(0x48, 0x89, 0xfc, 0x0f, 0x0b)},
        Way{"icebp", code(0x48, 0x89, 0xfc, 0xf1)},
        Way{"syscall", code(0x48, 0x89, 0xfc)},
        Way{"timer", code(0x48, 0x89, 0xfc, 0xb9, 0, 0, 0, 3, 0xe2, 0xfe)},
    };
    const std::array<u64, 6> masks{may::page | may::stack | may::protection,
                                   may::breakpoint,
                                   may::opcode,
                                   may::debug | may::opcode,
                                   may::work,
                                   may::work};
    for (const Target& target : {kernel_targets[0], kernel_targets[4], kernel_targets[7], hole_targets[0],
                                 hole_targets[1], hole_targets[2]})
        for (u64 i = 0; i < ways.size(); ++i) {
            Text<64> name;
            name.format("stack-pointer.{}-{}", ways[i].name, target.name);
            driver.probe(name.view(), ways[i].code, target.address, masks[i]);
        }
}

void attack_by_bases(Driver& driver) {
    // wrgsbase rdi; then each way into the kernel. CVE-free only if nobody looks at the sign of GS base.
    const std::array ways{
        Way{"syscall", code(0xf3, 0x48, 0x0f, 0xae, 0xdf)},
        Way{"int3", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0xcc)},
        Way{"fault", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0x0f, 0x0b)},
        Way{"icebp", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0xf1)},
        Way{"page-fault", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0x8a, 0x04, 0x25, 0, 0, 0, 0)},
        Way{"single-step", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0x68, 2, 1, 0, 0, 0x9d, 0x90, 0x90)},
        Way{"step-syscall", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0x68, 2, 1, 0, 0, 0x9d, 0x0f, 0x05)},
        Way{"timer", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0xb9, 0, 0, 0, 3, 0xe2, 0xfe)},
        Way{"use", code(0xf3, 0x48, 0x0f, 0xae, 0xdf, 0x65, 0x8a, 0x04, 0x25, 8, 0, 0, 0)},
    };
    const std::array<u64, 9> masks{may::work, may::breakpoint, may::opcode, may::debug | may::opcode,
                                   may::page, may::debug,      may::debug,  may::work,
                                   may::page};
    for (const Target& target : {kernel_targets[4], kernel_targets[7], kernel_targets[11]})
        for (u64 i = 0; i < ways.size(); ++i) {
            Text<64> name;
            name.format("gs-base.{}-{}", ways[i].name, target.name);
            driver.probe(name.view(), ways[i].code, target.address, masks[i] | may::need_fsgsbase);
        }
    constexpr auto set_fs = code(0xf3, 0x48, 0x0f, 0xae, 0xd7);
    // QEMU lets them be set, and the kernel has to live with what it finds.
    for (const Target& target : hole_targets) {
        Text<64> name;
        name.format("gs-base.set-{}", target.name);
        driver.probe(name.view(), ways[0].code, target.address,
                     may::protection | may::work | may::need_fsgsbase);
        name.clear();
        name.format("fs-base.set-{}", target.name);
        driver.probe(name.view(), set_fs, target.address, may::protection | may::work | may::need_fsgsbase);
    }
    driver.probe("fs-base.kernel", set_fs, kernel_targets[4].address, may::work | may::need_fsgsbase);
}

} // namespace pith::attacks
