// du [-sh] [PATH…]: how many bytes the files below hold; -s the sums only, -h for people.
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/size_text.h"
#include "proto/utility.h"

using namespace pith;

namespace {

Result<u64> measure(const proto::Utility& du, proto::Output& output, const std::string& shown,
                    bool is_operand) {
    const std::string path = du.program.absolute(shown);
    const auto about = TRY(du.program.files().look(path));
    const bool is_directory = about.kind == static_cast<u64>(proto::file::Kind::directory);
    u64 sum = is_directory ? 0 : about.size;
    if (is_directory)
        for (const proto::Name& name : TRY(proto::read_directory(du.program.files(), path)))
            sum += TRY(measure(du, output, proto::path_in(shown, name.name), false));
    if (is_operand || (is_directory && !du.arguments.has('s')))
        output.print("{:>9} {}\n", proto::size_text(sum, du.arguments.has('h')).view(), shown);
    return sum;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto du = TRY(proto::Utility::open(start, "sh", "du [-sh] [PATH…]"));
    if (!du) return proto::status_misuse;
    proto::Output output{du->program.output()};
    const auto one = [&](std::string_view path) -> Result<> {
        TRY(measure(*du, output, std::string{path}, true));
        return {};
    };
    if (!du->operands().empty()) return du->for_each_operand(one);
    TRY(one("."));
    return 0;
}
