// wc [-lwmc] [FILE…]: counts lines, words and bytes; -m characters (UTF-8).
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

#include <algorithm>

using namespace pith;

namespace {

struct Counts {
    u64 lines = 0;
    u64 words = 0;
    u64 characters = 0;
    u64 bytes = 0;
};

Result<Counts> count(const proto::Program& program, std::string_view path) {
    auto source = TRY(proto::ByteSource::open(program, path));
    Counts counts;
    bool in_word = false;
    for (;;) {
        const std::string_view bytes = TRY(source.next());
        if (bytes.empty()) return counts;
        counts.bytes += bytes.size();
        for (const char c : bytes) {
            const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
            const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
            if (!continues) ++counts.characters;
            if (c == '\n') ++counts.lines;
            if (!blank && !in_word) ++counts.words;
            in_word = !blank;
        }
    }
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto wc = TRY(proto::Utility::open(start, "lwmc", "wc [-lwmc] [FILE…]"));
    if (!wc) return proto::status_misuse;
    proto::Output output{wc->program.output()};
    const bool all = std::ranges::none_of(std::string_view{"lwmc"},
                                          [&](char letter) { return wc->arguments.has(letter); });
    Counts total;
    const auto show = [&](const Counts& counts, std::string_view name) {
        if (all || wc->arguments.has('l')) output.print("{:>7} ", counts.lines);
        if (all || wc->arguments.has('w')) output.print("{:>7} ", counts.words);
        if (wc->arguments.has('m')) output.print("{:>7} ", counts.characters);
        if (all || wc->arguments.has('c')) output.print("{:>7} ", counts.bytes);
        output.print("{}\n", name);
    };
    if (wc->operands().empty()) {
        show(TRY(count(wc->program, "-")), "");
        return 0;
    }
    const int status = wc->for_each_operand([&](std::string_view path) -> Result<> {
        const Counts counts = TRY(count(wc->program, path));
        show(counts, path);
        total = {total.lines + counts.lines, total.words + counts.words, total.characters + counts.characters,
                 total.bytes + counts.bytes};
        return {};
    });
    if (wc->operands().size() > 1) show(total, "total");
    return status;
}
