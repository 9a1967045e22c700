// grep [-ivnc] TEXT [FILE…]: shows the lines that hold a text. Status 1: there is none.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

#include <algorithm>

using namespace pith;

namespace {

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Search {
  public:
    Search(const proto::Utility& utility, proto::Output& output) : grep_{utility}, output_{output} {}

    Result<> search(std::string_view path) {
        proto::LineSource source{TRY(proto::ByteSource::open(grep_.program, path))};
        const bool with_name = grep_.operands().size() > 2;
        u64 count = 0;
        for (u64 number = 1;; ++number) {
            const auto line = TRY(source.next());
            if (!line) break;
            if (matches(*line) == grep_.arguments.has('v')) continue;
            ++count;
            if (grep_.arguments.has('c')) continue;
            if (with_name) output_.print("{}:", path);
            if (grep_.arguments.has('n')) output_.print("{}:", number);
            output_.write(*line + "\n");
        }
        if (grep_.arguments.has('c') && with_name) output_.print("{}:", path);
        if (grep_.arguments.has('c')) output_.print("{}\n", count);
        found_ = found_ || count > 0;
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
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto grep = TRY(proto::Utility::open(start, "ivnc", "grep [-ivnc] TEXT [FILE…]", 1));
    if (!grep) return proto::status_misuse;
    proto::Output output{grep->program.output()};
    Search search{*grep, output};
    bool failed = false;
    const auto search_one = [&](std::string_view path) {
        if (const auto done = search.search(path); !done) {
            grep->complain(path, done.error());
            failed = true;
        }
    };
    for (u64 i = 1; i < grep->operands().size(); ++i)
        search_one(grep->operands()[i]);
    if (grep->operands().size() == 1) search_one("-");
    if (failed) return 2;
    return search.found() ? 0 : 1;
}
