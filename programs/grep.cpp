// grep [-cilnqrv] TEXT [FILE…]: shows the lines that hold a text; -r of all files below, -l only which files
// hold it, -q nothing. Status 1: there is none.
#include "proto/byte_source.h"
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/utility.h"

#include <algorithm>

using namespace pith;

namespace {

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Search {
  public:
    Search(const proto::Utility& utility, proto::Output& output) : grep_{utility}, output_{output} {}

    /// Where -r says so, all that lies below. Complains where something cannot be read.
    void search_tree(const std::string& shown) {
        const proto::FileSpace& files = grep_.program.files();
        const std::string path = grep_.program.absolute(shown);
        const auto about = files.look(path);
        const bool is_directory = about && about->kind == static_cast<u64>(proto::file::Kind::directory);
        if (!is_directory || !grep_.arguments.has('r')) {
            if (const auto done = search(shown); !done) complain(shown, done.error());
            return;
        }
        const auto names = proto::read_directory(files, path);
        if (!names) return complain(shown, names.error());
        for (const proto::Name& name : *names)
            if (!name.is(proto::file::Kind::link)) search_tree(proto::path_in(shown, name.name));
    }
    void complain(std::string_view path, Error error) {
        grep_.complain(path, error);
        failed_ = true;
    }
    [[nodiscard]] bool failed() const { return failed_; }
    Result<> search(std::string_view path) {
        proto::LineSource source{TRY(proto::ByteSource::open(grep_.program, path))};
        const bool with_name = grep_.operands().size() > 2 || grep_.arguments.has('r');
        const bool lists = grep_.arguments.has('l'), quiet = grep_.arguments.has('q');
        u64 count = 0;
        for (u64 number = 1;; ++number) {
            const auto line = TRY(source.next());
            if (!line) break;
            if (matches(*line) == grep_.arguments.has('v')) continue;
            ++count;
            if (lists || quiet) break;
            if (grep_.arguments.has('c')) continue;
            if (with_name) output_.print("{}:", path);
            if (grep_.arguments.has('n')) output_.print("{}:", number);
            output_.write(*line + "\n");
        }
        found_ = found_ || count > 0;
        if (lists && count > 0) output_.print("{}\n", path);
        if (lists || quiet) return {};
        if (grep_.arguments.has('c') && with_name) output_.print("{}:", path);
        if (grep_.arguments.has('c')) output_.print("{}\n", count);
        return {};
    }
    [[nodiscard]] bool found() const { return found_; }

  private:
    [[nodiscard]] bool matches(std::string_view line) const {
        const std::string_view text = grep_.operands().front();
        if (!grep_.arguments.has('i')) return line.contains(text);
        return text.empty() || !std::ranges::search(line, text, {}, folded, folded).empty();
    }

    const proto::Utility& grep_;
    proto::Output& output_;
    bool found_ = false;
    bool failed_ = false;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto grep = TRY(proto::Utility::open(start, "cilnqrv", "grep [-cilnqrv] TEXT [FILE…]", 1));
    if (!grep) return proto::status_misuse;
    proto::Output output{grep->program.output()};
    Search search{*grep, output};
    const auto& operands = grep->operands();
    for (u64 i = 1; i < operands.size(); ++i)
        search.search_tree(std::string{operands[i]});
    if (operands.size() == 1) search.search_tree(grep->arguments.has('r') ? "." : "-");
    if (search.failed()) return 2;
    return search.found() ? 0 : 1;
}
