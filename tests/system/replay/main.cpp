// replay [FILE]: makes the calls that exploration made on the host, thread by thread in the same order, and
// compares what they come to. Prints "PASS" and how many agreed, or "FAIL" and the first that did not.
#include "abi/call_names.h"
#include "os/time.h"
#include "proto/program.h"
#include "tests/system/replay/stage.h"

using namespace pith;
using namespace pith::replay;

namespace {

template <class... Call>
constexpr auto find_makers(TypeList<Call...>) {
    return std::array{std::same_as<typename Call::Reply, abi::NewHandle>...};
}
/// By a call's number less the first one's: whether it makes a handle.
constexpr auto makers = find_makers(abi::Calls{});

u64 digest_of(const abi::ThreadRegisters& r) {
    u64 digest = 0;
    for (const u64 word : {r.rbx, r.r12, r.r13, r.r14, r.r15, r.rdx, r.rsi, r.r8, r.r9, r.r10})
        digest = (digest * 31 + word) & 0xffff'ffff;
    return digest;
}

class Replay {
  public:
    Replay(std::span<const std::byte> bytes, Stage stage) : record_{bytes}, stage_{std::move(stage)} {}

    /// Whether all agreed.
    Result<bool> run() {
        later_ = TRY(os::from_now(milliseconds(3'600'000)));
        while (!record_.at_end()) {
            const Plan plan = Plan::read(record_);
            while (record_.next() == 1) {
                ++sequences;
                TRY(stage_.set_up(plan));
                const bool agrees = TRY(run_sequence());
                stage_.clear();
                if (!agrees) return false;
            }
        }
        return true;
    }
    u64 sequences = 0, calls = 0, results = 0;
    Text<200> complaint;

  private:
    Result<bool> run_sequence() {
        step_ = 0;
        while (const u64 number = record_.next()) {
            ++step_;
            ++calls;
            Actor& actor = stage_.actors()[number - 1];
            TRY(prepare(actor));
            TRY(stage_.play(actor));
            if (record_.next() == 1) TRY(stage_.rest());
            for (u64 left = record_.next(); left > 0; --left)
                if (!TRY(compare())) return false;
            for (Actor& other : stage_.actors())
                if (std::exchange(other.done, false)) {
                    complain(other, "is done, and should wait");
                    return false;
                }
        }
        return true;
    }
    void complain(const Actor& actor, std::string_view what) {
        complaint.format("sequence {}, step {}: {} of thread {} {}", sequences, step_,
                         abi::name_of_call(actor.number), &actor - stage_.actors().data(), what);
    }

    u64 next_word(const Actor& actor) {
        const auto kind = static_cast<Word>(record_.next());
        const u64 number = record_.next();
        switch (kind) {
        case Word::number: return number;
        case Word::handle: return stage_.handles(actor.process)[number].raw;
        case Word::later: return later_.raw;
        }
        return 0;
    }
    Result<> prepare(Actor& actor) {
        actor.number = record_.next();
        std::array<u64, 6> words{};
        for (u64& word : words)
            word = next_word(actor);
        auto& r = actor.registers;
        if (actor.number < abi::message_calls) return prepare_message(actor, words);
        r.rax = actor.number;
        r.rdi = words[0], r.rsi = words[1], r.rdx = words[2], r.r10 = words[3], r.r8 = words[4],
        r.r9 = words[5];
        if (actor.number != abi::number_of<abi::QueueSend>) return {};
        stage_.image().handles[0] = {words[5]};
        return stage_.fill_buffer(actor);
    }
    Result<> prepare_message(Actor& actor, const std::array<u64, 6>& words) {
        const auto [handle, deadline, gift, first, count, fourth] = words;
        constexpr u64 moving = 16; // Step::moving
        const u64 gifts = gift == 0 ? 0 : std::max<u64>(count % moving, 1);
        auto& r = actor.registers;
        const auto tag =
            abi::MessageTag::make(static_cast<u8>(actor.number), 0, static_cast<u32>(gifts), deadline != 0);
        r.rax = count >= moving ? tag.moving().raw : tag.raw;
        r.rdi = handle;
        r.rbx = first != 0 ? first : 11, r.r12 = 12, r.r13 = 13, r.r14 = fourth != 0 ? fourth : 14,
        r.r15 = 15;
        r.rdx = 16, r.rsi = 17, r.r8 = 18, r.r9 = 19, r.r10 = 20;
        if (deadline == 0 && gifts == 0) return {};
        stage_.image().deadline = deadline;
        stage_.image().handles.fill({gift});
        return stage_.fill_buffer(actor);
    }

    Result<bool> compare() {
        Actor& actor = stage_.actors()[record_.next()];
        const u64 rax = record_.next();
        ++results;
        if (!std::exchange(actor.done, false)) {
            complain(actor, "waits, and should be done");
            return false;
        }
        const auto& r = actor.registers;
        if (actor.number < abi::message_calls) return compare_message(actor, rax);
        bool agrees = r.rax == rax;
        if (rax == 0 && makers[actor.number - abi::first_call]) {
            stage_.handles(record_.next()).push_back({r.rdx});
        } else if (rax == 0) {
            const u64 rdx = record_.next(), rsi = record_.next(), r8 = record_.next();
            agrees = agrees && r.rdx == rdx && r.rsi == rsi && r.r8 == r8;
            if (agrees && actor.number == abi::number_of<abi::QueueReceive>) TRY(take_handles(actor, r.rsi));
        }
        if (!agrees) complain(actor, describe(static_cast<Error>(r.rax)));
        if (!agrees) complaint.format(", instead of {}", describe(static_cast<Error>(rax)));
        return agrees;
    }
    Result<bool> compare_message(Actor& actor, u64 rax) {
        const u64 rdi = record_.next(), digest = record_.next();
        const auto& r = actor.registers;
        if (r.rax == rax && r.rdi == rdi && digest_of(r) == digest) {
            TRY(take_handles(actor, abi::MessageTag{{rax}}.handles()));
            return true;
        }
        complain(actor, "came back with");
        complaint.format(" {:#x}, {:#x} instead of {:#x}, {:#x}", r.rax, r.rdi, rax, rdi);
        if (r.rax == rax && r.rdi == rdi) complaint.format(", and other words");
        return false;
    }
    Result<> take_handles(const Actor& actor, u64 count) {
        if (count == 0) return {};
        TRY(stage_.read_handles(actor));
        for (u64 i = 0; i < count; ++i)
            stage_.handles(actor.process).push_back(stage_.image().handles[i]);
        return {};
    }

    Record record_;
    Stage stage_;
    Instant later_{};
    u64 step_ = 0;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto file = TRY(program.open_file(start.argument(1).value_or("/test/replay.record")));
    const auto record = TRY(proto::LoadedFile::load(file));
    Replay replay{record.bytes(), TRY(Stage::create())};
    const auto agreed = replay.run();
    if (agreed && *agreed)
        program.terminal().print("PASS {} sequences of {} calls, {} results agree\n", replay.sequences,
                                 replay.calls, replay.results);
    else if (agreed)
        program.terminal().print("FAIL {}\n", replay.complaint.view());
    else
        program.terminal().print("FAIL sequence {}: {}\n", replay.sequences, agreed.error());
    return agreed && *agreed ? 0 : 1;
}
