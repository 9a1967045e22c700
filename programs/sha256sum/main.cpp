// sha256sum [-c] [FILE…]: the SHA-256 of each; -c: reads such lines, and checks the files that they name.
#include "programs/sha256sum/sha256.h"
#include "proto/byte_source.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

constexpr u64 digits = 64;

Result<std::string> sum(const proto::Program& program, std::string_view path) {
    auto source = TRY(proto::ByteSource::open(program, path));
    sha256sum::Sha256 sha256;
    for (;;) {
        const std::string_view bytes = TRY(source.next());
        if (bytes.empty()) return sha256sum::in_hexadecimal(sha256.finish());
        sha256.add(std::as_bytes(std::span{bytes}));
    }
}

/// One line of a list: digits, two characters, a name. False: the file is another one, or missing.
Result<bool> check_line(const proto::Utility& self, proto::Output& output, std::string_view line) {
    if (line.size() < digits + 3 || line[digits] != ' ') return fail(Error::bad_format);
    const std::string_view path = line.substr(digits + 2);
    const auto found = sum(self.program, path);
    const bool same = found && *found == line.substr(0, digits);
    output.write(std::string{path}.append(same ? ": OK\n" : ": FAILED\n"));
    if (!found) self.complain(path, found.error());
    return same;
}

Result<> check(const proto::Utility& self, proto::Output& output, std::string_view list, bool& all_same) {
    proto::LineSource lines{TRY(proto::ByteSource::open(self.program, list))};
    while (const auto line = TRY(lines.next())) {
        const auto same = check_line(self, output, *line);
        if (!same) self.complain(list, same.error());
        if (!same || !*same) all_same = false;
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto self = TRY(proto::Utility::open(start, "c", "sha256sum [-c] [FILE…]"));
    if (!self) return proto::status_misuse;
    proto::Output output{self->program.output()};
    bool all_same = true;
    const auto act = [&](std::string_view path) -> Result<> {
        if (self->arguments.has('c')) return check(*self, output, path, all_same);
        output.write(TRY(sum(self->program, path)).append("  ").append(path).append("\n"));
        return {};
    };
    int status = 0;
    if (self->operands().empty())
        TRY(act("-"));
    else
        status = self->for_each_operand(act);
    return all_same ? status : 1;
}
