#pragma once

#include "tests/model/alphabet.h"

/// The arguments that are tried for each call.
namespace pith::model {

using Handles = std::span<const abi::Handle>;

template <class Call>
void try_it(Alphabet& alphabet, const Call& call) {
    alphabet.add(abi::number_of<Call>, &call, std::is_empty_v<Call> ? 0 : sizeof call);
}

template <class Call>
using For = std::type_identity<Call>;

/// For a call that nobody has chosen arguments for yet: handles of every kind, and 0 and 1 for all the rest.
template <class Call>
void choose(Alphabet& alphabet, For<Call>) {
    constexpr std::size_t words = std::is_empty_v<Call> ? 0 : sizeof(Call) / sizeof(u64);
    std::array<u64, 6> values{};
    const auto with_rest = [&] {
        for (u64 rest = 0; rest < 2; ++rest) {
            for (std::size_t i = 1; i < words; ++i)
                values[i] = rest;
            alphabet.add(abi::number_of<Call>, values.data(), sizeof values);
        }
    };
    with_rest();
    for (const abi::Handle handle : alphabet.all_handles()) {
        values[0] = handle.raw;
        with_rest();
    }
}

/// A call that takes one handle, and the rest of whose arguments `make` knows.
template <class Make>
void for_each(Alphabet& alphabet, abi::Kind kind, Make make) {
    for (const abi::Handle handle : alphabet.handles(kind))
        try_it(alphabet, make(handle));
    for (const abi::Handle handle : alphabet.wrong(kind))
        try_it(alphabet, make(handle));
}
/// ... and a second one.
template <class Make>
void for_each_pair(Alphabet& alphabet, abi::Kind first, abi::Kind second, Make make) {
    for (const abi::Handle a : alphabet.handles(first)) {
        for (const abi::Handle b : alphabet.handles(second))
            try_it(alphabet, make(a, b));
        try_it(alphabet, make(a, alphabet.wrong(second).back()));
    }
    for (const abi::Handle a : alphabet.wrong(first))
        try_it(alphabet, make(a, abi::Handle{}));
}
/// The process's own budget, and each that it has a handle to.
template <class Make>
void for_each_budget(Alphabet& alphabet, Make make) {
    if (!alphabet.may_grow()) return;
    try_it(alphabet, make(abi::Handle{}));
    for_each(alphabet, abi::Kind::budget, make);
}

constexpr u64 all_rights = abi::rights::all.raw;
constexpr u64 read_only = 1, read_write = 3, write_execute = 6;
constexpr VirtAddr place{0x40'0000}, next_place{0x40'1000}, buffer{0x1'0000}, free_buffer{0x2'0000};
constexpr VirtAddr kernel_address{0xffff'8000'0000'0000};

inline void choose(Alphabet& alphabet, For<abi::ProcessExit>) { try_it(alphabet, abi::ProcessExit{7}); }
inline void choose(Alphabet& alphabet, For<abi::Sleep>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        try_it(alphabet, abi::Sleep{until});
}
inline void choose(Alphabet& alphabet, For<abi::SetBases>) {
    try_it(alphabet, abi::SetBases{place, place});
    try_it(alphabet, abi::SetBases{place, kernel_address});
}
inline void choose(Alphabet& alphabet, For<abi::AcceptHandles>) {
    for (const u64 count : {u64{0}, u64{1}, u64{2}, u64{5}})
        try_it(alphabet, abi::AcceptHandles{count});
}
inline void choose(Alphabet& alphabet, For<abi::KeepReply>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::KeepReply{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::HandleClose>) {
    for (const abi::Handle handle : alphabet.all_handles())
        try_it(alphabet, abi::HandleClose{handle});
    try_it(alphabet, abi::HandleClose{alphabet.wrong(abi::Kind::none).front()});
}
inline void choose(Alphabet& alphabet, For<abi::HandleRevoke>) {
    for (const abi::Handle handle : alphabet.all_handles())
        try_it(alphabet, abi::HandleRevoke{handle});
    try_it(alphabet, abi::HandleRevoke{alphabet.wrong(abi::Kind::none).front()});
}
inline void choose(Alphabet& alphabet, For<abi::HandleCopy>) {
    if (!alphabet.may_grow()) return;
    const abi::Handle stale = alphabet.wrong(abi::Kind::none).front();
    try_it(alphabet, abi::HandleCopy{stale, all_rights, {}});
    for (const abi::Handle handle : alphabet.all_handles()) {
        try_it(alphabet, abi::HandleCopy{handle, all_rights, {}});
        for (const abi::Handle process : alphabet.handles(abi::Kind::process))
            try_it(alphabet, abi::HandleCopy{handle, all_rights, process});
    }
    for (const abi::Handle handle : alphabet.handles(abi::Kind::endpoint)) {
        try_it(alphabet, abi::HandleCopy{handle, (abi::rights::endpoint::call | abi::rights::copy).raw, {}});
        try_it(alphabet, abi::HandleCopy{handle, all_rights + 1, {}});
        try_it(alphabet, abi::HandleCopy{handle, all_rights, handle});
    }
}
inline void choose(Alphabet& alphabet, For<abi::HandleMint>) {
    if (!alphabet.may_grow()) return;
    for_each(alphabet, abi::Kind::endpoint,
             [](abi::Handle endpoint) { return abi::HandleMint{endpoint, all_rights, 5}; });
    for_each(alphabet, abi::Kind::endpoint,
             [](abi::Handle endpoint) { return abi::HandleMint{endpoint, all_rights + 1, 5}; });
}
inline void choose(Alphabet& alphabet, For<abi::HandleInfo>) {
    for_each(alphabet, abi::Kind::endpoint, [](abi::Handle handle) { return abi::HandleInfo{handle}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetCreate>) {
    for (const u64 frames : {u64{0}, u64{4}, ~u64{0}})
        for_each_budget(alphabet,
                        [=](abi::Handle parent) { return abi::BudgetCreate{parent, pages(frames)}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetInfo>) {
    for_each(alphabet, abi::Kind::budget, [](abi::Handle budget) { return abi::BudgetInfo{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::EndpointCreate>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::EndpointCreate{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationCreate>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::NotificationCreate{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationSignal>) {
    for_each(alphabet, abi::Kind::notification,
             [](abi::Handle bell) { return abi::NotificationSignal{bell, 1}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationWait>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        for_each(alphabet, abi::Kind::notification,
                 [=](abi::Handle bell) { return abi::NotificationWait{bell, until}; });
}
inline void choose(Alphabet& alphabet, For<abi::NotificationBind>) {
    for_each_pair(
        alphabet, abi::Kind::notification, abi::Kind::endpoint,
        [](abi::Handle bell, abi::Handle endpoint) { return abi::NotificationBind{bell, endpoint, 32}; });
    for_each(alphabet, abi::Kind::notification,
             [](abi::Handle bell) { return abi::NotificationBind{bell, {}}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryCreate>) {
    for (const u64 size : {u64{0}, u64{2}, u64{33}}) // none, few, more than one slice
        for_each_budget(alphabet, [=](abi::Handle budget) { return abi::MemoryCreate{budget, pages(size)}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryInfo>) {
    for_each(alphabet, abi::Kind::memory, [](abi::Handle memory) { return abi::MemoryInfo{memory}; });
}
/// The calling process, and each that it has a handle to.
template <class Make>
void for_each_target(Alphabet& alphabet, Make make) {
    try_it(alphabet, make(abi::Handle{}));
    for_each(alphabet, abi::Kind::process, make);
}
inline void choose(Alphabet& alphabet, For<abi::MemoryMap>) {
    for (const abi::Handle memory : alphabet.handles(abi::Kind::memory)) {
        for_each_target(alphabet, [=](abi::Handle process) {
            return abi::MemoryMap{process, memory, place, {}, pages(2), read_write};
        });
        try_it(alphabet, abi::MemoryMap{{}, memory, next_place, pages(1), pages(1), read_only});
        try_it(alphabet, abi::MemoryMap{{}, memory, place, pages(1), pages(2), read_only});
        try_it(alphabet, abi::MemoryMap{{}, memory, place, {}, pages(1), write_execute});
        try_it(alphabet, abi::MemoryMap{{}, memory, place, {}, pages(1), all_rights + 1});
        try_it(alphabet, abi::MemoryMap{{}, memory, kernel_address, {}, pages(1), read_only});
        try_it(alphabet, abi::MemoryMap{{}, memory, next_place, {}, pages(1), read_only | abi::map_guarded});
    }
    for (const abi::Handle memory : alphabet.wrong(abi::Kind::memory))
        try_it(alphabet, abi::MemoryMap{{}, memory, place, {}, pages(1), read_only});
}
inline void choose(Alphabet& alphabet, For<abi::MemoryUnmap>) {
    for (const VirtAddr address : {place, next_place, buffer, kernel_address})
        for_each_target(alphabet,
                        [=](abi::Handle process) { return abi::MemoryUnmap{process, address, pages(1)}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryProtect>) {
    for (const u64 access : {read_only, read_write, write_execute})
        for_each_target(alphabet, [=](abi::Handle process) {
            return abi::MemoryProtect{process, next_place, pages(1), access};
        });
    try_it(alphabet, abi::MemoryProtect{{}, kernel_address, pages(1), read_only});
}
inline void choose(Alphabet& alphabet, For<abi::MemorySlice>) {
    for (const u64 offset : {u64{0}, u64{1}})
        for_each(alphabet, abi::Kind::memory, [=](abi::Handle memory) {
            return abi::MemorySlice{memory, pages(offset), pages(1), all_rights};
        });
    for_each(alphabet, abi::Kind::memory, [](abi::Handle memory) {
        return abi::MemorySlice{memory, pages(1), pages(u64{1} << 40), all_rights};
    });
}
inline void choose(Alphabet& alphabet, For<abi::MemorySeal>) {
    for_each(alphabet, abi::Kind::memory, [](abi::Handle memory) { return abi::MemorySeal{memory}; });
}
inline void choose(Alphabet& alphabet, For<abi::BudgetReclaim>) {
    for_each(alphabet, abi::Kind::budget, [](abi::Handle budget) { return abi::BudgetReclaim{budget}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadSetRecovery>) {
    for (const VirtAddr address : {place, kernel_address})
        try_it(alphabet, abi::ThreadSetRecovery{address});
}
inline void choose(Alphabet& alphabet, For<abi::ProcessCreate>) {
    for_each_budget(alphabet, [](abi::Handle budget) { return abi::ProcessCreate{budget, 'c', 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessKill>) {
    for_each(alphabet, abi::Kind::process, [](abi::Handle process) { return abi::ProcessKill{process}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessObserve>) {
    for_each_pair(
        alphabet, abi::Kind::process, abi::Kind::notification,
        [](abi::Handle process, abi::Handle bell) { return abi::ProcessObserve{process, bell, 2}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessStatus>) {
    for_each(alphabet, abi::Kind::process, [](abi::Handle process) { return abi::ProcessStatus{process}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadCreate>) {
    if (!alphabet.may_grow()) return;
    const u64 priority = alphabet.priority();
    for_each_target(
        alphabet, [=](abi::Handle process) { return abi::ThreadCreate{process, free_buffer, priority, {}}; });
    for (const abi::Handle budget : alphabet.handles(abi::Kind::budget))
        try_it(alphabet, abi::ThreadCreate{{}, free_buffer, 0, budget});
    try_it(alphabet, abi::ThreadCreate{{}, free_buffer, priority + 1, {}});
    try_it(alphabet, abi::ThreadCreate{{}, kernel_address, priority, {}});
}
inline void choose(Alphabet& alphabet, For<abi::ThreadStart>) {
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadStart{thread, place, place, 0}; });
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadStart{thread, kernel_address, place, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadSetPriority>) {
    for (const u64 priority : {u64{5}, u64{alphabet.priority()}, u64{64}})
        for_each(alphabet, abi::Kind::thread,
                 [=](abi::Handle thread) { return abi::ThreadSetPriority{thread, priority}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadKill>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadKill{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadCancel>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadCancel{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadObserve>) {
    for_each_pair(alphabet, abi::Kind::thread, abi::Kind::notification,
                  [](abi::Handle thread, abi::Handle bell) { return abi::ThreadObserve{thread, bell, 4}; });
}
inline void choose(Alphabet& alphabet, For<abi::InterruptCreate>) {
    if (!alphabet.may_grow()) return;
    for (const u64 line : {u64{4}, u64{99}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::InterruptCreate{system, {}, line}; });
}
constexpr u64 device = 0x18;
inline void choose(Alphabet& alphabet, For<abi::InterruptCreateMessage>) {
    if (!alphabet.may_grow()) return;
    for (const u64 number : {device, u64{0x1'0000}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::InterruptCreateMessage{system, {}, number}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaDomainCreate>) {
    if (!alphabet.may_grow()) return;
    for (const u64 number : {device, device + 1, u64{0x1'0000}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::DmaDomainCreate{system, {}, number}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaMap>) {
    for_each_pair(alphabet, abi::Kind::dma_domain, abi::Kind::memory,
                  [](abi::Handle domain, abi::Handle memory) {
                      return abi::DmaMap{domain, memory, {}, pages(2), read_write};
                  });
    for_each_pair(alphabet, abi::Kind::dma_domain, abi::Kind::memory,
                  [](abi::Handle domain, abi::Handle memory) {
                      return abi::DmaMap{domain, memory, pages(1), pages(2), read_only};
                  });
    for_each_pair(alphabet, abi::Kind::dma_domain, abi::Kind::memory,
                  [](abi::Handle domain, abi::Handle memory) {
                      return abi::DmaMap{domain, memory, pages(1), pages(1), read_only};
                  });
    for (const abi::Handle domain : alphabet.handles(abi::Kind::dma_domain))
        for (const abi::Handle memory : alphabet.handles(abi::Kind::memory))
            try_it(alphabet, abi::DmaMap{domain, memory, {}, pages(1), write_execute});
}
inline void choose(Alphabet& alphabet, For<abi::DmaUnmap>) {
    for (const u32 slot : {0u, 1u})
        for_each(alphabet, abi::Kind::dma_domain,
                 [=](abi::Handle domain) { return abi::DmaUnmap{domain, DmaTable::address_of(slot)}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaReset>) {
    for (const u64 number : {device, u64{0x1'0000}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::DmaReset{system, number}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaInfo>) {
    for_each(alphabet, abi::Kind::dma_domain, [](abi::Handle domain) { return abi::DmaInfo{domain}; });
}
inline void choose(Alphabet& alphabet, For<abi::InterruptBind>) {
    for_each_pair(alphabet, abi::Kind::interrupt, abi::Kind::notification,
                  [](abi::Handle line, abi::Handle bell) { return abi::InterruptBind{line, bell, 8}; });
}
inline void choose(Alphabet& alphabet, For<abi::InterruptAcknowledge>) {
    for_each(alphabet, abi::Kind::interrupt,
             [](abi::Handle line) { return abi::InterruptAcknowledge{line}; });
}
inline void choose(Alphabet& alphabet, For<abi::IoPortsCreate>) {
    if (!alphabet.may_grow()) return;
    for (const u64 first : {u64{0x300}, u64{0x20}, u64{0xffff}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::IoPortsCreate{system, {}, first, 8}; });
}
inline void choose(Alphabet& alphabet, For<abi::IoPortsEnable>) {
    for_each(alphabet, abi::Kind::io_ports, [](abi::Handle ports) { return abi::IoPortsEnable{ports}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryPhysical>) {
    if (!alphabet.may_grow()) return;
    for (const PhysAddr address : {PhysAddr{0xfed0'0000}, PhysAddr{0x1000}, PhysAddr{1}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::MemoryPhysical{system, {}, address, pages(2)}; });
}
inline void choose(Alphabet& alphabet, For<abi::LogWrite>) {
    for (const u64 length : {u64{4}, u64{513}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::LogWrite{system, length}; });
}
inline void choose(Alphabet& alphabet, For<abi::LogRead>) {
    for_each(alphabet, abi::Kind::system, [](abi::Handle system) { return abi::LogRead{system, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessList>) {
    for (const u64 from : {u64{0}, ~u64{0}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::ProcessList{system, from}; });
}
inline void choose(Alphabet& alphabet, For<abi::TraceControl>) {
    for (const u64 on : {u64{0}, u64{1}, u64{2}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::TraceControl{system, on}; });
}
inline void choose(Alphabet& alphabet, For<abi::TraceRead>) {
    for (const u64 core : {u64{0}, u64{999}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::TraceRead{system, core, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::SystemInfo>) {
    for_each(alphabet, abi::Kind::system, [](abi::Handle system) { return abi::SystemInfo{system}; });
}
inline void choose(Alphabet& alphabet, For<abi::SystemPower>) {
    for (const u64 action : {u64{0}, u64{2}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::SystemPower{system, action}; });
}
inline void choose(Alphabet& alphabet, For<abi::QueueCreate>) {
    for (const u64 capacity : {u64{0}, u64{2}, abi::max_queue_capacity + 1})
        for_each_budget(alphabet, [=](abi::Handle budget) { return abi::QueueCreate{budget, capacity}; });
}
/// A handle to send goes into the message buffer first: the register behind the call's own names it.
inline void choose(Alphabet& alphabet, For<abi::QueueSend>) {
    for (const u64 words : {u64{1}, u64{abi::max_words} + 1})
        for_each(alphabet, abi::Kind::queue,
                 [=](abi::Handle queue) { return abi::QueueSend{queue, words, 0}; });
    for (const abi::Handle queue : alphabet.handles(abi::Kind::queue)) {
        for (const abi::Handle gift : alphabet.all_handles())
            alphabet.add_with_gift(abi::QueueSend{queue, 0, 1}, gift);
        alphabet.add_with_gift(abi::QueueSend{queue, 0, 1}, alphabet.wrong(abi::Kind::none).front());
    }
}
inline void choose(Alphabet& alphabet, For<abi::QueueReceive>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        for_each(alphabet, abi::Kind::queue,
                 [=](abi::Handle queue) { return abi::QueueReceive{queue, until}; });
}
inline void choose(Alphabet& alphabet, For<abi::QueueBind>) {
    for (const u64 edge : {u64{0}, u64{1}}) {
        for_each_pair(
            alphabet, abi::Kind::queue, abi::Kind::notification,
            [=](abi::Handle queue, abi::Handle bell) { return abi::QueueBind{queue, edge, bell, 16}; });
        for_each(alphabet, abi::Kind::queue,
                 [=](abi::Handle queue) { return abi::QueueBind{queue, edge, {}, 0}; });
    }
    for_each(alphabet, abi::Kind::queue, [](abi::Handle queue) { return abi::QueueBind{queue, 2, {}, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessSetFaultHandler>) {
    for (const u64 flags : {u64{0}, abi::ProcessSetFaultHandler::foreign, u64{2}})
        for_each_pair(alphabet, abi::Kind::process, abi::Kind::endpoint,
                      [=](abi::Handle process, abi::Handle endpoint) {
                          return abi::ProcessSetFaultHandler{process, endpoint, flags};
                      });
    for_each(alphabet, abi::Kind::process,
             [](abi::Handle process) { return abi::ProcessSetFaultHandler{process, {}, 0}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessThread>) {
    if (!alphabet.may_grow()) return;
    for (const u64 from : {u64{0}, ~u64{0}})
        for_each(alphabet, abi::Kind::process,
                 [=](abi::Handle process) { return abi::ProcessThread{process, from}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessReadMemory>) {
    for (const VirtAddr address : {buffer, kernel_address})
        for_each(alphabet, abi::Kind::process,
                 [=](abi::Handle process) { return abi::ProcessReadMemory{process, address, 8}; });
}
inline void choose(Alphabet& alphabet, For<abi::ProcessWriteMemory>) {
    for (const VirtAddr address : {buffer, kernel_address}) // a buffer's first word means nothing
        for_each(alphabet, abi::Kind::process,
                 [=](abi::Handle process) { return abi::ProcessWriteMemory{process, address, 8}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadStop>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadStop{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadResume>) {
    for_each(alphabet, abi::Kind::thread, [](abi::Handle thread) { return abi::ThreadResume{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadReadRegisters>) {
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadReadRegisters{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::ThreadWriteRegisters>) {
    for_each(alphabet, abi::Kind::thread,
             [](abi::Handle thread) { return abi::ThreadWriteRegisters{thread}; });
}
inline void choose(Alphabet& alphabet, For<abi::TimerCreate>) {
    if (!alphabet.may_grow()) return;
    for_each(alphabet, abi::Kind::notification,
             [](abi::Handle bell) { return abi::TimerCreate{{}, bell, 64}; });
    for (const abi::Handle bell : alphabet.handles(abi::Kind::notification))
        for_each(alphabet, abi::Kind::budget,
                 [=](abi::Handle budget) { return abi::TimerCreate{budget, bell, 64}; });
}
inline void choose(Alphabet& alphabet, For<abi::TimerSet>) {
    for (const Instant until : {Instant{}, alphabet.soon(), Instant::never()})
        for_each(alphabet, abi::Kind::timer, [=](abi::Handle timer) { return abi::TimerSet{timer, until}; });
}
inline void choose(Alphabet& alphabet, For<abi::TimerCancel>) {
    for_each(alphabet, abi::Kind::timer, [](abi::Handle timer) { return abi::TimerCancel{timer}; });
}
inline void choose(Alphabet& alphabet, For<abi::ClockPage>) {
    if (alphabet.may_grow()) try_it(alphabet, abi::ClockPage{});
}

} // namespace pith::model
