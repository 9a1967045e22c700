// cat [-n] [FILE…]: shows them, one behind the other; `-`, or nothing, is the input. -n with numbers of
// lines.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

/// Writes each line behind its number.
class Numbers {
  public:
    void write(proto::Output& output, std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view line = bytes.substr(0, bytes.find('\n') + 1); // all, where there is none
            const std::string_view part = line.empty() ? bytes : line;
            if (at_start_) output.print("{:>6}  ", ++number_);
            at_start_ = !line.empty();
            output.write(part);
            bytes.remove_prefix(part.size());
        }
    }

  private:
    u64 number_ = 0;
    bool at_start_ = true;
};

Result<> show(const proto::Program& program, proto::Output& output, std::string_view path, Numbers* numbers) {
    auto source = TRY(proto::ByteSource::open(program, path));
    for (;;) {
        const std::string_view bytes = TRY(source.next());
        if (bytes.empty()) return {};
        if (numbers == nullptr)
            output.write(bytes);
        else
            numbers->write(output, bytes);
        if (path == "-") output.flush(); // somebody may be watching
    }
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto cat = TRY(proto::Utility::open(start, "n", "cat [-n] [FILE…]"));
    if (!cat) return proto::status_misuse;
    proto::Output output{cat->program.output()};
    Numbers counted;
    Numbers* const numbers = cat->arguments.has('n') ? &counted : nullptr;
    const auto show_one = [&](std::string_view path) { return show(cat->program, output, path, numbers); };
    if (!cat->operands().empty()) return cat->for_each_operand(show_one);
    TRY(show_one("-"));
    return 0;
}
