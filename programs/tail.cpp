// tail [-n LINES | -LINES | -c BYTES] [-f] [FILE…]: shows the last lines, or bytes; 10 lines where it is not
// said; -n +LINE from that line on. Several files each with its name. -f goes on with what is added to the
// (last) file, until Ctrl-C.
#include "base/number.h"
#include "os/time.h"
#include "proto/byte_source.h"
#include "proto/headings.h"
#include "proto/utility.h"

#include <deque>

using namespace pith;

namespace {

Result<> show_lines(const proto::Program& program, proto::Output& output, std::string_view path, u64 lines) {
    proto::LineSource source{TRY(proto::ByteSource::open(program, path))};
    std::deque<std::string> last;
    while (auto line = TRY(source.next())) {
        last.push_back(*std::move(line));
        if (last.size() > lines) last.pop_front();
    }
    for (const std::string& line : last)
        output.write(line + "\n");
    return {};
}

/// From a line on, the first being 1.
Result<> show_from(const proto::Program& program, proto::Output& output, std::string_view path, u64 first) {
    proto::LineSource source{TRY(proto::ByteSource::open(program, path))};
    for (u64 number = 1; auto line = TRY(source.next()); ++number)
        if (number >= first) output.write(*line + "\n");
    return {};
}

Result<> show_bytes(const proto::Program& program, proto::Output& output, std::string_view path, u64 count) {
    auto source = TRY(proto::ByteSource::open(program, path));
    std::string last;
    for (;;) {
        const std::string_view bytes = TRY(source.next());
        if (bytes.empty()) break;
        last += bytes;
        if (last.size() > count) last.erase(0, last.size() - count);
    }
    output.write(last);
    return {};
}

/// Looks every now and then whether there is more. A file that became shorter begins anew.
Result<> follow(const proto::Program& program, proto::Output& output, std::string_view path) {
    const auto file = TRY(program.open_file(path));
    u64 offset = TRY(file.client.call(proto::file::Stat{})).size;
    for (;;) {
        output.flush();
        TRY(os::sleep(milliseconds(200)));
        const u64 size = TRY(file.client.call(proto::file::Stat{})).size;
        if (size < offset) offset = 0;
        while (offset < size) {
            const auto read = TRY(file.client.call(proto::file::Read{.offset = offset, .length = 480}));
            if (read.bytes.view().empty()) break;
            output.write(read.bytes.view());
            offset += read.bytes.view().size();
        }
    }
}

} // namespace

Result<int> program_main(os::Start& start) {
    constexpr std::string_view usage = "tail [-n LINES | -n +LINE | -LINES | -c BYTES] [-f] [FILE…]";
    const auto tail = TRY(proto::Utility::open(start, "#n:c:f", usage));
    if (!tail) return proto::status_misuse;
    const std::string_view said = tail->arguments.value('n').value_or("10");
    const bool from_start = said.starts_with('+');
    const auto lines = parse_number(said.substr(from_start ? 1 : 0));
    const auto bytes = tail->arguments.number('c', 0);
    if (!lines || !bytes) {
        tail->complain("how many?", Error::bad_argument);
        return proto::status_misuse;
    }
    proto::Output output{tail->program.output()};
    proto::Headings headings{tail->operands().size() > 1};
    const auto show_one = [&](std::string_view path) -> Result<> {
        TRY(headings.print(tail->program, output, path));
        if (tail->arguments.has('c')) return show_bytes(tail->program, output, path, *bytes);
        return from_start ? show_from(tail->program, output, path, *lines)
                          : show_lines(tail->program, output, path, *lines);
    };
    if (tail->operands().empty()) {
        TRY(show_one("-"));
        return 0;
    }
    const int status = tail->for_each_operand(show_one);
    if (status != 0 || !tail->arguments.has('f')) return status;
    const std::string_view last = tail->operands().back();
    if (const auto followed = follow(tail->program, output, last); !followed)
        tail->complain(last, followed.error());
    return 1;
}
