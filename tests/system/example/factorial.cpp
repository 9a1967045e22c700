// factorial N: asks the driver of the example.
#include "factorial.h"

#include "base/number.h"
#include "proto/devices.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto factorial = TRY(proto::Utility::open(start, "", "factorial N", 1, 1));
    const auto n = factorial ? parse_number(factorial->operands()[0]) : std::nullopt;
    if (!n) return proto::status_misuse;
    const auto server = TRY(start.take<proto::devices::Client>("disks"));
    proto::devices::OpenDisk message;
    message.bytes = os::Chunk<112>::of("edu");
    auto opened = TRY(server.call(message));
    const os::Client<example::Protocol> edu{std::get<0>(std::move(opened.handles))};
    const auto answer = TRY(edu.call(example::Compute{*n}));
    factorial->program.output().print("{}\n", answer.value);
    return 0;
}
