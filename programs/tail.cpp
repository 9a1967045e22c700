// tail [-n LINES | -LINES] [FILE…]: shows the last lines; 10 where it is not said.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

#include <deque>

using namespace pith;

namespace {

Result<> show(const proto::Program& program, proto::Output& output, std::string_view path, u64 lines) {
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

} // namespace

Result<int> program_main(os::Start& start) {
    const auto tail = TRY(proto::Utility::open(start, "#n:", "tail [-n LINES | -LINES] [FILE…]"));
    const auto lines = tail ? tail->arguments.number('n', 10) : Result<u64>{0};
    if (!tail || !lines) return proto::status_misuse;
    proto::Output output{tail->program.output()};
    const auto show_one = [&](std::string_view path) { return show(tail->program, output, path, *lines); };
    if (!tail->operands().empty()) return tail->for_each_operand(show_one);
    TRY(show_one("-"));
    return 0;
}
