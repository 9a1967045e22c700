// find [PATH…] [-name NAME] [-type f|d|l] [-newer FILE] [-maxdepth N]: lists all that lies below; only what
// is called so (`*`, `?` and `[a-z]` stand for others), is of that kind, was modified after FILE, lies at
// most N directories deep.
#include "base/number.h"
#include "base/wildcard.h"
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

using proto::file::Kind;

struct Wanted {
    std::vector<std::string_view> paths;
    std::string_view name = "*";
    std::optional<Kind> kind;
    std::string_view newer_than;
    u64 deepest = ~u64{0};
};

/// Nothing where it was misused.
std::optional<Wanted> parse(const os::Start& start) {
    Wanted wanted;
    for (u64 i = 1; i < start.argument_count(); ++i) {
        const std::string_view word = *start.argument(i);
        if (!word.starts_with('-')) {
            wanted.paths.push_back(word);
            continue;
        }
        const auto value = start.argument(++i);
        if (!value) return std::nullopt;
        if (word == "-name")
            wanted.name = *value;
        else if (word == "-newer")
            wanted.newer_than = *value;
        else if (const auto depth = parse_number(*value); word == "-maxdepth" && depth)
            wanted.deepest = *depth;
        else if (word == "-type" && (*value == "f" || *value == "d" || *value == "l"))
            wanted.kind = *value == "f" ? Kind::file : *value == "d" ? Kind::directory : Kind::link;
        else
            return std::nullopt;
    }
    if (wanted.paths.empty()) wanted.paths.push_back(".");
    return wanted;
}

class Finder {
  public:
    Finder(const proto::Program& program, proto::Output& output, const Wanted& wanted, WallTime after)
        : program_{program}, output_{output}, wanted_{wanted}, after_{after} {}

    /// What cannot be looked at is complained about; the rest is listed.
    void find(const std::string& shown, u64 depth = 0) {
        const auto about = program_.files().look(program_.absolute(shown));
        if (!about) return complain(shown, about.error());
        const std::string_view name = std::string_view{shown}.substr(shown.rfind('/') + 1);
        const bool is_wanted = matches_wildcard(name, wanted_.name) &&
                               (!wanted_.kind || about->kind == static_cast<u64>(*wanted_.kind)) &&
                               (wanted_.newer_than.empty() || about->modified > after_);
        if (is_wanted) output_.print("{}\n", shown);
        if (about->kind != static_cast<u64>(Kind::directory) || depth == wanted_.deepest) return;
        const auto names = proto::read_directory(program_.files(), program_.absolute(shown));
        if (!names) return complain(shown, names.error());
        for (const proto::Name& entry : *names)
            find(proto::path_in(shown, entry.name), depth + 1);
    }
    void complain(std::string_view path, Error error) {
        program_.errors().print("find: {}: {}\n", path, error);
        status_ = 1;
    }
    [[nodiscard]] int status() const { return status_; }

  private:
    const proto::Program& program_;
    proto::Output& output_;
    const Wanted& wanted_;
    WallTime after_;
    int status_ = 0;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto wanted = parse(start);
    if (!wanted) {
        program.errors().write(
            "usage: find [PATH…] [-name NAME] [-type f|d|l] [-newer FILE] [-maxdepth N]\n");
        return proto::status_misuse;
    }
    WallTime after{};
    if (!wanted->newer_than.empty()) {
        const auto about = program.files().look(program.absolute(wanted->newer_than));
        if (!about) {
            program.errors().print("find: {}: {}\n", wanted->newer_than, about.error());
            return 1;
        }
        after = about->modified;
    }
    proto::Output output{program.output()};
    Finder finder{program, output, *wanted, after};
    for (const std::string_view path : wanted->paths)
        finder.find(std::string{path});
    return finder.status();
}
