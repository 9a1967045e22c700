// hexdump [-C] [-v] [-n LENGTH] [-s SKIP] [FILE]: shows bytes as numbers and characters (which -C asks for by
// name), so many from that offset on. `*` stands for lines as the one before it, but for -v.
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

constexpr std::size_t row = 16;

/// Row after row, from an offset on.
class Rows {
  public:
    Rows(proto::Output& output, u64 offset, bool all) : output_{output}, offset_{offset}, all_{all} {}

    void add(std::string_view bytes) {
        held_ += bytes;
        std::size_t done = 0;
        for (; held_.size() - done >= row; done += row)
            show(held_.substr(done, row));
        held_.erase(0, done);
    }
    void end() {
        if (!held_.empty()) show(held_);
        output_.print("{:08x}\n", offset_);
    }

  private:
    void show(const std::string& bytes) {
        const bool repeats = !all_ && bytes == last_;
        if (!repeats)
            print(bytes);
        else if (!hides_)
            output_.write("*\n");
        hides_ = repeats;
        last_ = bytes;
        offset_ += bytes.size();
    }
    void print(std::string_view bytes) {
        output_.print("{:08x} ", offset_);
        for (std::size_t i = 0; i < row; ++i) {
            if (i < bytes.size())
                output_.print(" {:02x}", static_cast<u64>(static_cast<unsigned char>(bytes[i])));
            else
                output_.write("   ");
        }
        std::string text;
        for (const char c : bytes)
            text += c >= ' ' && c <= '~' ? c : '.';
        output_.print("  |{}|\n", text);
    }

    proto::Output& output_;
    u64 offset_;
    bool all_;
    std::string held_, last_;
    bool hides_ = false;
};

Result<> dump(proto::ByteSource source, u64 skip, u64 length, Rows& rows) {
    while (length > 0) {
        std::string_view bytes = TRY(source.next());
        if (bytes.empty()) break;
        const u64 passed = std::min<u64>(skip, bytes.size());
        skip -= passed;
        bytes = bytes.substr(passed, length);
        length -= bytes.size();
        rows.add(bytes);
    }
    rows.end();
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    constexpr std::string_view usage = "hexdump [-C] [-v] [-n LENGTH] [-s SKIP] [FILE]";
    const auto hexdump = TRY(proto::Utility::open(start, "Cvn:s:", usage, 0, 1));
    if (!hexdump) return proto::status_misuse;
    const auto length = hexdump->arguments.number('n', ~u64{0});
    const auto skip = hexdump->arguments.number('s', 0);
    if (!length || !skip) {
        hexdump->program.errors().print("usage: {}\n", usage);
        return proto::status_misuse;
    }
    const std::string_view path = hexdump->operands().empty() ? "-" : hexdump->operands()[0];
    proto::Output output{hexdump->program.output()};
    Rows rows{output, *skip, hexdump->arguments.has('v')};
    auto source = proto::ByteSource::open(hexdump->program, path);
    const auto done = source ? dump(*std::move(source), *skip, *length, rows) : fail(source.error());
    if (done) return 0;
    hexdump->complain(path, done.error());
    return 1;
}
