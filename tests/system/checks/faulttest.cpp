// faulttest: a process that handles the faults and system calls of others, which are this program again.
// Prints a line "PASS name" or "FAIL name" for each check; the status is the number of failures.
#include "os/debug.h"
#include "os/time.h"
#include "tests/system/checks/again.h"
#include "tests/system/checks/test.h"

#include <array>
#include <bit>

using namespace pith;

extern "C" {
u64 faulttest_touch(u64 address);      ///< reads there; the recovery address is in rbx
u64 faulttest_step(u64 call);          ///< int3, five instructions, a system call, ud2
u64 faulttest_foreign(u64 number);     ///< a system call; 0 if nothing but rax was changed
void faulttest_break();                ///< int3
void faulttest_forget();               ///< clears the register that the foreign child keeps something in
u64 faulttest_based();                 ///< int3, then what lies at FS base
[[noreturn]] void faulttest_spin();    ///< for ever
extern const char faulttest_stepped[]; ///< where the steps begin
extern const char faulttest_called[];  ///< behind the system call
[[noreturn]] void faulttest_leave();   ///< ends with status 44
}

extern "C" [[noreturn]] void faulttest_exit(u64 status) { os::exit(status); }

namespace {

constexpr u64 foreign_number = 0x777;
constexpr u64 nowhere = 0x1000;
constexpr u64 trap_flag = 0x100;

/// What a child reads and the parent writes, at the same address in both.
std::array<u64, 4> shared_by_name{0x1111, 0x2222, 0x3333, 0x4444};

/// A child's life. What it returns is its status.
int live(std::string_view part) {
    if (part == "touch") return static_cast<int>(faulttest_touch(nowhere));
    if (part == "step") return static_cast<int>(faulttest_step(abi::number_of<abi::Yield>));
    if (part == "spin") faulttest_spin();
    if (part == "foreign") return faulttest_foreign(foreign_number) == 0 ? 0 : 1;
    if (part == "based") return static_cast<int>(faulttest_based());
    if (part == "memory") {
        faulttest_break();
        return shared_by_name[1] == 0x9999 ? 0 : 1;
    }
    return 99;
}

constexpr Duration patience = milliseconds(5000);

/// This program once more, under the debug right.
struct Child {
    os::Endpoint endpoint;
    os::Process process;
    os::Message message;

    static Result<Child> start(const proto::Program& program, std::string_view part, bool foreign = false) {
        auto endpoint = TRY(os::Endpoint::create());
        const auto faults = TRY(endpoint.mint(5, abi::rights::endpoint::call));
        auto process = TRY(start_again(program, "/test/faulttest", part,
                                       {.grants = {}, .faults = &faults, .foreign = foreign}));
        return Child{std::move(endpoint), std::move(process), {}};
    }
    /// Its next fault.
    Result<os::Fault> fault() {
        const Instant deadline = TRY(os::from_now(patience));
        const auto arrival = TRY(os::receive(endpoint, message, deadline));
        if (arrival.what != abi::Status::fault || arrival.badge_or_bits != 5) return fail(Error::bad_format);
        return os::fault_in(message);
    }
    /// Answers the last one and waits for what comes then: the next, or the process's end (not_found).
    Result<os::Fault> answer(const os::Message& answer) {
        message = answer;
        const auto arrival = TRY(os::reply_and_receive(endpoint, message));
        if (arrival.what == abi::Status::gone) return fail(Error::not_found);
        return os::fault_in(message);
    }
    Result<os::Fault> answer(abi::FaultAction action) { return answer(os::answer_to_fault(action)); }
    /// How it ended, once it has.
    [[nodiscard]] Result<abi::ProcessStatus::Reply> end() const {
        const auto bell = TRY(os::Notification::create());
        TRY(process.observe(bell, 1));
        const Instant deadline = TRY(os::from_now(patience));
        TRY(bell.wait(deadline));
        return process.status();
    }
    [[nodiscard]] bool ends_with(u64 status) const {
        const auto reply = end();
        return reply && reply->kind == static_cast<u64>(abi::ExitKind::exited) && reply->detail == status;
    }
    [[nodiscard]] bool ends_by(u64 vector) const {
        const auto reply = end();
        return reply && reply->kind == static_cast<u64>(abi::ExitKind::faulted) && reply->detail == vector;
    }
};

Result<> test_faults(Test& test, const proto::Program& program) {
    auto child = TRY(Child::start(program, "touch"));
    auto fault = TRY(child.fault());
    test.check("a fault is a message", fault.vector == 14 && fault.address == nowhere && fault.error == 4);
    fault.registers.rip = fault.registers.rbx;
    fault.registers.rax = 42;
    test.check_error("a fault that is mended", child.answer(os::resume_with(fault.registers)),
                     Error::not_found);
    test.check("the thread went on where it was sent", child.ends_with(42));

    auto again = TRY(Child::start(program, "touch"));
    fault = TRY(again.fault());
    const auto second = again.answer(abi::FaultAction::resume);
    test.check("a fault that is not mended comes again", second && second->address == nowhere);
    test.check_error("a fault that ends the process", again.answer(abi::FaultAction::end), Error::not_found);
    test.check("its reason is the fault", again.ends_by(14));

    auto dropped = TRY(Child::start(program, "touch"));
    fault = TRY(dropped.fault());
    static_cast<void>(os::receive(dropped.endpoint, dropped.message, Instant{}));
    test.check("a fault without an answer ends the process", dropped.ends_by(14));

    auto closed = TRY(Child::start(program, "touch"));
    fault = TRY(closed.fault());
    closed.endpoint.close();
    fault = {};
    os::Message none;
    const auto other = TRY(os::Endpoint::create());
    static_cast<void>(os::receive(other, none, Instant{}));
    test.check("a handler that gives up ends the process", closed.ends_by(14));

    auto wrong = TRY(Child::start(program, "touch"));
    fault = TRY(wrong.fault());
    fault.registers.rip = 0xffff'8000'0000'0000;
    test.check_error("an answer with a kernel address", wrong.answer(os::resume_with(fault.registers)),
                     Error::not_found);
    test.check("ends the process", wrong.ends_by(14));
    return {};
}

Result<> test_steps(Test& test, const proto::Program& program) {
    auto child = TRY(Child::start(program, "step"));
    auto fault = TRY(child.fault());
    const u64 begin = std::bit_cast<u64>(&faulttest_stepped[0]),
              called = std::bit_cast<u64>(&faulttest_called[0]);
    test.check("a breakpoint", fault.vector == 3 && fault.registers.rip == begin);
    bool all = true;
    for (u64 i = 1; i <= 5; ++i) {
        fault.registers.rflags |= trap_flag;
        fault = TRY(child.answer(os::resume_with(fault.registers)));
        all = all && fault.vector == 1 && fault.registers.rip == begin + i;
    }
    test.check("single steps", all);
    fault = TRY(child.answer(abi::FaultAction::resume));
    const u64 behind = fault.registers.rip;
    test.check("a step over a system call",
               fault.vector == 1 && (behind == called || behind == called + 1) && fault.registers.rax == 0);
    fault.registers.rflags &= ~trap_flag;
    fault = TRY(child.answer(os::resume_with(fault.registers)));
    test.check("no more steps", fault.vector == 6 && fault.registers.rip == called + 1);
    static_cast<void>(child.answer(abi::FaultAction::end));
    test.check("the end after the steps", child.ends_by(6));
    return {};
}

Result<> test_threads(Test& test, const proto::Program& program) {
    auto child = TRY(Child::start(program, "spin"));
    const os::Debuggee debuggee{child.process};
    const auto thread = TRY(debuggee.thread());
    test.check_error("there is one thread", debuggee.thread(~u64{0}), Error::not_found);
    TRY(os::sleep(milliseconds(20))); // it spins meanwhile
    test.check_error("registers of a thread that runs", os::registers_of(thread), Error::wrong_state);
    TRY(os::invoke(abi::ThreadStop{thread.id()}));
    auto registers = TRY(os::registers_of(thread));
    const u64 spin = std::bit_cast<u64>(&faulttest_spin);
    test.check("a thread is stopped where it spins",
               registers.rax == 0x51 && registers.rip >= spin && registers.rip < spin + 16);
    auto bad = registers;
    bad.gs_base = VirtAddr{u64{1} << 63};
    test.check_error("a base that is not canonical", os::set_registers(thread, bad), Error::bad_address);
    registers.rip = std::bit_cast<u64>(&faulttest_leave);
    registers.rflags = ~u64{0} & ~trap_flag; // what is not a program's has no effect
    TRY(os::set_registers(thread, registers));
    TRY(os::invoke(abi::ThreadResume{thread.id()}));
    test.check("and goes on elsewhere", child.ends_with(44));
    return {};
}

Result<> test_memory(Test& test, const proto::Program& program) {
    auto child = TRY(Child::start(program, "memory"));
    static_cast<void>(TRY(child.fault()));
    const os::Debuggee debuggee{child.process};
    const VirtAddr at{std::bit_cast<u64>(shared_by_name.data())};
    test.check("memory is read", debuggee.word(at + 8).value_or(0) == 0x2222);
    const u64 value = 0x9999;
    const auto bytes = std::as_bytes(std::span{&value, 1});
    test.check("memory is written", debuggee.write(at + 8, bytes).value_or(0) == 8);
    test.check_error("kernel memory", debuggee.word({0xffff'8000'0000'0000}), Error::bad_address);
    test.check_error("no memory", debuggee.word({nowhere}), Error::bad_address);
    test.check_error("the end of memory", debuggee.word({~u64{0} - 3}), Error::bad_address);
    const std::array<std::byte, 1> breakpoint{std::byte{0xcc}};
    const VirtAddr code{std::bit_cast<u64>(&faulttest_leave)};
    test.check("a breakpoint can be set", debuggee.write(code, breakpoint).value_or(0) == 1);
    static_cast<void>(child.answer(abi::FaultAction::resume));
    test.check("the process finds what was written", child.ends_with(0));

    auto based = TRY(Child::start(program, "based"));
    const auto fault = TRY(based.fault());
    const auto thread = TRY(os::Debuggee{based.process}.thread(fault.thread));
    auto registers = TRY(os::registers_of(thread));
    registers.fs_base = at + 16;
    TRY(os::set_registers(thread, registers));
    static_cast<void>(based.answer(abi::FaultAction::resume));
    test.check("FS base is set", based.ends_with(0x3333));
    return {};
}

Result<> test_foreign(Test& test, const proto::Program& program) {
    auto child = TRY(Child::start(program, "foreign", true));
    auto fault = TRY(child.fault());
    u64 native = 0;
    for (; fault.is_system_call() && fault.registers.rax != foreign_number; ++native)
        fault = TRY(child.answer(abi::FaultAction::proceed));
    const auto& r = fault.registers;
    test.check("a foreign system call is a message", fault.is_system_call() && r.rdi == 1 && r.rsi == 2 &&
                                                         r.rdx == 3 && r.r10 == 4 && r.r8 == 5 && r.r9 == 6 &&
                                                         r.rbx == 7 && r.rbp == 8 && r.r15 == 12);
    faulttest_forget(); // the child's is its own
    fault.registers.rax = 0x1234;
    auto next = child.answer(os::resume_with(fault.registers));
    while (next && next->is_system_call()) {
        ++native;
        next = child.answer(abi::FaultAction::proceed);
    }
    test.check("calls that the kernel does after all", native > 0);
    test.check("its answer, and all else kept", child.ends_with(0));

    auto alone = TRY(Child::start(program, "foreign", true));
    static_cast<void>(TRY(alone.fault()));
    static_cast<void>(os::receive(alone.endpoint, alone.message, Instant{}));
    test.check("a system call without an answer", alone.ends_by(abi::fault::system_call));
    return {};
}

Result<> test_rights(Test& test, const proto::Program& program) {
    const auto child = TRY(Child::start(program, "spin"));
    const auto weak = TRY(child.process.copy(abi::Rights{0xffdf}));
    const os::Debuggee debuggee{weak};
    test.check_error("faults without the right", debuggee.send_faults_to(child.endpoint), Error::denied);
    test.check_error("threads without the right", debuggee.thread(), Error::denied);
    test.check_error("memory without the right", debuggee.word({0x40'0000}), Error::denied);
    TRY(child.process.kill());
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    if (const auto part = start.argument(1)) return live(*part);
    const auto program = TRY(proto::Program::open(start));
    Test test{program.terminal()};
    test.part("faults", test_faults(test, program));
    test.part("steps", test_steps(test, program));
    test.part("threads", test_threads(test, program));
    test.part("memory", test_memory(test, program));
    test.part("foreign processes", test_foreign(test, program));
    test.part("rights", test_rights(test, program));
    return test.failures();
}
