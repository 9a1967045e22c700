#include "tests/model/invariants.h"

/// References, rights, and the objects where threads meet.
namespace pith::model {

namespace {

void check_references(Findings& findings, const Census& census) {
    for (const Census::Entry& entry : census.entries())
        findings.expect(Inspector::references(*entry.object) == entry.references,
                        "an object's reference count differs from the references to it");
}

/// `reserved` slots of it are set aside for somebody.
void check_table(Findings& findings, HandleTable& handles, std::span<const u32> reserved) {
    const HandleTable& table = handles;
    static std::vector<u8> is_free; // kept from step to step so that it costs no memory
    u32 free = 0, used = 0, retired = 0, heads = 0;
    const u32 size = Inspector::slots(table);
    is_free.assign(size, 0);
    Inspector::each_free_slot(table, [&](u32 index) {
        findings.expect(index < size && !is_free[index], "a slot is free twice");
        if (index < size) is_free[index] = 1;
        ++free;
    });
    for (u32 index = 0; index < size; ++index) {
        const Slot& slot = Inspector::slot(table, index);
        if (Inspector::is_head(index)) {
            ++heads;
            findings.expect(!slot.object && !is_free[index], "the head of a page is a slot");
            continue;
        }
        used += slot.object ? 1 : 0;
        retired += slot.generation() == 0 ? 1 : 0;
        findings.expect(!slot.object || !is_free[index], "a slot in use is free");
    }
    for (const u32 index : reserved)
        findings.expect(index < size && !is_free[index] && !Inspector::slot(table, index).object,
                        "a reserved slot is not set aside");
    findings.expect(used == handles.handles_in_use(), "a handle table has lost count");
    findings.expect(free + used + retired + reserved.size() + heads == size, "a slot is lost");
}

/// What a process's address space shows where cores look for their task states and for I/O ports.
void check_ports(Findings& findings, const Process& process, const AddressSpace& space, Kernel& kernel) {
    const PortTable& ports = Inspector::ports(space);
    const FrameAccess access = kernel.frames().access();
    const PageEntry shared = TaskTables::entry_in(access, kernel.core(0).idle.root);
    findings.expect(Inspector::shared(ports).address() == shared.address(),
                    "an address space without the kernel's task states");
    findings.expect(!process.left || !ports.exists(), "an ended process keeps ports");
    if (!ports.exists()) return;
    const PageEntry* kernels = TaskTables::leaf_of(access, shared);
    const PageEntry* own = TaskTables::leaf_of(access, TaskTables::entry_in(access, space.root()));
    for (u32 n = 0; n < kernel.core_count() * TaskTables::pages_a_core; ++n) {
        const u32 page = n % TaskTables::pages_a_core;
        const bool is_bitmap = page == 1 || page == 2;
        const auto* seen = frame_as<u64>(access, own[n].address());
        findings.expect(is_bitmap ? seen == Inspector::bitmap(ports, page - 1).data()
                                  : own[n].address() == kernels[n].address(),
                        "a core finds another's task state or ports");
        findings.expect(is_bitmap != ((own[n].raw & PageEntry::global) != 0),
                        "ports that stay when another space is loaded");
    }
}

void check_process(Findings& findings, Process& process, Kernel& kernel) {
    check_ports(findings, process, process.space(), kernel);
    static std::vector<u32> reserved; // kept from step to step
    reserved.clear();
    for (const Thread& thread : process.threads)
        reserved.insert(reserved.end(), thread.reserved.begin(),
                        thread.reserved.begin() + thread.reserved_count);
    check_table(findings, process.handles(), reserved);
    findings.expect(process.left == (process.ended && process.threads.empty()),
                    "a process that has left its cores, or has not, without reason");
    findings.expect(process.ended || !process.threads.empty() || process.embryo_link.linked(),
                    "a process that nothing will ever end");
    bool closing = false;
    for (const Process& other : Inspector::closing(kernel.reclaimer()))
        closing |= &other == &process;
    for (const Process& other : Inspector::processes(kernel.reclaimer()))
        closing |= &other == &process; // one that never ran: nobody waits for its handles
    findings.expect(!process.left || closing || process.handles().handles_in_use() == 0,
                    "an ended process holds handles");
    findings.expect(!process.left || closing || !Inspector::notification(process.observer),
                    "an ended process has an observer");
    findings.expect(!process.space().busy() || Inspector::has_owner(process.space()) || closing ||
                        process.change_link.linked() || process.ended,
                    "a change of an address space that nobody goes on with");
    bool being_taken_apart = closing;
    for (const Process& other : Inspector::processes(kernel.reclaimer()))
        being_taken_apart |= &other == &process;
    findings.expect(!being_taken_apart || process.left, "a living process is taken apart");
    findings.expect(!process.left || being_taken_apart || Inspector::mappings(process.space()).empty(),
                    "an ended process keeps mappings");
}

void check_endpoint(Findings& findings, Endpoint& endpoint, u64 receive_rights) {
    findings.expect(Inspector::receive_rights(endpoint) == receive_rights,
                    "receive rights are counted wrongly");
    findings.expect(endpoint.closed() == (receive_rights == 0) || endpoint.ending(),
                    "an endpoint is closed, or is not, without reason");
    findings.expect(endpoint.callers().empty() || endpoint.receivers().empty(),
                    "caller and receiver do not meet");
    const bool being_told = endpoint.reclaim_link.linked();
    findings.expect(!endpoint.closed() || being_told ||
                        (endpoint.callers().empty() && endpoint.receivers().empty()),
                    "somebody waits at a closed endpoint");
    findings.expect(endpoint.gone().empty() || endpoint.receivers().empty(),
                    "news of a badge waits for a receiver that waits");
    findings.expect(endpoint.gone().empty() || !endpoint.closed() || being_told,
                    "news of a badge for nobody");
    findings.expect(endpoint.may_have_arrivals() ||
                        (endpoint.callers().empty() && endpoint.gone().empty() && !endpoint.has_bits()),
                    "the fast path would miss what has arrived");
    findings.expect(!endpoint.has_bits() || endpoint.receivers().empty(),
                    "bits wait for a receiver that waits");
    findings.expect(!endpoint.bound() || endpoint.bound()->endpoint() == &endpoint, "bound one way only");
    for (const Thread& thread : endpoint.receivers())
        findings.expect(thread.state == ThreadState::receiving, "a receiver that does not receive");
    const Thread* before = nullptr;
    const Thread* level = Inspector::levels(endpoint.callers()).front();
    for (const Thread& thread : endpoint.callers()) {
        findings.expect(thread.state == ThreadState::calling || thread.state == ThreadState::sending,
                        "a caller that does not call");
        findings.expect(thread.queued_at == &endpoint.callers(), "a caller in another queue");
        const bool is_first = !before || before->queued_priority > thread.queued_priority;
        findings.expect(is_first || before->queued_priority == thread.queued_priority,
                        "callers are not in the order of their priorities");
        findings.expect(thread.level_link.linked() == is_first && (!is_first || level == &thread),
                        "the first caller of a priority is not known");
        if (is_first) level = Inspector::levels(endpoint.callers()).next(thread);
        before = &thread;
    }
    findings.expect(!level, "the first caller of a priority that has none");
}

void check_queue(Findings& findings, Queue& queue, Kernel& kernel, u64 send_rights, u64 receive_rights) {
    HandleTable& table = Inspector::handles(queue);
    check_table(findings, table, {});
    findings.expect(Inspector::send_rights(queue) == send_rights, "send rights are counted wrongly");
    findings.expect(Inspector::receive_rights(queue) == receive_rights,
                    "a queue's receive rights are counted wrongly");
    findings.expect(queue.closed() == (receive_rights == 0), "a queue is closed, or is not, without reason");
    bool being_told = false, being_emptied = false;
    for (const Queue& other : Inspector::awaited_queues(kernel.reclaimer()))
        being_told |= &other == &queue;
    for (const Queue& other : Inspector::queues(kernel.reclaimer()))
        being_emptied |= &other == &queue;
    findings.expect(queue.receivers().empty() || being_told || (queue.empty() && queue.has_senders()),
                    "a receiver waits for what is there, or will never come");
    u64 messages = 0, handles = 0;
    Inspector::each_message(queue, [&](auto, auto names) {
        ++messages;
        for (const abi::Handle name : names)
            handles += table.find(name) ? 1 : 0;
    });
    findings.expect(messages <= Inspector::capacity(queue), "a queue holds more than it has room for");
    const bool being_taken_apart = being_told || being_emptied;
    findings.expect(being_taken_apart || handles == table.handles_in_use(),
                    "a handle in a queue that is in no message");
    findings.expect(!queue.closed() || being_taken_apart || messages == 0, "a closed queue keeps messages");
    for (const Thread& thread : queue.receivers())
        findings.expect(thread.state == ThreadState::waiting, "a queue's receiver that does not wait");
}

void check_notification(Findings& findings, Notification& notification) {
    findings.expect(!notification.has_bits() || notification.waiters().empty(),
                    "bits wait for a thread that waits");
    findings.expect(!notification.endpoint() || notification.endpoint()->bound() == &notification,
                    "bound one way only");
    for (const Thread& thread : notification.waiters())
        findings.expect(thread.state == ThreadState::waiting, "a waiter that does not wait");
}

/// Follows a list of siblings, and what derives from them; counts them. `rights` are those of where they come
/// from.
u64 check_siblings(Findings& findings, const Children& children, const Object& object, u64 most,
                   abi::Rights rights = abi::rights::all) {
    u64 count = 0;
    const Slot* before = nullptr;
    for (const Slot* slot = children.first; slot && count <= most;) {
        ++count;
        findings.expect(slot->object == &object, "a capability in the tree of another object");
        findings.expect(rights.has(slot->rights()), "a copy has a right that its original lacks");
        findings.expect(!before || slot->previous() == before, "siblings that disagree");
        count +=
            check_siblings(findings, slot->children, object, most - std::min(count, most), slot->rights());
        before = slot;
        if (!slot->next.is_last()) {
            slot = slot->next.sibling();
            continue;
        }
        findings.expect(slot->next.parent() == &children, "a last sibling with another parent");
        findings.expect(children.first->previous() == slot, "a first sibling that does not know the last");
        slot = nullptr;
    }
    return count;
}

/// Tables and trees tell the same, and so do badges and those who carry them.
void check_derivation(Findings& findings, const Census& census) {
    const u64 slots = census.slots().size();
    u64 in_trees = 0;
    for (const Census::Entry& entry : census.entries())
        in_trees += check_siblings(findings, entry.object->capabilities(), *entry.object, slots);
    findings.expect(in_trees == slots, "tables and trees disagree");
    for (const Census::Carried& carried : census.badges()) {
        findings.expect(Inspector::carriers(*carried.badge) == carried.carriers,
                        "carriers are counted wrongly");
        // One whose endpoint has ended with its budget is carried on for nobody.
        const bool is_heard_of = static_cast<bool>(Inspector::endpoint(*carried.badge));
        findings.expect(is_heard_of == carried.badge->endpoint_link.linked(),
                        "a badge that its endpoint does not know");
        findings.expect(carried.carriers != 0 || !is_heard_of, "a badge is gone, or is not, without reason");
    }
    for (const Slot* slot : census.slots())
        findings.expect(!slot->record || slot->record->number() == slot->badge, "a badge of another record");
}

/// A line that the simulated machine has unmasked. The real one's chip tells nobody.
template <class M>
bool is_unmasked(const M& machine, u32 line) {
    if constexpr (requires { machine.unmasked; })
        return machine.unmasked[line];
    else
        return false;
}

/// What the simulated machine tells of a line, and of what devices reach.
template <class M>
void check_line(Findings& findings, const M& machine, u32 line, const Interrupt* owner) {
    if constexpr (requires { machine.unmasked; }) {
        findings.expect(!owner || machine.unmasked[line] != Inspector::is_masked(*owner),
                        "an interrupt is wrong about its line");
        findings.expect(!InterruptLines::is_message(line) || machine.routed[line] == (owner != nullptr),
                        "a message that leads nowhere");
    }
}
template <class M>
void check_attached(Findings& findings, M& machine, const DmaDomain& domain) {
    if constexpr (requires { machine.attached; }) {
        const auto* place = machine.find_attached(domain.device());
        findings.expect(place && place->root == Inspector::table(domain)->root(),
                        "a device goes by another table");
    }
}
template <class M>
u64 count_attached(const M& machine, u64 expected) {
    if constexpr (requires { machine.attached; }) {
        expected = 0;
        for (const auto& place : machine.attached)
            expected += place.root.raw != 0 ? 1 : 0;
    }
    return expected;
}

void check_lines(Findings& findings, const Census& census, Kernel& kernel, Machine& machine) {
    u32 owned = 0;
    for (u32 line = 0; line < InterruptLines::count; ++line) {
        const Interrupt* owner = Inspector::line_owner(kernel.interrupts(), line);
        owned += owner ? 1 : 0;
        findings.expect(!owner || Inspector::line(*owner) == line, "an interrupt stands for another line");
        findings.expect(!is_unmasked(machine, line) || (owner && Inspector::notification(*owner)),
                        "a line is unmasked for nobody");
        check_line(findings, machine, line, owner);
    }
    u32 interrupts = 0;
    census.each<Interrupt>([&](Interrupt&) { ++interrupts; });
    findings.expect(owned == interrupts, "two interrupts for one line");
}

/// What each device reaches is what its domain has mapped.
void check_devices(Findings& findings, const Census& census, Kernel& kernel, Machine& machine) {
    u64 attached = 0;
    census.each<DmaDomain>([&](DmaDomain& domain) {
        const bool here = Inspector::is_attached(domain);
        attached += here ? 1 : 0;
        const bool listed = kernel.dma_domains().find(domain.device()) == &domain;
        findings.expect(!here || listed, "a device reaches what a lost domain says");
        findings.expect(here == (domain.translates() && !domain.in_quarantine()),
                        "a domain has its device, or has it not, without reason");
        if (here) check_attached(findings, machine, domain);
        u64 pinned = 0;
        Inspector::each_mapping(domain, [&](const DmaMapping& mapping) {
            pinned += mapping.count;
            for (u64 page = 0; here && page < DmaTable::slot_size.raw; ++page) {
                const auto seen = Inspector::table(domain)->query(mapping.address + page * page_size,
                                                                  abi::rights::memory::read);
                findings.expect(page < mapping.count ? seen == mapping.memory->frame(mapping.offset + page)
                                                     : !seen,
                                "a device does not reach what is mapped, or reaches more");
            }
        });
        findings.expect(pinned == domain.pinned().raw, "pinned pages are counted wrongly");
    });
    findings.expect(count_attached(machine, attached) == attached, "a device reaches what nobody mapped");
}

} // namespace

void check_objects(Findings& findings, const Census& census, Kernel& kernel, Machine& machine) {
    check_references(findings, census);
    check_derivation(findings, census);
    for (Process& process : kernel.processes())
        check_process(findings, process, kernel);
    // How many slots carry the rights to receive and to send, by the object's number.
    static std::vector<u64> receive_rights, send_rights;
    receive_rights.assign(census.entries().size(), 0);
    send_rights.assign(census.entries().size(), 0);
    for (const Slot* slot : census.slots()) {
        const u32 object = census.number(slot->object);
        if (slot->kind() == abi::Kind::endpoint)
            receive_rights[object] += slot->rights().has(abi::rights::endpoint::receive) ? 1 : 0;
        if (slot->kind() == abi::Kind::queue) {
            receive_rights[object] += slot->rights().has(abi::rights::queue::receive) ? 1 : 0;
            send_rights[object] += slot->rights().has(abi::rights::queue::send) ? 1 : 0;
        }
        findings.expect(slot->kind() != abi::Kind::reply || !slot->rights().has(abi::rights::copy),
                        "a reply can be copied");
    }
    census.each<Endpoint>([&](Endpoint& endpoint) {
        check_endpoint(findings, endpoint, receive_rights[census.number(&endpoint)]);
    });
    census.each<Queue>([&](Queue& queue) {
        const u32 number = census.number(&queue);
        check_queue(findings, queue, kernel, send_rights[number], receive_rights[number]);
    });
    census.each<Notification>(
        [&](Notification& notification) { check_notification(findings, notification); });
    census.each<Reply>([&](Reply& reply) {
        findings.expect(!reply.caller() || reply.caller()->reply == &reply,
                        "a reply for a caller of another");
    });
    check_lines(findings, census, kernel, machine);
    check_devices(findings, census, kernel, machine);
}

std::string_view broken_invariant(const Census& census, Kernel& kernel, Machine& machine) {
    Findings findings;
    check_objects(findings, census, kernel, machine);
    check_threads(findings, census, kernel);
    check_scheduler(findings, kernel, machine);
    check_frames(findings, census, kernel);
    check_known(findings, kernel);
    return findings.first();
}

} // namespace pith::model
