// devices [-r ADDRESS]: shows the firmware's tables and which driver has which device; -r has the driver of
// the device at BUS:SLOT.FUNCTION killed and started anew.
#include "proto/devices.h"
#include "base/number.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

namespace devices = proto::devices;

void show_tables(proto::Output& output, const devices::Client& server) {
    for (u64 index = 0; const auto table = server.call(devices::Table{index}); ++index)
        output.print("table at 0x{:x}, {} bytes: {}\n", table->address, table->length, table->bytes.view());
}

void show_drivers(proto::Output& output, const devices::Client& server) {
    for (u64 index = 0; const auto function = server.call(devices::Function{index}); ++index) {
        if (function->bytes.view().empty()) continue;
        const u64 at = function->address;
        output.print("{:02x}:{:02x}.{} {}\n", at >> 8, at >> 3 & 31, at & 7, function->bytes.view());
    }
}

/// `00:1f.2`
std::optional<u64> parse_address(std::string_view text) {
    if (text.size() != 7 || text[2] != ':' || text[5] != '.') return std::nullopt;
    const auto bus = parse_number(text.substr(0, 2), 16);
    const auto slot = parse_number(text.substr(3, 2), 16);
    const auto function = parse_number(text.substr(6), 16);
    if (!bus || !slot || !function || *slot > 31 || *function > 7) return std::nullopt;
    return *bus << 8 | *slot << 3 | *function;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Utility::open(start, "r:", "devices [-r BUS:SLOT.FUNCTION]", 0, 0));
    if (!program) return proto::status_misuse;
    const auto server = start.take<devices::Client>("drivers");
    if (!server) {
        program->complain("drivers", Error::denied);
        return 1;
    }
    if (const auto text = program->arguments.value('r')) {
        const auto address = parse_address(*text);
        const auto done =
            address ? server->call(devices::Restart{*address}) : Result<os::Done>{fail(Error::bad_argument)};
        if (done) return 0;
        program->complain(*text, done.error());
        return 1;
    }
    proto::Output output{program->program.output()};
    show_tables(output, *server);
    show_drivers(output, *server);
    return 0;
}
