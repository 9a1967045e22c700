// uname [-a]: says what system this is; -a also the processor, the version of the kernel's contract, and what
// the machine has beyond what every one has.
#include "abi/syscalls.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

struct Feature {
    u64 bit;
    std::string_view name;
};
constexpr std::array features{Feature{abi::feature::fast_messages, "fast-messages"},
                              Feature{abi::feature::clock_page, "clock-page"},
                              Feature{abi::feature::translated_dma, "translated-dma"}};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto uname = TRY(proto::Utility::open(start, "a", "uname [-a]", 0, 0));
    if (!uname) return proto::status_misuse;
    proto::Output output{uname->program.output()};
    output.write("Pith");
    if (uname->arguments.has('a')) {
        output.print(" x86_64 contract-{}", abi::version);
        for (const Feature& feature : features)
            if ((os::runtime().features & feature.bit) != 0) output.print(" {}", feature.name);
    }
    output.write("\n");
    return 0;
}
