#include "kernel/machine/x86_64/tables/soft_off.h"

#include "base/acpi.h"

namespace pith::acpi {
namespace {

// Bytes of the machine language (ACPI 6.5, 20.2).
constexpr u8 name_op = 0x08, package_op = 0x12, byte_prefix = 0x0a, word_prefix = 0x0b, dword_prefix = 0x0c;

/// A small constant; moves `at` behind it.
Result<u8> read_constant(Bytes code, u64& at) {
    const u8 op = number_at<u8>(code, at);
    u64 size = 0;
    if (op == byte_prefix)
        size = 1;
    else if (op == word_prefix)
        size = 2;
    else if (op == dword_prefix)
        size = 4;
    else if (op > 1)
        return fail(Error::unsupported); // 0 and 1 stand for themselves
    if (!within(at, 1 + size, code.size())) return fail(Error::end_of_data);
    const u8 value = size == 0 ? op : number_at<u8>(code, at + 1);
    at += 1 + size;
    return value;
}

/// What stands behind the name `_S5_`: a package of at least two constants.
Result<SleepType> read_package(Bytes code, u64 at) {
    if (number_at<u8>(code, at) != package_op) return fail(Error::not_found);
    const u8 lead = number_at<u8>(code, at + 1); // its top two bits: how many more bytes the length has
    at += 2u + (lead >> 6) + 1u;                 // and one byte with the number of elements
    const u8 elements = number_at<u8>(code, at - 1);
    if (at > code.size() || elements < 1) return fail(Error::bad_format);
    SleepType type{};
    type.a = TRY(read_constant(code, at));
    type.b = elements > 1 ? TRY(read_constant(code, at)) : type.a;
    if (type.a > 7 || type.b > 7) return fail(Error::bad_format); // the field has three bits
    return type;
}

} // namespace

Result<SleepType> find_soft_off(Bytes dsdt) {
    const Bytes table = TRY(checked_table(dsdt, "DSDT"));
    const Bytes code = table.subspan(header_size);
    constexpr u32 name = 0x5f35535f; // "_S5_"
    for (u64 at = 1; within(at, 4, code.size()); ++at) {
        if (code[at] != std::byte{'_'} || number_at<u32>(code, at) != name) continue;
        const u8 before = number_at<u8>(code, at - 1);
        const bool rooted = before == '\\' && at >= 2 && number_at<u8>(code, at - 2) == name_op;
        if (before != name_op && !rooted) continue;
        if (const auto type = read_package(code, at + 4)) return type;
    }
    return fail(Error::not_found);
}

} // namespace pith::acpi
