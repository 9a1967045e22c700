#include "kernel/object/object.h"

#include "kernel/kernel.h"
#include "kernel/object/budget.h"
#include "kernel/object/dma_domain.h"
#include "kernel/object/endings.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/interrupt.h"
#include "kernel/object/io_ports.h"
#include "kernel/object/memory.h"
#include "kernel/object/notification.h"
#include "kernel/object/process.h"
#include "kernel/object/queue.h"
#include "kernel/object/reply.h"
#include "kernel/object/system.h"
#include "kernel/object/thread.h"
#include "kernel/object/timer.h"

namespace pith::kernel {

Object::Object(abi::Kind kind, Budget& payer) : payer_{payer}, kind_{kind} {
    payer.objects().push_back(*this);
}

namespace {
template <class T>
void destroy(Object& object) {
    Slab<T>::destroy(static_cast<T*>(&object));
}

void destroy(Object& object) {
    switch (object.kind()) {
    case abi::Kind::none: panic("an object without a kind");
    case abi::Kind::budget: return destroy<Budget>(object);
    case abi::Kind::process: {
        auto& process = static_cast<Process&>(object);
        if (process.is_empty()) return destroy<Process>(object);
        return object.kernel().reclaimer().take_embryo(process);
    }
    case abi::Kind::thread: return destroy<Thread>(object);
    case abi::Kind::endpoint: {
        auto& endpoint = static_cast<Endpoint&>(object);
        if (endpoint.drain()) return destroy<Endpoint>(object);
        object.kernel().note_change();
        return object.kernel().reclaimer().take(Ref{endpoint}); // too many wait for one slice
    }
    case abi::Kind::reply: return destroy<Reply>(object);
    case abi::Kind::notification: {
        auto& notification = static_cast<Notification&>(object);
        // Observers that are left do not keep it: budgets'.
        if (notification.send_away() && notification.forget_observers()) return destroy<Notification>(object);
        object.kernel().note_change();
        return object.kernel().reclaimer().take(Ref{notification});
    }
    case abi::Kind::memory: {
        auto& memory = static_cast<Memory&>(object);
        if (memory.drain()) return destroy<Memory>(object);
        object.kernel().note_change();
        return object.kernel().reclaimer().take(Ref{memory}); // too large for one slice
    }
    case abi::Kind::interrupt: return destroy<Interrupt>(object);
    case abi::Kind::io_ports: return destroy<IoPorts>(object);
    case abi::Kind::system: return destroy<System>(object);
    case abi::Kind::queue: return destroy<Queue>(object);
    case abi::Kind::dma_domain: {
        auto& domain = static_cast<DmaDomain&>(object);
        if (domain.is_empty()) return destroy<DmaDomain>(object);
        return object.kernel().dma_domains().keep(Ref{domain}); // until its device is at rest
    }
    case abi::Kind::timer: return destroy<Timer>(object);
    }
}

} // namespace

void end_object(Object& object) { object.kernel().endings().add(object); }

void Endings::add(Object& object) {
    if (busy_ && object.kind() == abi::Kind::budget && budgets_++ >= slice) return defer(object);
    object.next_ending_ = first_;
    first_ = &object;
    if (busy_) return;
    busy_ = true;
    budgets_ = 0;
    while (first_) {
        Object& next = *first_;
        first_ = std::exchange(next.next_ending_, nullptr);
        // The slab that the object lies in belongs to its payer, which must outlive it.
        const Ref<Budget> payer = next.payer_;
        next.kernel().effort().spend(Effort::end_object);
        destroy(next);
    }
    busy_ = false;
}

void Endings::defer(Object& object) {
    object.payer_link.unlink(); // so that nobody refers to it any more
    object.next_ending_ = std::exchange(deferred_, &object);
    object.kernel().reclaimer().note_work();
    object.kernel().note_change();
}

void Endings::step() {
    Object& object = *deferred_;
    deferred_ = std::exchange(object.next_ending_, nullptr);
    add(object);
}

} // namespace pith::kernel
