// mkdir [-p] PATH…: makes directories; -p those above, too, and does not mind those that are there.
#include "proto/utility.h"

using namespace pith;

namespace {

Result<> make_all(const proto::FileSpace& files, const std::string& path) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const auto made = files.make_directory(path.substr(0, end));
        // What may not be changed may still be there.
        const bool may_be_there = end != std::string::npos || (!made && made.error() == Error::exists);
        if (!made && !may_be_there) return made;
        if (end == std::string::npos) break;
    }
    return TRY(files.open(path)).is_directory() ? Result<>{} : fail(Error::exists);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto mkdir = TRY(proto::Utility::open(start, "p", "mkdir [-p] PATH…", 1));
    if (!mkdir) return proto::status_misuse;
    const proto::FileSpace& files = mkdir->program.files();
    return mkdir->for_each_operand([&](std::string_view path) {
        const std::string absolute = mkdir->program.absolute(path);
        return mkdir->arguments.has('p') ? make_all(files, absolute) : files.make_directory(absolute);
    });
}
