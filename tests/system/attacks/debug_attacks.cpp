// The debug right: what somebody who holds it writes into another process is never more than that process
// could do to itself, whenever it is written.
#include "child.h"
#include "os/debug.h"
#include "os/mapping.h"

#include <cstring>

namespace pith::attacks {
namespace {

namespace access = abi::rights::memory;
constexpr VirtAddr code_page{0x40'0000}, data_page{0x50'0000}, lent_page{0x51'0000}, sealed_page{0x52'0000};
constexpr abi::Rights read_write = access::read | access::write;

/// At the start of the code page, then 16 bytes on, and so forth.
constexpr u64 count_for_ever = 0, disable_interrupts = 16, stumble_for_ever = 32;
constexpr std::array<u8, 48> code{
    0x48, 0xff, 0x07, 0xeb, 0xfb, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 1: inc qword [rdi]; jmp 1b
    0xfa, 0xeb, 0xfd, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 1: cli; jmp 1b
    0x0f, 0x0b, 0xeb, 0xfc, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 1: ud2; jmp 1b
};

/// A process that counts.
struct Victim {
    os::Process process;
    os::Thread thread;
    os::Mapping data;

    static Result<Victim> create(u64 where = count_for_ever) {
        Victim victim;
        victim.process = os::Process{TRY(os::invoke(abi::ProcessCreate{})).handle};
        const auto text = TRY(os::Memory::create(pages(1)));
        const auto view = TRY(os::Mapping::whole(text, read_write));
        std::memcpy(view.bytes().data(), code.data(), code.size());
        TRY(victim.process.map(text, code_page, pages(1), access::read | access::execute));
        const auto data = TRY(os::Memory::create(pages(1)));
        victim.data = TRY(os::Mapping::whole(data, read_write));
        TRY(victim.process.map(data, data_page, pages(1), read_write));
        const auto lent = TRY(data.copy(access::read | abi::rights::copy));
        TRY(victim.process.map(lent, lent_page, pages(1), access::read));
        const auto sealed = TRY(os::Memory::create(pages(1)));
        TRY(victim.process.map(sealed, sealed_page, pages(1), access::read));
        TRY(sealed.seal());
        victim.thread = TRY(victim.process.create_thread(thread_buffer(0), 16));
        TRY(victim.thread.start(code_page + where, data_page + page_size, data_page.raw));
        return victim;
    }
    ~Victim() {
        if (process) static_cast<void>(process.kill());
    }
    Victim() = default;
    Victim(Victim&&) = default;
    [[nodiscard]] u64 count() const {
        u64 value;
        std::memcpy(&value, data.bytes().data(), sizeof value);
        asm volatile("" ::: "memory");
        return value;
    }
    [[nodiscard]] Result<> stop() const { return os::invoke(abi::ThreadStop{thread.id()}); }
    [[nodiscard]] Result<> resume() const { return os::invoke(abi::ThreadResume{thread.id()}); }
    [[nodiscard]] bool goes_on() const {
        const u64 before = count();
        for (int i = 0; i < 2000 && count() == before; ++i)
            pause_for(1);
        return count() != before && !process.status();
    }
};

void bad_registers(Room& room) {
    const auto victim = Victim::create();
    if (!victim || !victim->stop()) return room.check(false);
    const auto good = os::registers_of(victim->thread);
    if (!good) return room.check(false);
    for (const u64 bad :
         {abi::user_end.raw, u64{0x8000'0000'0000}, u64{1} << 63, u64{0xffff'8000'0000'0000}, ~u64{0}}) {
        auto rip = *good, fs = *good, gs = *good, rsp = *good;
        rip.rip = bad;
        fs.fs_base = VirtAddr{bad};
        gs.gs_base = VirtAddr{bad};
        for (const auto& registers : {rip, fs, gs})
            room.check.error(os::set_registers(victim->thread, registers), Error::bad_address);
        rsp.rsp = bad; // a program may put its own there
        room.check(os::set_registers(victim->thread, rsp).has_value());
    }
    auto flags = *good;
    flags.rflags = ~u64{0x100}; // all but TF
    room.check(os::set_registers(victim->thread, flags).has_value() && victim->resume().has_value());
    room.check(victim->goes_on());
    // With every flag that there is, it still cannot turn off interrupts.
    room.check(victim->stop().has_value());
    flags.rip = (code_page + disable_interrupts).raw;
    room.check(os::set_registers(victim->thread, flags).has_value() && victim->resume().has_value());
    for (int i = 0; i < 2000 && !victim->process.status(); ++i)
        pause_for(1);
    const auto end = victim->process.status();
    room.check(end && end->kind == static_cast<u64>(abi::ExitKind::faulted) && end->detail == 13);
}

/// What the first thread's buffer holds changes between good and bad while the kernel reads it.
struct Flipping {
    abi::ThreadRegisters good;
};
constinit Flipping flipping{};
[[noreturn]] void flip_registers(u64 which) {
    constexpr std::array<u64, 3> places{0, 18, 19}; // rip, FS base, GS base
    u64 good;
    std::memcpy(&good, reinterpret_cast<const std::byte*>(&flipping.good) + places[which] * 8, sizeof good);
    volatile u64* const place = &os::message_buffer().words[places[which]];
    for (;;) {
        *place = 0xffff'8000'0000'0000;
        *place = good;
    }
}

void double_fetch(Room& room) {
    const auto victim = Victim::create();
    if (!victim || !victim->stop()) return room.check(false);
    const auto good = os::registers_of(victim->thread);
    if (!good) return room.check(false);
    flipping.good = *good;
    for (u64 which = 0; which < 3; ++which) {
        const auto thread = start_thread(flip_registers, which, which + 1);
        if (!thread) return room.check(false);
        const Instant end = soon(200);
        for (u64 tries = 0; tries < 40 || soon(0) < end; ++tries) {
            for (int i = 0; i < 50; ++i) {
                const auto written = os::set_registers(victim->thread, *good);
                room.check(written || written.error() == Error::bad_address);
            }
            room.check(victim->resume().has_value());
            room.check(victim->goes_on());
            if (room.check.failed() != 0 || !victim->stop()) break;
        }
        room.check(os::invoke(abi::ThreadKill{thread->id()}).has_value());
    }
}

void memory_of_others(Room& room) {
    const auto victim = Victim::create();
    if (!victim) return room.check(false);
    const os::Debuggee debuggee{victim->process};
    std::array<std::byte, 64> bytes{};
    for (const u64 address : {u64{0}, u64{0xfff}, code_page.raw - 8, abi::user_end.raw, abi::user_end.raw - 8,
                              u64{0x8000'0000'0000}, u64{0xffff'8000'0000'0000}, ~u64{0}, ~u64{0} - 63}) {
        const VirtAddr there{address};
        room.check.error(debuggee.read(there, bytes), Error::bad_address);
        room.check.error(debuggee.write(there, bytes), Error::bad_address);
    }
    for (const u64 length : {u64{0}, u64{513}, u64{1} << 32, u64{1} << 63, ~u64{0}}) {
        const abi::Handle process = victim->process.id();
        room.check.error(os::invoke(abi::ProcessReadMemory{process, data_page, length}), Error::bad_argument);
        room.check.error(os::invoke(abi::ProcessWriteMemory{process, data_page, length}),
                         Error::bad_argument);
    }
    room.check.error(debuggee.write(lent_page, bytes), Error::bad_address);
    room.check.error(debuggee.write(sealed_page, bytes), Error::bad_address);
    room.check(debuggee.read(lent_page, bytes).has_value() && debuggee.read(sealed_page, bytes).has_value());
    room.check(victim->goes_on());
}

void without_the_right(Room& room) {
    const auto victim = Victim::create();
    if (!victim) return room.check(false);
    constexpr abi::Rights less{static_cast<u16>(~abi::rights::process::debug.raw)};
    constexpr abi::Rights fewer{static_cast<u16>(~abi::rights::thread::debug.raw)};
    const auto process = victim->process.copy(less);
    const auto thread = victim->thread.copy(fewer);
    if (!process || !thread) return room.check(false);
    for (const abi::Handle handle : {process->id(), os::runtime().self.id()}) {
        room.check.error(os::invoke(abi::ProcessThread{handle, 0}), Error::denied);
        room.check.error(os::invoke(abi::ProcessReadMemory{handle, data_page, 8}), Error::denied);
        room.check.error(os::invoke(abi::ProcessWriteMemory{handle, data_page, 8}), Error::denied);
        room.check.error(os::invoke(abi::ProcessSetFaultHandler{handle, room.partner.id(), 0}),
                         Error::denied);
    }
    room.check.error(os::invoke(abi::ThreadStop{thread->id()}), Error::denied);
    room.check.error(os::invoke(abi::ThreadResume{thread->id()}), Error::denied);
    room.check.error(os::invoke(abi::ThreadReadRegisters{thread->id()}), Error::denied);
    room.check.error(os::invoke(abi::ThreadWriteRegisters{thread->id()}), Error::denied);
    // What ProcessThread gives is not the right to run it.
    const auto found = os::Debuggee{victim->process}.thread();
    if (!found) return room.check(false);
    room.check.error(os::invoke(abi::ThreadSetPriority{found->id(), 1}), Error::denied);
    room.check.error(os::invoke(abi::ThreadSetCore{found->id(), 0}), Error::denied);
    room.check(victim->goes_on());
}

/// Somebody faults for ever, and is always told to go on.
void faults_for_ever(Room& room) {
    const auto endpoint = os::Endpoint::create();
    const auto victim = Victim::create(stumble_for_ever);
    if (!endpoint || !victim) return room.check(false);
    if (!os::Debuggee{victim->process}.send_faults_to(*endpoint)) return room.check(false);
    os::Message message;
    auto arrived = os::receive(*endpoint, message);
    for (;;) {
        message = os::answer_to_fault(abi::FaultAction::resume);
        arrived = os::reply_and_receive(*endpoint, message);
    }
}

} // namespace

std::span<const Attack> debug_attacks() {
    static constexpr std::array attacks{
        Attack{"debug.bad-registers", bad_registers},
        Attack{"debug.double-fetch", double_fetch},
        Attack{"debug.memory-of-others", memory_of_others},
        Attack{"debug.without-the-right", without_the_right},
        Attack{"floods.faults-for-ever", faults_for_ever, 256, Ending::goes_on},
    };
    return attacks;
}

} // namespace pith::attacks
