// ls [-adhilRrt1] [PATH…]: lists directories, by name; -a with hidden names, which begin with a dot; -l with
// kind, links, size and when it was modified (UTC), -h sizes for people; -i with inodes' numbers; -t by when
// it was modified, the latest first; -r the other way round; -d the directory itself; -R with all that lies
// below.
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/size_text.h"
#include "proto/utility.h"

#include <algorithm>

using namespace pith;

namespace {

using proto::file::Kind;

class Lister {
  public:
    Lister(const proto::Utility& utility, proto::Output& output) : ls_{utility}, output_{output} {}

    Result<> list(std::string_view path, bool with_heading) {
        const std::string absolute = ls_.program.absolute(path);
        const bool may_be_link = !path.ends_with('/');
        if (may_be_link && (ls_.arguments.has('l') || ls_.arguments.has('d')))
            if (TRY(show_link(path, absolute))) return {};
        const auto file = open(absolute);
        if (!file && may_be_link && TRY(show_link(path, absolute))) return {}; // one that leads nowhere
        if (!file) return fail(file.error());
        if (!file->is_directory() || ls_.arguments.has('d')) {
            show({std::string{path}, file->info}, absolute);
            return {};
        }
        if (with_heading) output_.print("{}:\n", path);
        const auto names = TRY(names_in(absolute));
        for (const proto::Name& name : names)
            show(name, proto::absolute_path(absolute, name.name));
        if (!ls_.arguments.has('R')) return {};
        for (const proto::Name& name : names)
            if (name.is(Kind::directory)) {
                output_.write("\n");
                TRY(list(proto::path_in(path, name.name), true));
            }
        return {};
    }

  private:
    [[nodiscard]] Result<proto::OpenFile> open(const std::string& path) const {
        return ls_.program.files().open(path, proto::file::open_flags::read);
    }
    /// False: it is none.
    [[nodiscard]] Result<bool> show_link(std::string_view path, const std::string& absolute) {
        const proto::Name name{std::string{path}, TRY(ls_.program.files().look(absolute))};
        if (!name.is(Kind::link)) return false;
        show(name, absolute);
        return true;
    }
    [[nodiscard]] Result<std::vector<proto::Name>> names_in(const std::string& directory) const {
        auto names = TRY(proto::read_directory(ls_.program.files(), directory));
        if (!ls_.arguments.has('a'))
            std::erase_if(names, [](const proto::Name& name) { return name.name.starts_with('.'); });
        if (ls_.arguments.has('t'))
            std::ranges::sort(names, [](const proto::Name& a, const proto::Name& b) {
                const auto later = a.info.modified <=> b.info.modified;
                return later != 0 ? later > 0 : a.name < b.name;
            });
        if (ls_.arguments.has('r')) std::ranges::reverse(names);
        return names;
    }
    void show(const proto::Name& name, const std::string& path) {
        if (ls_.arguments.has('i')) output_.print("{:>7} ", name.info.inode);
        if (!ls_.arguments.has('l')) {
            output_.print("{}\n", name.name);
            return;
        }
        const char kind = name.is(Kind::directory) ? 'd' : name.is(Kind::link) ? 'l' : '-';
        const Text<20> modified = describe(name.info.modified);
        constexpr std::size_t to_the_minute = 16;
        const auto size = proto::size_text(name.info.size, ls_.arguments.has('h'));
        output_.print("{} {:>3} {:>8} {:>16} {}", kind, name.info.links, size.view(),
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
    const auto ls = TRY(proto::Utility::open(start, "adhilRrt1", "ls [-adhilRrt1] [PATH…]"));
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
