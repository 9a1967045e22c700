// budget PAGES PROGRAM WORDS…: runs it with so much memory and no more, says when little of that is left, and
// when the program ends, ends whatever it has left behind.
#include "base/number.h"
#include "os/exit_status.h"
#include "proto/child.h"

#include <array>
#include <string>

using namespace pith;

namespace {

enum : u64 { program_ended = 1, little_left = 2 };

Result<os::Process> start_program(const os::Start& start, const proto::Program& program,
                                  const os::Budget& budget) {
    const std::string_view name = *start.argument(2);
    const std::string path = (name.contains('/') ? "" : "/bin/") + std::string{name};
    const auto file = TRY(program.open_file(path));
    const auto image = TRY(proto::LoadedFile::load(file));
    std::array<std::string_view, 16> arguments;
    const u64 count = std::min<u64>(start.argument_count() - 2, arguments.size());
    for (u64 i = 0; i < count; ++i)
        arguments[i] = *start.argument(i + 2);
    auto grants = proto::grants_of(program);
    grants.push_back({"budget", &budget});
    return os::spawn({.image = image.bytes(),
                      .arguments = std::span{arguments}.first(count),
                      .environment = start.environment(),
                      .grants = grants,
                      .budget = &budget});
}

Result<int> run(const os::Start& start, const proto::Program& program, PageCount pages_given) {
    const os::Budget own;
    const auto budget = TRY(own.split(pages_given));
    const auto bell = TRY(os::Notification::create());
    TRY(budget.observe(bell, little_left, pages(pages_given.raw / 10 + 1)));
    const auto process = start_program(start, program, budget);
    if (!process) {
        program.errors().print("budget: {}: {}\n", *start.argument(2), process.error());
        return 127;
    }
    TRY(process->observe(bell, program_ended));
    for (u64 bits = 0; (bits & program_ended) == 0;) {
        bits = TRY(bell.wait());
        if ((bits & little_left) != 0) program.errors().write("budget: little is left\n");
    }
    const auto end = TRY(process->status());
    const PageCount left_behind = TRY(budget.info()).used;
    const PageCount kept = TRY(budget.end());
    program.errors().print("budget: {}; left {} of {} pages behind, {} stay in use\n", os::describe_end(end),
                           left_behind.raw, pages_given.raw, kept.raw);
    return static_cast<int>(os::shell_status(end));
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto size = parse_number(start.argument(1).value_or(""));
    if (!size || *size == 0 || start.argument_count() < 3) {
        program.errors().write("usage: budget PAGES PROGRAM WORDS…\n");
        return 2;
    }
    return run(start, program, pages(*size));
}
