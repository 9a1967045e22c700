// cat FILE…: shows them, one behind the other.
#include "proto/program.h"

using namespace pith;

namespace {

Result<> show(const proto::Program& program, std::string_view path) {
    const auto file = TRY(program.open_file(path));
    if (file.is_directory()) return fail(Error::is_directory);
    for (u64 offset = 0; offset < file.info.size;) {
        const auto part = TRY(file.client.call(proto::file::Read{.offset = offset, .length = 480}));
        if (part.bytes.length == 0) return fail(Error::end_of_data);
        program.terminal().write(part.bytes.view());
        offset += part.bytes.length;
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    if (start.argument_count() < 2) {
        program.terminal().write("usage: cat FILE…\n");
        return 2;
    }
    int status = 0;
    for (u64 i = 1; i < start.argument_count(); ++i) {
        const std::string_view path = *start.argument(i);
        const auto shown = show(program, path);
        if (shown) continue;
        program.terminal().print("cat: {}: {}\n", path, shown.error());
        status = 1;
    }
    return status;
}
