// cmp FILE FILE: status 0 if both hold the same, else 1 and where they differ.
#include "proto/byte_source.h"
#include "proto/utility.h"

using namespace pith;

namespace {

/// Bytes of a file one at a time.
class Bytes {
  public:
    explicit Bytes(proto::ByteSource source) : source_{std::move(source)} {}
    /// Nothing: the end.
    [[nodiscard]] Result<std::optional<char>> next() {
        if (part_.empty()) part_ = TRY(source_.next());
        if (part_.empty()) return std::optional<char>{};
        const char c = part_.front();
        part_.remove_prefix(1);
        return std::optional{c};
    }

  private:
    proto::ByteSource source_;
    std::string_view part_;
};

/// The first byte in which they differ, from 1; 0: they do not.
Result<u64> compare(Bytes first, Bytes second) {
    for (u64 place = 1;; ++place) {
        const auto x = TRY(first.next());
        const auto y = TRY(second.next());
        if (x != y) return place;
        if (!x) return u64{0};
    }
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto cmp = TRY(proto::Utility::open(start, "", "cmp FILE FILE", 2, 2));
    if (!cmp) return proto::status_misuse;
    const std::string_view a = cmp->operands()[0];
    const std::string_view b = cmp->operands()[1];
    auto first = proto::ByteSource::open(cmp->program, a), second = proto::ByteSource::open(cmp->program, b);
    if (!first) cmp->complain(a, first.error());
    if (!second) cmp->complain(b, second.error());
    if (!first || !second) return 2;
    const auto place = compare(Bytes{*std::move(first)}, Bytes{*std::move(second)});
    if (!place) {
        cmp->program.errors().print("cmp: {}\n", place.error());
        return 2;
    }
    if (*place == 0) return 0;
    cmp->program.output().print("cmp: {} {} differ: byte {}\n", a, b, *place);
    return 1;
}
