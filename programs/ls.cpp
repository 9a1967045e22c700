// ls [-alR1] [PATH…]: lists directories, by name; -l with kind, links, size and when it
// was modified (UTC), -R with all that lies below.
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

using proto::file::Kind;

class Lister {
  public:
    Lister(const proto::Utility& utility, proto::Output& output) : ls_{utility}, output_{output} {}

    Result<> list(std::string_view path, bool with_heading) {
        const std::string absolute = ls_.program.absolute(path);
        const auto file = open(absolute);
        if (!file) return fail(file.error());
        if (!file->is_directory()) {
            show({std::string{path}, file->info}, absolute);
            return {};
        }
        if (with_heading) output_.print("{}:\n", path);
        const auto names = TRY(proto::read_directory(ls_.program.files(), absolute));
        for (const proto::Name& name : names)
            show(name, proto::absolute_path(absolute, name.name));
        if (!ls_.arguments.has('R')) return {};
        for (const proto::Name& name : names)
            if (name.is(Kind::directory)) {
                output_.write("\n");
                TRY(list(std::string{path} + (path.ends_with('/') ? "" : "/") + name.name, true));
            }
        return {};
    }

  private:
    [[nodiscard]] Result<proto::OpenFile> open(const std::string& path) const {
        return ls_.program.files().open(path, proto::file::open_flags::read);
    }
    void show(const proto::Name& name, const std::string& path) {
        if (!ls_.arguments.has('l')) {
            output_.print("{}\n", name.name);
            return;
        }
        const char kind = name.is(Kind::directory) ? 'd' : name.is(Kind::link) ? 'l' : '-';
        const Text<20> modified = describe(name.info.modified);
        constexpr std::size_t to_the_minute = 16;
        output_.print("{} {:>3} {:>8} {:>16} {}", kind, name.info.links, name.info.size,
                      modified.view().substr(0, to_the_minute), name.name);
        if (name.is(Kind::link))
            if (const auto target = ls_.program.files().link_target(path)) output_.print(" -> {}", *target);
        output_.write("\n");
    }

    const proto::Utility& ls_;
    proto::Output& output_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto ls = TRY(proto::Utility::open(start, "alR1", "ls [-lR] [PATH…]"));
    if (!ls) return proto::status_misuse;
    proto::Output output{ls->program.output()};
    Lister lister{*ls, output};
    const bool with_heading = ls->operands().size() > 1 || ls->arguments.has('R');
    const auto list_one = [&](std::string_view path) { return lister.list(path, with_heading); };
    if (!ls->operands().empty()) return ls->for_each_operand(list_one);
    if (const auto listed = list_one("."); !listed) {
        ls->complain(".", listed.error());
        return 1;
    }
    return 0;
}
