// find [-n NAME] [PATH…]: lists all that lies below; with -n only what is called so (`*` and `?` stand for
// any).
#include "base/wildcard.h"
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

class Finder {
  public:
    Finder(const proto::Utility& utility, proto::Output& output)
        : find_{utility}, output_{output}, name_{utility.arguments.value('n').value_or("*")} {}

    Result<> find(const std::string& shown) {
        const std::string path = find_.program.absolute(shown);
        const std::string_view name = std::string_view{shown}.substr(shown.rfind('/') + 1);
        if (matches_wildcard(name, name_)) output_.print("{}\n", shown);
        const auto about = TRY(find_.program.files().look(path));
        if (about.kind != static_cast<u64>(proto::file::Kind::directory)) return {};
        for (const proto::Name& entry : TRY(proto::read_directory(find_.program.files(), path)))
            TRY(find(shown + (shown.ends_with('/') ? "" : "/") + entry.name));
        return {};
    }

  private:
    const proto::Utility& find_;
    proto::Output& output_;
    std::string_view name_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto find = TRY(proto::Utility::open(start, "n:", "find [-n NAME] [PATH…]"));
    if (!find) return proto::status_misuse;
    proto::Output output{find->program.output()};
    Finder finder{*find, output};
    const auto find_one = [&](std::string_view path) { return finder.find(std::string{path}); };
    if (!find->operands().empty()) return find->for_each_operand(find_one);
    TRY(find_one("."));
    return 0;
}
