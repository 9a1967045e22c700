#include "kernel/object/capabilities.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/queue.h"

namespace pith::kernel {

void count_added(Object& object, abi::Rights rights) {
    if (object.kind() == abi::Kind::endpoint && rights.has(abi::rights::endpoint::receive))
        static_cast<Endpoint&>(object).receive_right_added();
    else if (object.kind() == abi::Kind::queue)
        static_cast<Queue&>(object).capability_added(rights);
}

void count_removed(Object& object, abi::Rights rights) {
    if (object.kind() == abi::Kind::endpoint && rights.has(abi::rights::endpoint::receive))
        static_cast<Endpoint&>(object).receive_right_removed();
    else if (object.kind() == abi::Kind::queue)
        static_cast<Queue&>(object).capability_removed(rights);
}

} // namespace pith::kernel
