// The attacks that are programs: how their children are started and judged.
#include "child.h"
#include "driver.h"
#include "os/time.h"

namespace pith::attacks {
namespace {

constexpr Duration patience = milliseconds(60'000); // a host with other work makes the machine slow
constexpr u64 page_fault = 14;
constexpr Duration flood_time = milliseconds(150);

constexpr std::array groups{memory_attacks, handle_attacks, message_attacks, thread_attacks,
                            flood_attacks,  call_attacks,   debug_attacks};

std::string_view judge(const Attack& attack, const abi::ProcessStatus::Reply& end, Text<80>& text) {
    if (attack.ending == Ending::fault) {
        const bool faulted = end.kind == static_cast<u64>(abi::ExitKind::faulted) && end.detail == page_fault;
        if (faulted && end.address == forbidden.raw) return {};
    } else if (attack.ending != Ending::clean) {
        return {};
    }
    if (end.kind == static_cast<u64>(abi::ExitKind::exited)) {
        if (end.detail == 0 && attack.ending == Ending::clean) return {};
        text.format("the check of line {} failed", end.detail);
        return text.view();
    }
    text.format("ended by {} {} at {:#x}", end.kind == 1 ? "a kill" : "exception", end.detail, end.address);
    return text.view();
}

/// Empty, or what went wrong.
Result<std::string_view> run(Driver& driver, const Attack& attack, Text<80>& text) {
    const os::Budget budget = TRY(os::Budget{}.split(pages(attack.frames)));
    const os::Notification ended = TRY(os::Notification::create());
    const os::Process process = TRY(driver.start(attack.name, budget, driver.partner()));
    TRY(process.observe(ended, 1));
    const bool goes_on = attack.ending == Ending::goes_on;
    const Instant deadline = TRY(os::from_now(goes_on ? flood_time : patience));
    if (!ended.wait(deadline)) {
        const bool answers = driver.partner_answers();
        TRY(process.kill());
        if (!answers) return "the partner did not answer meanwhile";
        if (attack.ending == Ending::clean || attack.ending == Ending::fault) return "it did not end";
    }
    const auto status = TRY(process.status());
    return judge(attack, status, text);
}

} // namespace

void attack_by_programs(Driver& driver) {
    for (const auto group : groups)
        for (const Attack& attack : group()) {
            if (!driver.wants(attack.name)) continue;
            Text<80> text;
            const auto failure = run(driver, attack, text);
            driver.report(attack.name, failure ? *failure : describe(failure.error()));
        }
}

u64 run_child(std::string_view name, os::Endpoint partner) {
    for (const auto group : groups)
        for (const Attack& attack : group()) {
            if (name != attack.name) continue;
            Check check;
            Room room{partner, check};
            attack.run(room);
            return check.failed();
        }
    return 1;
}

} // namespace pith::attacks
