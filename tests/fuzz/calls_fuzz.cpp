#include "base/panic.h"
#include "kernel/machine/host/snapshot.h"
#include "tests/model/small_system.h"

#include <map>
#include <memory>

/// Bytes as what the threads of a small system do, on every core: steps of the model's alphabet, and calls
/// with numbers that nobody chose with care. Every invariant holds after each few of them.
///
/// What is worth keeping is not told by branches of the kernel, which would have to be compiled once more for
/// that, but by what calls came to: with which result, after which one, and how its thread was then.

namespace pith::model {
namespace {

// The fuzzer looks here, beside its own counters.
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] constinit std::array<u8, 1u << 16> seen{};

class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size) : rest_{data, size} {}
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    u8 next() {
        if (rest_.empty()) return 0;
        const u8 byte = rest_.front();
        rest_ = rest_.subspan(1);
        return byte;
    }

  private:
    std::span<const std::uint8_t> rest_;
};

/// A word that could mean something: a handle, an address, a count, a right, or the end of one of these.
u64 word(Bytes& bytes, std::span<const abi::Handle> handles) {
    constexpr std::array<u64, 20> edges{0,
                                        1,
                                        2,
                                        3,
                                        8,
                                        33,
                                        64,
                                        0xffff,
                                        0x1000,
                                        0x2000,
                                        0x20'0000,
                                        0x40'0000,
                                        0x4000'0000,
                                        0x4000'1000,
                                        u64{1} << 32,
                                        u64{1} << 47,
                                        (u64{1} << 47) - 0x1000,
                                        u64{1} << 63,
                                        ~u64{0xfff},
                                        ~u64{0}};
    const u8 choice = bytes.next();
    if (choice < 96 && !handles.empty()) return handles[choice % handles.size()].raw;
    if (choice < 192) return edges[choice % edges.size()];
    return u64{bytes.next()} << (choice % 8 * 8);
}

/// A small system, and what each input starts from.
class Fuzzed {
  public:
    explicit Fuzzed(const System& system) : cores_{system.cores}, small_{system} {
        start_.save(small_.simulation());
    }
    void play(Bytes& bytes) {
        constexpr u32 unchecked = 8;
        start_.restore(small_.simulation());
        last_ = 0;
        for (u32 steps = 1; !bytes.empty() && go_on(bytes); ++steps)
            if (steps % unchecked == 0) check();
        check();
    }

  private:
    /// False: nothing more can happen.
    bool go_on(Bytes& bytes) {
        constexpr u8 any_call = 80; // of 256
        const u8 choice = bytes.next();
        const u32 core = choice % cores_;
        Simulation& simulation = small_.simulation().on(core);
        if (choice < any_call && !simulation.polling() && simulation.current()) {
            const Ref<Thread> caller{*simulation.current()}; // it may end
            note(call_anything(core, bytes), *caller);
            return true;
        }
        const std::vector<Step>& steps = small_.steps();
        if (steps.empty()) return false;
        Step step = steps[(choice * u64{256} + bytes.next()) % steps.size()];
        if (choice == 255) step.frames = bytes.next() % 4;
        Ref<Thread> caller;
        if (Thread* current = simulation.on(step.core).current()) caller = Ref{*current};
        take(simulation, step);
        if (caller) note(u64{step.number} + 256 * std::to_underlying(step.kind), *caller);
        return true;
    }
    /// What it was, what it came to, and what the one before had come to.
    void note(u64 what, const Thread& caller) {
        const u64 result = caller.context.registers.rax % 32;
        const u64 place = ((what * 32 + last_) * 32 + result) * 32 + std::to_underlying(caller.state);
        u8& count = seen[place * 0x9e37'79b9'7f4a'7c15 >> 48];
        if (count < 255) ++count;
        last_ = result;
    }
    /// Which one.
    u64 call_anything(u32 core, Bytes& bytes) {
        const auto handles = small_.handles(core);
        Simulation& simulation = small_.simulation().on(core);
        const u8 byte = bytes.next();
        const u64 number = byte == 255 ? word(bytes, handles) : byte;
        std::array<u64, 6> words{};
        for (u64& each : words)
            each = word(bytes, handles);
        // What is sent, or the first register that is written.
        if (number == abi::number_of<abi::QueueSend>)
            simulation.current()->buffer->handles[0] = {word(bytes, handles)};
        if (number == abi::number_of<abi::ThreadWriteRegisters>)
            simulation.current()->buffer->words[0] = word(bytes, handles);
        simulation.make_raw(number, words);
        return number;
    }
    void check() {
        const auto broken = small_.broken();
        if (!broken.empty()) panic(broken.data());
    }

    u32 cores_;
    u64 last_ = 0; ///< what the last call came to
    SmallSystem small_;
    kernel::Snapshot start_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static std::map<u32, std::unique_ptr<Fuzzed>> all;
    Bytes bytes{data, size};
    const u32 number = bytes.next() % systems().size();
    auto& system = all[number];
    if (!system) system = std::make_unique<Fuzzed>(*systems()[number]);
    system->play(bytes);
    return 0;
}

} // namespace pith::model
