// What files cost, in instructions: boot it under `./pith bench files`, which prints these rows beside their
// targets.
#include "file_rows.h"
#include "os/mapping.h"
#include "proto/file_window.h"

using namespace pith;

namespace pith::bench {
namespace {

namespace file = proto::file;
namespace flags = proto::file::open_flags;

constexpr std::string_view path = "/tmp/benchmark";
constexpr PageCount size = pages(16);

/// The file that is read, with as many bytes as `size` says.
Result<> write_file(const proto::FileSpace& files) {
    const auto made = TRY(files.open(path, flags::write | flags::create));
    const auto memory = TRY(os::Memory::create(size));
    TRY(made.client.call(file::WriteFrom{.offset = 0, .length = size.bytes()}, memory));
    return {};
}

Result<> open_read_close(const proto::FileSpace& files) {
    constexpr u64 length = 100;
    const auto opened = TRY(files.open(path));
    const auto read = TRY(opened.client.call(file::Read{.offset = 0, .length = length}));
    return read.bytes.length == length ? Result<>{} : fail(Error::end_of_data);
}

Result<> create_close_unlink(const proto::FileSpace& files) {
    constexpr std::string_view name = "/tmp/benchmark-2";
    TRY(files.open(name, flags::write | flags::create | flags::exclusive));
    return files.remove(name, file::Kind::file);
}

/// 4 KiB at a time into the same memory, the file from its beginning to its end; each.
Result<> read_pages(const proto::Program& program) {
    const auto memory = TRY(os::Memory::create(pages(1)));
    auto file = TRY(program.files().open(path));
    auto opened = TRY(proto::FileWindow::open(std::move(file), memory));
    const auto mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    const auto read = [&]() -> Result<> {
        for (u64 page = 0; page < size.raw; ++page)
            if (TRY(opened.read(page * page_size, page_size)) != page_size) return fail(Error::end_of_data);
        return {};
    };
    measure_row(program.terminal(), "read-4096", [&] {
        const u64 all = time_of(read);
        return all == failed ? failed : all / size.raw;
    });
    return {};
}

} // namespace

Result<> files_in_memory(const proto::Program& program) {
    const proto::FileSpace& files = program.files();
    TRY(write_file(files));
    const auto row = [&](std::string_view name, auto work) {
        measure_row(program.terminal(), name, [&] { return time_of(work); });
    };
    row("open-read-close", [&] { return open_read_close(files); });
    TRY(read_pages(program));
    row("stat", [&]() -> Result<> {
        TRY(files.look(path));
        return {};
    });
    row("create-close-unlink", [&] { return create_close_unlink(files); });
    return files.remove(path, file::Kind::file);
}

} // namespace pith::bench

/// files [BUS]
Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    if (const auto bus = start.argument(1))
        TRY(bench::files_on_disk(program, *bus));
    else
        TRY(bench::files_in_memory(program));
    return 0;
}
