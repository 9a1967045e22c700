#include "driver.h"

#include "os/spawn.h"

namespace pith::attacks {
namespace {

constexpr PageCount partner_frames = pages(128);
constexpr Duration patience = milliseconds(20'000);

Instant now() {
    const auto time = os::invoke(abi::ClockRead{});
    return time ? time->now : Instant{};
}

} // namespace

Result<Driver> Driver::create(os::Start& start, std::string_view filter) {
    auto terminal = TRY(proto::Terminal::open(start));
    const auto files = TRY(proto::FileSpace::open(start));
    const auto file = TRY(files.open("/test/attack"));
    auto image = TRY(proto::LoadedFile::load(file));
    Driver driver{std::move(terminal), std::move(image), TRY(Bare::create()), filter};
    TRY(driver.start_partner());
    if (!driver.partner_answers()) return fail(Error::closed);
    driver.baseline_ = driver.frames_used();
    return driver;
}

Result<> Driver::start_partner() {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    partner_budget_ = TRY(os::Budget{}.split(partner_frames));
    partner_process_ = TRY(start("partner", partner_budget_, endpoint));
    partner_ = TRY(endpoint.copy(abi::rights::endpoint::call | abi::rights::copy));
    return {};
}

Result<os::Process> Driver::start(std::string_view role, const os::Budget& budget,
                                  const os::Endpoint& endpoint) const {
    const std::array<std::string_view, 2> arguments{"attack", role};
    const std::array<os::ChildGrant, 1> grants{os::ChildGrant{"endpoint", &endpoint}};
    return os::spawn({.image = image_.bytes(),
                      .arguments = arguments,
                      .environment = {},
                      .grants = grants,
                      .budget = &budget});
}

bool Driver::partner_answers() const {
    os::Message message;
    message.words[0] = 0;
    message.words[1] = 40;
    message.words[2] = 2;
    message.count = 3;
    return os::call(partner_, message, now() + patience).has_value() && message.words[0] == 42;
}

u64 Driver::frames_used() const {
    const auto info = os::Budget{}.info();
    const auto partner = partner_budget_.info();
    return info && partner ? info->used.raw + partner->used.raw + bare_.frames_left() : 0;
}

bool Driver::frames_are_back() const {
    const Instant end = now() + patience;
    while (frames_used() != baseline_) {
        if (now() > end) return false;
        static_cast<void>(
            os::invoke(abi::Sleep{now() + milliseconds(1)})); // the reclaimer works when nobody else does
    }
    return true;
}

void Driver::report(std::string_view name, std::string_view failure) {
    const bool answers = partner_answers();
    const bool back = frames_are_back();
    if (failure.empty() && !answers) failure = "the partner does not answer";
    if (failure.empty() && !back) failure = "frames are missing";
    terminal_.print("{} {}\n", failure.empty() ? "PASS" : "FAIL", name);
    if (failure.empty()) {
        ++passed_;
        return;
    }
    ++failures_;
    terminal_.print("  {}: {} frames used, {} before\n", failure, frames_used(), baseline_);
    if (!back) baseline_ = frames_used(); // one loss is one failure
}

void Driver::probe(std::string_view name, std::span<const std::byte> code, u64 argument, u64 mask,
                   Bare::Place place) {
    if (!wants(name)) return;
    const auto end = bare_.run(code, argument, place);
    if (!end) return report(name, describe(end.error()));
    if ((end->outcome & processor_.resolve(mask)) != 0) return report(name, {});
    Text<80> text;
    text.format("ended by {:#x} at {:#x}, argument {:#x}", end->outcome, end->address, argument);
    report(name, text.view());
}

void Driver::print_sum() const { terminal_.print("attacks: {} fended off, {} not\n", passed_, failures_); }

} // namespace pith::attacks
