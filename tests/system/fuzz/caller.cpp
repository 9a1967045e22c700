#include "caller.h"

namespace pith::fuzz {
namespace {

using attacks::Random;
using attacks::Registers;

class Caller {
  public:
    Caller(u64 seed, abi::MessageBuffer& buffer, abi::Handle endpoint)
        : random_{seed}, buffer_{buffer}, common_{endpoint}, endpoint_{endpoint} {
        for (u32 i = 0; i < known_.size(); ++i) // its grants, one of them several times
            known_[i] = abi::Handle::make(1 + i % 10, 1);
    }
    void make_one() { random_.below(serves_ ? 4 : 5) < 2 ? send() : call(); }

  private:
    [[nodiscard]] bool one_in(u64 count) { return random_.below(count) == 0; }
    [[nodiscard]] abi::Handle handle() {
        return one_in(8) ? abi::Handle::make(static_cast<u32>(random_.below(64)),
                                             static_cast<u32>(1 + random_.below(4)))
                         : known_[random_.below(known_.size())];
    }
    void learn(u64 value) {
        const abi::Handle found{value};
        if (found.generation() != 0 && found.index() < 40'000) known_[random_.below(known_.size())] = found;
    }
    /// Not long from now, or just over.
    [[nodiscard]] u64 deadline() { return now_ + random_.below(30'000); }

    [[nodiscard]] u64 number() {
        constexpr std::array<u64, 12> edges{
            0,      1,           0x1000,     0x7fff'ffff'e000,      0x7fff'ffff'f000,
            0xffff, 0x10000,     0xffffffff, 0xffff'8000'0000'0000, ~u64{0},
            0x8000, u64{1} << 63};
        switch (random_.below(8)) {
        case 0: return edges[random_.below(edges.size())];
        case 1: return random_.next() >> random_.below(64);
        case 2: return random_.below(1 << 16);
        case 3:
        case 4: return 0x6000'0000 + random_.below(64) * page_size;
        default: return random_.below(8);
        }
    }

    /// Calls that end whoever makes them are seldom worth it.
    [[nodiscard]] bool spares(u64 call) {
        const bool ends = call == abi::number_of<abi::ThreadExit> ||
                          call == abi::number_of<abi::ProcessExit> ||
                          call == abi::number_of<abi::ProcessKill> ||
                          call == abi::number_of<abi::ThreadKill> || call == abi::number_of<abi::BudgetEnd>;
        return ends && !one_in(256);
    }

    void call() {
        const u64 number_of_call = abi::first_call + random_.below(attacks::call_count);
        if (spares(number_of_call)) return;
        Registers r{.rax = number_of_call};
        r.rdi = one_in(6) ? 0 : handle().raw;
        for (u64* argument : {&r.rsi, &r.rdx, &r.r10, &r.r8, &r.r9})
            *argument = one_in(3) ? handle().raw : number();
        if (number_of_call == abi::number_of<abi::Sleep>) r.rdi = deadline();
        if (number_of_call == abi::number_of<abi::NotificationWait>) r.rsi = deadline();
        if (number_of_call == abi::number_of<abi::AcceptHandles>) r.rdi = random_.below(6);
        attacks::raw_call(r);
        if (r.rax != 0) return;
        if (number_of_call == abi::number_of<abi::ClockRead>)
            now_ = r.rdx;
        else
            learn(r.rdx);
    }

    void send() {
        const u64 extra = one_in(4) ? random_.below(55) : 0, handles = one_in(4) ? random_.below(5) : 0;
        const u64 message = one_in(3) ? random_.below(abi::message_calls) : serves_ ? 1 : 0;
        // Without a deadline it may take the fast path, and wait for ever.
        const bool with_deadline = one_in(message < 2 ? 2 : 16);
        Registers r{.rax = message | extra << 8 | handles << 16 | u64{with_deadline} << 20 |
                           u64{one_in(4)} << 21,
                    .rdi = one_in(4) ? handle().raw : endpoint_.raw};
        if (message == 4 && one_in(2)) r.rdi = 0;
        if (with_deadline) {
            now_ += 10;
            buffer_.deadline = deadline();
        }
        for (u64 i = 0; i < handles; ++i)
            buffer_.handles[i] = handle();
        attacks::raw_call(r);
        const abi::MessageTag tag{r.rax};
        if (tag.low() != 0) return;
        for (u32 i = 0; i < tag.handles(); ++i)
            learn(buffer_.handles[i].raw);
        if (one_in(32)) endpoint_ = handle();
        if (one_in(8)) endpoint_ = common_;
    }

    Random random_;
    bool serves_ = random_.below(3) == 0;
    abi::MessageBuffer& buffer_;
    abi::Handle common_, endpoint_;
    std::array<abi::Handle, 24> known_{};
    u64 now_ = 0;
};

} // namespace

void call_at_random(u64 seed, Progress& progress, abi::MessageBuffer& buffer, abi::Handle endpoint) {
    Caller caller{seed, buffer, endpoint};
    for (;;) {
        caller.make_one();
        progress.calls.store(progress.calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
}

} // namespace pith::fuzz
