#include "kernel/object/fault_handler.h"

#include "kernel/object/endpoint.h"

namespace pith::kernel {

void FaultHandler::set(Ref<Endpoint> endpoint, u64 badge, BadgeRef record) {
    clear();
    endpoint->fault_handlers.push_back(*this);
    endpoint_ = std::move(endpoint);
    badge_ = badge;
    record_ = std::move(record);
}

void FaultHandler::clear() {
    link.unlink();
    badge_ = 0;
    record_.reset();
    endpoint_.reset();
}

} // namespace pith::kernel
