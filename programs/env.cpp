// env: prints the variables that a program finds, one a line.
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto env = TRY(proto::Utility::open(start, "", "env", 0, 0));
    if (!env) return proto::status_misuse;
    proto::Output output{env->program.output()};
    output.write(start.environment());
    return 0;
}
