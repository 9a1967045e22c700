// head [-n LINES | -LINES] [FILE…]: shows the first lines; 10 where it is not said.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

Result<> show(const proto::Program& program, proto::Output& output, std::string_view path, u64 lines) {
    proto::LineSource source{TRY(proto::ByteSource::open(program, path))};
    for (; lines > 0; --lines) {
        const auto line = TRY(source.next());
        if (!line) break;
        output.write(*line + "\n");
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto head = TRY(proto::Utility::open(start, "#n:", "head [-n LINES | -LINES] [FILE…]"));
    const auto lines = head ? head->arguments.number('n', 10) : Result<u64>{0};
    if (!head || !lines) return proto::status_misuse;
    proto::Output output{head->program.output()};
    const auto show_one = [&](std::string_view path) { return show(head->program, output, path, *lines); };
    if (!head->operands().empty()) return head->for_each_operand(show_one);
    TRY(show_one("-"));
    return 0;
}
