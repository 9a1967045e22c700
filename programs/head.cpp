// head [-n LINES | -LINES | -c BYTES] [FILE…]: shows the first lines, or bytes; 10 lines where it is not
// said. Several files each with its name.
#include "proto/byte_source.h"
#include "proto/headings.h"
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

Result<> show_bytes(const proto::Program& program, proto::Output& output, std::string_view path, u64 count) {
    auto source = TRY(proto::ByteSource::open(program, path));
    while (count > 0) {
        const std::string_view bytes = TRY(source.next()).substr(0, count);
        if (bytes.empty()) break;
        output.write(bytes);
        count -= bytes.size();
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto head =
        TRY(proto::Utility::open(start, "#n:c:", "head [-n LINES | -LINES | -c BYTES] [FILE…]"));
    const auto lines = head ? head->arguments.number('n', 10) : Result<u64>{0};
    const auto bytes = head ? head->arguments.number('c', 0) : Result<u64>{0};
    if (head && (!lines || !bytes)) head->complain("how many?", Error::bad_argument);
    if (!head || !lines || !bytes) return proto::status_misuse;
    const bool by_bytes = head->arguments.has('c');
    proto::Output output{head->program.output()};
    proto::Headings headings{head->operands().size() > 1};
    const auto show_one = [&](std::string_view path) -> Result<> {
        TRY(headings.print(head->program, output, path));
        return by_bytes ? show_bytes(head->program, output, path, *bytes)
                        : show(head->program, output, path, *lines);
    };
    if (!head->operands().empty()) return head->for_each_operand(show_one);
    TRY(show_one("-"));
    return 0;
}
