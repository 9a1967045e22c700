// ls [-l] [PATH…]: lists directories, and with -l what is in them and how large it is.
#include "proto/program.h"

#include <string>

using namespace pith;

namespace {

void add_line(std::string& out, const proto::file::Info& info, std::string_view name, bool with_details) {
    Text<300> line;
    const bool directory = info.kind == static_cast<u64>(proto::file::Kind::directory);
    if (with_details) line.format("{} {:>8} ", directory ? 'd' : '-', info.size);
    line.format("{}\n", name);
    out += line.view();
}

Result<> list(const proto::Program& program, std::string_view path, bool with_details) {
    const auto file = TRY(program.open_file(path));
    std::string out;
    if (!file.is_directory()) add_line(out, file.info, path, with_details);
    for (u64 index = 0; file.is_directory(); ++index) {
        const auto entry = file.client.call(proto::file::List{.index = index});
        if (!entry && entry.error() == Error::not_found) break;
        if (!entry) return fail(entry.error());
        add_line(out, entry->info, entry->bytes.view(), with_details);
    }
    program.terminal().write(out);
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    u64 first = 1;
    const bool with_details = start.argument(1) == "-l";
    if (with_details) ++first;
    int status = 0;
    for (u64 i = first; i < start.argument_count() || i == first; ++i) {
        const std::string_view path = start.argument(i).value_or(".");
        if (const auto listed = list(program, path, with_details); !listed) {
            program.terminal().print("ls: {}: {}\n", path, listed.error());
            status = 1;
        }
    }
    return status;
}
