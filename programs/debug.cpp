// debug PROGRAM WORDS…: runs it, and shows each of its system calls as it makes them, and with a fault the
// registers and how it came there. The program's calls come here first, as a foreign one's, and the kernel is
// told to go on.
#include "os/debug.h"
#include "abi/call_names.h"
#include "os/exit_status.h"
#include "proto/child.h"

#include <array>
#include <string>

using namespace pith;

namespace {

constexpr u64 badge = 1;

template <class... Call>
constexpr auto argument_counts(TypeList<Call...>) {
    return std::array{(std::is_empty_v<Call> ? 0 : sizeof(Call) / sizeof(u64))...};
}
constexpr auto arguments_of = argument_counts(abi::Calls{});

void show_call(const proto::Terminal& terminal, const abi::ThreadRegisters& r) {
    const abi::MessageTag tag{{r.rax}};
    if (tag.low() < abi::message_calls)
        return terminal.print("[{}(handle {:#x}, {} more words, {} handles)]\n", abi::name_of_call(tag.low()),
                              r.rdi, tag.extra_words(), tag.handles());
    const u64 index = r.rax - abi::first_call; // wraps for smaller numbers
    const u64 count = index < arguments_of.size() ? arguments_of[index] : 0;
    const std::array<u64, 6> values{r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9};
    Text<160> text;
    for (u64 i = 0; i < count; ++i)
        text.format("{}{:#x}", i > 0 ? ", " : "", values[i]);
    terminal.print("[{}({})]\n", abi::name_of_call(r.rax), text.view());
}

/// Programs keep no chain of frames: what lies on the stack and is an address behind a call, is probably a
/// way back.
void show_way(const proto::Terminal& terminal, const os::Debuggee& process, const abi::ThreadRegisters& r) {
    constexpr u64 image_start = 0x40'0000, image_end = 0x1000'0000, depth = 256;
    constexpr std::byte call{0xe8};
    terminal.print("  at {:#x}\n", r.rip);
    int shown = 0;
    for (u64 i = 0; i < depth && shown < 16; ++i) {
        const auto word = process.word({r.rsp + i * sizeof(u64)});
        if (!word) return;
        std::byte before{};
        if (*word < image_start || *word >= image_end) continue;
        const auto read = process.read({*word - 5}, std::span{&before, 1});
        if (!read || before != call) continue;
        terminal.print("  from {:#x}\n", *word);
        ++shown;
    }
}

void show_fault(const proto::Terminal& terminal, const os::Debuggee& process, const os::Fault& fault) {
    const auto& r = fault.registers;
    terminal.print("[{} at {:#x}, error {:#x}]\n", os::name_of_fault(fault.vector), fault.address,
                   fault.error);
    terminal.print("  rip {:16x}  rsp {:16x}  rflags {:x}\n", r.rip, r.rsp, r.rflags);
    terminal.print("  rax {:16x}  rbx {:16x}  rcx {:16x}  rdx {:16x}\n", r.rax, r.rbx, r.rcx, r.rdx);
    terminal.print("  rsi {:16x}  rdi {:16x}  rbp {:16x}  r8  {:16x}\n", r.rsi, r.rdi, r.rbp, r.r8);
    terminal.print("  r9  {:16x}  r10 {:16x}  r11 {:16x}  r12 {:16x}\n", r.r9, r.r10, r.r11, r.r12);
    terminal.print("  r13 {:16x}  r14 {:16x}  r15 {:16x}\n", r.r13, r.r14, r.r15);
    show_way(terminal, process, r);
}

Result<os::Process> start_program(os::Start& start, const proto::Program& program,
                                  const os::Endpoint& faults) {
    const std::string_view name = *start.argument(1);
    const std::string path = (name.contains('/') ? "" : "/bin/") + std::string{name};
    const auto file = TRY(program.open_file(path));
    const auto image = TRY(proto::LoadedFile::load(file));
    std::array<std::string_view, 16> arguments;
    const u64 count = std::min<u64>(start.argument_count() - 1, arguments.size());
    for (u64 i = 0; i < count; ++i)
        arguments[i] = *start.argument(i + 1);
    const auto grants = proto::grants_of(program);
    const os::Budget own;
    return os::spawn({.image = image.bytes(),
                      .arguments = std::span{arguments}.first(count),
                      .environment = start.environment(),
                      .grants = grants,
                      .budget = &own,
                      .faults = &faults,
                      .foreign = true});
}

/// Until nobody carries the handler's badge: the process has ended.
Result<> follow(const proto::Terminal& terminal, const os::Endpoint& endpoint, const os::Debuggee& process) {
    os::Message message;
    os::Arrival arrival = TRY(os::receive(endpoint, message));
    while (arrival.what != abi::Status::gone) {
        auto action = abi::FaultAction::end;
        if (arrival.what == abi::Status::fault) {
            const os::Fault fault = os::fault_in(message);
            if (fault.is_system_call()) {
                show_call(terminal, fault.registers);
                action = abi::FaultAction::proceed;
            } else {
                show_fault(terminal, process, fault);
            }
        }
        message = os::answer_to_fault(action);
        arrival = TRY(os::reply_and_receive(endpoint, message));
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto& terminal = program.errors();
    if (start.argument_count() < 2) {
        terminal.write("usage: debug PROGRAM WORDS…\n");
        return 2;
    }
    const auto endpoint = TRY(os::Endpoint::create());
    auto faults = TRY(endpoint.mint(badge, abi::rights::endpoint::call));
    const auto process = start_program(start, program, faults);
    if (!process) {
        terminal.print("debug: {}: {}\n", *start.argument(1), process.error());
        return 127;
    }
    faults.close(); // the process carries the badge alone
    TRY(follow(terminal, endpoint, os::Debuggee{*process}));
    const auto end = TRY(process->status());
    terminal.print("[{}]\n", os::describe_end(end));
    return static_cast<int>(os::shell_status(end));
}
