// cat [FILE…]: shows them, one behind the other; `-`, or nothing, is the input.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

Result<> show(const proto::Program& program, proto::Output& output, std::string_view path) {
    auto source = TRY(proto::ByteSource::open(program, path));
    for (;;) {
        const std::string_view bytes = TRY(source.next());
        if (bytes.empty()) return {};
        output.write(bytes);
        if (path == "-") output.flush(); // somebody may be watching
    }
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto cat = TRY(proto::Utility::open(start, "", "cat [FILE…]"));
    if (!cat) return proto::status_misuse;
    proto::Output output{cat->program.output()};
    const auto show_one = [&](std::string_view path) { return show(cat->program, output, path); };
    if (!cat->operands().empty()) return cat->for_each_operand(show_one);
    TRY(show_one("-"));
    return 0;
}
