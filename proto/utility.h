#pragma once

#include "proto/arguments.h"
#include "proto/program.h"

namespace pith::proto {

/// A small program that does the same with each of its operands.
struct Utility {
    Program program;
    Arguments arguments;
    std::string_view name;

    /// Nothing: it was misused, and has said so.
    [[nodiscard]] static Result<std::optional<Utility>> open(os::Start& start, std::string_view letters,
                                                             std::string_view usage, u64 least_operands = 0,
                                                             u64 most_operands = ~u64{0}) {
        auto program = TRY(Program::open(start));
        auto arguments = Arguments::parse(start, program.errors(), letters, usage);
        if (!arguments) return std::optional<Utility>{};
        const u64 count = arguments->operands().size();
        if (count < least_operands || count > most_operands) {
            program.errors().print("usage: {}\n", usage);
            return std::optional<Utility>{};
        }
        return std::optional{Utility{std::move(program), *std::move(arguments), start.name()}};
    }
    [[nodiscard]] const std::vector<std::string_view>& operands() const { return arguments.operands(); }

    /// `cat: /nope: not found`
    void complain(std::string_view about, Error error) const {
        program.errors().print("{}: {}: {}\n", name, about, error);
    }
    /// Status 1 and a complaint for each operand that `act` fails with.
    template <class Act>
    [[nodiscard]] int for_each_operand(const Act& act) const {
        int status = 0;
        for (const std::string_view operand : operands()) {
            const Result<> done = act(operand);
            if (done) continue;
            complain(operand, done.error());
            status = 1;
        }
        return status;
    }
};

} // namespace pith::proto
