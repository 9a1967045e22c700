#include "kernel/object/badge.h"

#include "kernel/object/budget.h"
#include "kernel/object/endpoint.h"

namespace pith::kernel {

Badge::Badge(Budget& payer, Endpoint& endpoint, u64 number)
    : number_{number}, payer_{payer}, endpoint_{endpoint} {
    endpoint.badges.push_back(*this);
}
Badge::~Badge() = default;

void Badge::destroy(Badge& badge) {
    const Ref<Budget> payer = badge.payer_; // its slab holds the record
    Slab<Badge>::destroy(&badge);
}

void Badge::last_carrier_gone(Badge& badge) {
    // The queue is the endpoint's: a record in it must not keep the endpoint.
    const Ref<Endpoint> endpoint = std::exchange(badge.endpoint_, {});
    badge.endpoint_link.unlink();
    if (!endpoint || endpoint->closed()) return destroy(badge);
    endpoint->gone().push(badge);
    endpoint->gone_arrived();
}

void Badge::forget_endpoint() {
    endpoint_link.unlink();
    endpoint_.reset();
}

void GoneQueue::push(Badge& badge) { // once: so nothing follows it yet
    if (first_)
        last_->next_ = &badge;
    else
        first_ = &badge;
    last_ = &badge;
}

u64 GoneQueue::take() {
    Badge& badge = *first_;
    first_ = badge.next_;
    const u64 number = badge.number_;
    Badge::destroy(badge);
    return number;
}

} // namespace pith::kernel
