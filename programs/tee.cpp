// tee [-a] FILE…: passes its input on, and writes it to files too; -a behind what they hold.
#include "proto/utility.h"

using namespace pith;

namespace {

using namespace proto::file;

Result<> append(proto::OpenFile& file, std::string_view bytes) {
    while (!bytes.empty()) {
        Append message;
        message.bytes.put(bytes);
        TRY(file.since.change(file.client, message));
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
        tee->program.output().write(bytes);
        std::erase_if(files, [&](proto::OpenFile& file) {
            const auto written = bytes.empty() ? file.since.check(file.client) : append(file, bytes);
            if (written) return false;
            tee->complain("write", written.error());
            status = 1;
            return true; // what follows would not be behind what went before
        });
        if (bytes.empty()) return status;
    }
}
