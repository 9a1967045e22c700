// tee [-a] FILE…: passes its input on, and writes it to files too; -a behind what they hold.
#include "proto/utility.h"

using namespace pith;

namespace {

using namespace proto::file;

Result<> append(const Client& file, std::string_view bytes) {
    while (!bytes.empty()) {
        Append message{};
        message.bytes = decltype(message.bytes)::of(bytes);
        TRY(file.call(message));
        bytes.remove_prefix(message.bytes.length);
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto tee = TRY(proto::Utility::open(start, "a", "tee [-a] FILE…"));
    if (!tee) return proto::status_misuse;
    std::vector<proto::OpenFile> files;
    const u64 flags =
        open_flags::write | open_flags::create | (tee->arguments.has('a') ? 0 : open_flags::truncate);
    int status = tee->for_each_operand([&](std::string_view path) -> Result<> {
        files.push_back(TRY(tee->program.open_file(path, flags)));
        return {};
    });
    for (;;) {
        const std::string bytes = TRY(tee->program.read_input());
        if (bytes.empty()) return status;
        tee->program.output().write(bytes);
        for (const proto::OpenFile& file : files)
            if (const auto written = append(file.client, bytes); !written) {
                tee->complain("write", written.error());
                status = 1;
            }
    }
}
