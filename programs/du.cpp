// du [-bhs] [PATH…]: how many KiB the files below hold, those with several names once; -b bytes, -s the
// sums only, -h for people.
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/size_text.h"
#include "proto/utility.h"

#include <set>

using namespace pith;

namespace {

class Measurer {
  public:
    Measurer(const proto::Utility& utility, proto::Output& output) : du_{utility}, output_{output} {}

    Result<u64> measure(const std::string& shown, bool is_operand) {
        const std::string path = du_.program.absolute(shown);
        const auto about = TRY(du_.program.files().look(path));
        const bool is_directory = about.kind == static_cast<u64>(proto::file::Kind::directory);
        u64 sum = is_directory || was_met(about) ? 0 : about.size;
        if (is_directory)
            for (const proto::Name& name : TRY(proto::read_directory(du_.program.files(), path)))
                sum += TRY(measure(proto::path_in(shown, name.name), false));
        if (is_operand || (is_directory && !du_.arguments.has('s')))
            output_.print("{:>9} {}\n", text_of(sum).view(), shown);
        return sum;
    }

  private:
    /// A file under another name. When it was made tells files of different file systems apart.
    [[nodiscard]] bool was_met(const proto::file::Info& about) {
        return about.links > 1 && !met_.emplace(about.inode, about.made).second;
    }
    [[nodiscard]] Text<20> text_of(u64 bytes) const {
        if (du_.arguments.has('h') || du_.arguments.has('b'))
            return proto::size_text(bytes, du_.arguments.has('h'));
        return proto::size_text(bytes / 1024 + (bytes % 1024 != 0 ? 1 : 0), false);
    }

    const proto::Utility& du_;
    proto::Output& output_;
    std::set<std::pair<u64, WallTime>> met_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto du = TRY(proto::Utility::open(start, "bhs", "du [-bhs] [PATH…]"));
    if (!du) return proto::status_misuse;
    proto::Output output{du->program.output()};
    Measurer measurer{*du, output};
    const auto one = [&](std::string_view path) -> Result<> {
        TRY(measurer.measure(std::string{path}, true));
        return {};
    };
    if (!du->operands().empty()) return du->for_each_operand(one);
    TRY(one("."));
    return 0;
}
