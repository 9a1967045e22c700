#include "proto/files.h"

namespace pith::proto {
namespace {

constexpr u64 largest_file = u64{64} << 20;

} // namespace

Result<LoadedFile> LoadedFile::load(const OpenFile& file, const os::Budget& budget) {
    const u64 size = file.info.size;
    if (file.is_directory()) return fail(Error::is_directory);
    if (size > largest_file) return fail(Error::too_large);
    if (size == 0) return LoadedFile{os::Mapping{}, 0};
    const PageCount count = PageCount::holding(size);
    const os::Memory memory = TRY(os::Memory::create(count, budget));
    const auto read = TRY(file.client.call(file::ReadInto{.offset = 0, .length = size}, memory));
    if (read.length != size) return fail(Error::end_of_data);
    return LoadedFile{TRY(os::Mapping::create(memory, count, abi::rights::memory::read)), size};
}

} // namespace pith::proto
