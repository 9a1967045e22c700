// ln [-sf] TARGET NAME: gives a file another name, in a directory the same one; -s makes a symbolic link that
// says TARGET, -f in the place of what has that name.
#include "proto/file_trees.h"
#include "proto/utility.h"

using namespace pith;

namespace {

using proto::file::Kind;

bool is_same_file(const proto::FileSpace& files, std::string_view a, std::string_view b) {
    const auto first = files.look(a), second = files.look(b);
    return first && second && first->inode == second->inode && files.mount_of(a) == files.mount_of(b);
}

/// What has the name is there until the new one is.
Result<> replace(const proto::FileSpace& files, const std::string& name, const auto& make) {
    const std::string made = name + ".ln";
    TRY(make(made));
    const auto renamed = files.rename(made, name);
    // Where that failed, or `name` was the same file already (POSIX, rename()), it is still there.
    static_cast<void>(files.remove(made, Kind::file));
    return renamed;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto ln = TRY(proto::Utility::open(start, "sf", "ln [-sf] TARGET NAME", 2, 2));
    if (!ln) return proto::status_misuse;
    const proto::FileSpace& files = ln->program.files();
    const std::string_view target = ln->operands()[0];
    const std::string file = ln->program.absolute(target);
    const std::string name = proto::destination(files, target, ln->program.absolute(ln->operands()[1]));
    const bool symbolic = ln->arguments.has('s');
    const auto make = [&](const std::string& at) {
        return symbolic ? files.make_link(target, at) : files.link(file, at);
    };
    const auto make_or_replace = [&]() -> Result<> {
        if (!ln->arguments.has('f')) return make(name);
        if (symbolic && is_same_file(files, file, name)) return fail(Error::exists); // it would be lost
        return replace(files, name, make);
    };
    const auto made = make_or_replace();
    if (made) return 0;
    ln->complain(ln->operands()[1], made.error());
    return 1;
}
