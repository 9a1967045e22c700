// hexdump [FILE]: shows bytes as numbers and characters.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

constexpr std::size_t row = 16;

void show(proto::Output& output, u64 offset, std::string_view bytes) {
    output.print("{:08x} ", offset);
    for (std::size_t i = 0; i < row; ++i) {
        if (i < bytes.size())
            output.print(" {:02x}", static_cast<u64>(static_cast<unsigned char>(bytes[i])));
        else
            output.write("   ");
    }
    std::string text;
    for (const char c : bytes)
        text += c >= ' ' && c <= '~' ? c : '.';
    output.print("  |{}|\n", text);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto hexdump = TRY(proto::Utility::open(start, "", "hexdump [FILE]", 0, 1));
    if (!hexdump) return proto::status_misuse;
    const std::string_view path = hexdump->operands().empty() ? "-" : hexdump->operands()[0];
    auto source = proto::ByteSource::open(hexdump->program, path);
    if (!source) {
        hexdump->complain(path, source.error());
        return 1;
    }
    proto::Output output{hexdump->program.output()};
    std::string held;
    u64 offset = 0;
    for (bool ended = false; !ended;) {
        const std::string_view more = TRY(source->next());
        ended = more.empty();
        held += more;
        while (held.size() >= row || (ended && !held.empty())) {
            show(output, offset, std::string_view{held}.substr(0, row));
            offset += std::min(row, held.size());
            held.erase(0, row);
        }
    }
    return 0;
}
