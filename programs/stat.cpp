// stat [-c FORMAT] PATH…: what a file is, and what happened to it when (UTC). In FORMAT stand %n for its
// name, %s its size, %i its inode, %h its links, %F its kind, %y when it was modified, %Y the same in seconds
// since 1970.
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

std::string_view describe(u64 kind) {
    switch (static_cast<proto::file::Kind>(kind)) {
    case proto::file::Kind::file: return "file";
    case proto::file::Kind::directory: return "directory";
    case proto::file::Kind::link: return "symbolic link";
    }
    return "something else";
}

void show(proto::Output& output, std::string_view what, WallTime time) {
    if (time.is_known())
        output.print("    {:<8} {}.{:09}\n", what, ::pith::describe(time), time.raw % WallTime::second);
}

std::string by_format(std::string_view format, std::string_view path, const proto::file::Info& about) {
    std::string text;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            text += format[i];
            continue;
        }
        Text<40> part;
        switch (format[++i]) {
        case 'n': text += path; break;
        case 's': text += part.format("{}", about.size).view(); break;
        case 'i': text += part.format("{}", about.inode).view(); break;
        case 'h': text += part.format("{}", about.links).view(); break;
        case 'F': text += describe(about.kind); break;
        case 'y': text += part.format("{}", ::pith::describe(about.modified)).view(); break;
        case 'Y': text += part.format("{}", about.modified.raw / WallTime::second).view(); break;
        case '%': text += '%'; break;
        default: text.append("%").append(1, format[i]); break;
        }
    }
    return text + "\n";
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto stat = TRY(proto::Utility::open(start, "c:", "stat [-c FORMAT] PATH…", 1));
    if (!stat) return proto::status_misuse;
    proto::Output output{stat->program.output()};
    return stat->for_each_operand([&](std::string_view path) -> Result<> {
        const auto about = TRY(stat->program.files().look(stat->program.absolute(path)));
        if (const auto format = stat->arguments.value('c')) {
            output.write(by_format(*format, path, about));
            return {};
        }
        output.print("{}: {}, size {}, inode {}, links {}\n", path, describe(about.kind), about.size,
                     about.inode, about.links);
        show(output, "modified", about.modified);
        show(output, "changed", about.changed);
        show(output, "accessed", about.accessed);
        show(output, "made", about.made);
        return {};
    });
}
