#include "tests/unit/plain_system.h"

#include "kernel/machine/host/simulation.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/queue.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

/// Seventeen threads in nine processes and a dozen objects, for a million calls by chance, against what
/// plain_system.h says that they may expect: every answer of every call, who waits, and that nobody of a
/// higher priority than the one that runs is ready. Which of several equals runs is the kernel's choice.
namespace pith::kernel {
namespace {

constexpr u32 programs = 9, endpoints = 4, bells = 3, queues = 3, capacity = 3;
constexpr u32 threads = 2 * programs - 1; // the first one never waits

class LargeSystems : public testing::TestWithParam<u32> {
  protected:
    struct Program {
        Simulation::Program started;
        std::array<abi::Handle, endpoints> endpoints;
        std::array<abi::Handle, bells> bells;
        std::array<abi::Handle, queues> queues;
        std::array<abi::Handle, threads> threads;
    };

    void SetUp() override;
    void TearDown() override;
    template <class T, class... A>
    Ref<T> make(const A&... arguments) {
        return *system_.kernel().root_budget().make<T>(arguments...);
    }
    u32 pick(u32 count) { return static_cast<u32>(chance_() % count); }
    void give_all(Object& object, auto place);
    plain::Message message();
    u64 deadline();
    void check(u32 who);
    void step();
    void step_messages(u32 who, const Program& own, u64 badge);
    void step_others(u32 who, const Program& own);
    void send(abi::MessageCall call, abi::Handle handle, const plain::Message& message, u64 deadline);
    void let_time_pass();

    Simulation system_;
    PageCount before_ = system_.free_frames();
    plain::System plain_{threads, endpoints, bells, queues, capacity};
    std::mt19937_64 chance_{GetParam()};
    std::vector<Program> programs_;
    std::vector<Ref<Thread>> threads_;
    std::array<bool, threads> messages_{}; ///< whether its last call was a messaging one
};

void LargeSystems::SetUp() {
    for (u32 i = 0; i < programs; ++i) {
        const u8 priority = i == 0 ? 5 : static_cast<u8>(10 + i % 3);
        programs_.push_back({.started = system_.start(priority)});
        threads_.push_back(programs_.back().started.thread);
        if (i == 0) continue;
        threads_.push_back(*Thread::create(system_.kernel().root_budget(), *programs_.back().started.process,
                                           VirtAddr{0x20000}, static_cast<u8>(priority + i % 2)));
        system_.kernel().start_thread(*threads_.back());
    }
    for (u32 i = 0; i < threads; ++i)
        plain_.thread(i).priority = threads_[i]->base_priority;
    for (u32 n = 0; n < endpoints; ++n)
        give_all(*make<Endpoint>(), [n](Program& p) -> abi::Handle& { return p.endpoints[n]; });
    for (u32 n = 0; n < bells; ++n)
        give_all(*make<Notification>(), [n](Program& p) -> abi::Handle& { return p.bells[n]; });
    for (u32 n = 0; n < queues; ++n)
        give_all(**Queue::create(system_.kernel().root_budget(), capacity),
                 [n](Program& p) -> abi::Handle& { return p.queues[n]; });
    for (u32 n = 0; n < threads; ++n)
        give_all(*threads_[n], [n](Program& p) -> abi::Handle& { return p.threads[n]; });
    system_.settle();
}

/// To every program; the badge says whose handle it is.
void LargeSystems::give_all(Object& object, auto place) {
    for (u32 i = 0; i < programs; ++i)
        place(programs_[i]) =
            *programs_[i].started.process->handles().insert({Ref<Object>{object}, abi::rights::all, i + 1});
}

void LargeSystems::TearDown() {
    threads_.clear();
    for (Program& program : programs_)
        system_.kernel().end_process(*program.started.process, {});
    programs_.clear();
    system_.settle();
    EXPECT_EQ(system_.free_frames(), before_);
}

plain::Message LargeSystems::message() {
    plain::Message message;
    for (u64& word : message.words)
        word = chance_();
    if (pick(3) == 0) message.more.resize(1 + pick(abi::max_words - abi::register_words));
    for (u64& word : message.more)
        word = chance_();
    return message;
}

u64 LargeSystems::deadline() {
    const u64 now = system_.machine().time.raw;
    switch (pick(4)) {
    case 0: return now; // there is no time
    case 1: return now + 1 + pick(1000);
    default: return plain::never;
    }
}

void LargeSystems::send(abi::MessageCall call, abi::Handle handle, const plain::Message& message,
                        u64 deadline) {
    Thread& thread = *system_.current();
    std::ranges::copy(message.more, thread.buffer->words.begin() + abi::register_words);
    thread.buffer->deadline = deadline;
    system_.send(call, handle, message.words, static_cast<u32>(message.more.size()), 0,
                 deadline != plain::never);
}

/// What the thread that goes on found is what it may expect.
void LargeSystems::check(u32 who) {
    using Kind = plain::Answer::Kind;
    auto& answer = plain_.thread(who).answer;
    ASSERT_EQ(plain_.thread(who).state, plain::Thread::State::ready);
    ASSERT_EQ(threads_[who]->priority, plain_.priority(who));
    ASSERT_GE(plain_.priority(who), plain_.highest_ready());
    if (!answer) return;
    const auto& words = threads_[who]->buffer->words;
    const auto& more = answer->message.more;
    const Registers& registers = threads_[who]->context.registers;
    const auto found = Simulation::message_of(*threads_[who]);
    switch (answer->kind) {
    case Kind::message:
        ASSERT_EQ(found.status(), abi::Status::message);
        ASSERT_EQ(found.badge, answer->value);
        ASSERT_EQ(found.words, answer->message.words);
        ASSERT_EQ(found.tag.extra_words(), more.size());
        ASSERT_TRUE(std::ranges::equal(more, std::span{words}.subspan(abi::register_words, more.size())));
        break;
    case Kind::done: ASSERT_EQ(registers.rax, 0); break;
    case Kind::bits:
        ASSERT_EQ(registers.rax, 0);
        ASSERT_EQ(registers.rdx, answer->value);
        break;
    case Kind::queued:
        ASSERT_EQ(registers.rax, 0);
        ASSERT_EQ(registers.rdx, more.size());
        ASSERT_TRUE(std::ranges::equal(more, std::span{words}.first(more.size())));
        break;
    case Kind::error:
        if (messages_[who])
            ASSERT_EQ(found.tag, abi::MessageTag::failed(std::to_underlying(answer->error)));
        else
            ASSERT_EQ(registers.rax, std::to_underlying(answer->error));
        break;
    }
    answer.reset();
}

void LargeSystems::step_messages(u32 who, const Program& own, u64 badge) {
    const u32 at = pick(endpoints);
    const bool may_wait = who != 0;
    const plain::Message words = message();
    const u64 until = may_wait ? deadline() : system_.machine().time.raw;
    messages_[who] = true;
    switch (pick(may_wait ? 6 : 3)) {
    case 0: plain_.reply(who, words); return send(abi::MessageCall::reply, {}, words, plain::never);
    case 1:
        plain_.call(who, at, words, badge, false, until);
        return send(abi::MessageCall::send, own.endpoints[at], words, until);
    case 2:
        plain_.receive(who, at, until);
        return send(abi::MessageCall::receive, own.endpoints[at], {}, until);
    case 3:
        plain_.call(who, at, words, badge, true, until);
        return send(abi::MessageCall::call, own.endpoints[at], words, until);
    default:
        plain_.reply_and_receive(who, at, words, until);
        return send(abi::MessageCall::reply_and_receive, own.endpoints[at], words, until);
    }
}

void LargeSystems::step_others(u32 who, const Program& own) {
    const u64 until = who != 0 ? deadline() : system_.machine().time.raw;
    const u32 bell = pick(bells), queue = pick(queues), other = pick(threads);
    messages_[who] = false;
    switch (pick(7)) {
    case 0:
    case 1: {
        const u64 bits = chance_() & chance_();
        plain_.signal(who, bell, bits);
        return system_.make(abi::NotificationSignal{own.bells[bell], bits});
    }
    case 2:
        plain_.wait(who, bell, until);
        return system_.make(abi::NotificationWait{own.bells[bell], {until}});
    case 3: {
        auto words = message().more;
        std::ranges::copy(words, threads_[who]->buffer->words.begin());
        const u64 count = words.size();
        plain_.push(who, queue, std::move(words));
        return system_.make(abi::QueueSend{own.queues[queue], count, 0});
    }
    case 4: plain_.pop(who, queue, until); return system_.make(abi::QueueReceive{own.queues[queue], {until}});
    case 5:
        if (who != 0) {
            const u64 awake = system_.machine().time.raw + pick(500);
            plain_.sleep(who, awake);
            return system_.make(abi::Sleep{{awake}});
        }
        [[fallthrough]];
    default: plain_.cancel(who, other); return system_.make(abi::ThreadCancel{own.threads[other]});
    }
}

void LargeSystems::let_time_pass() {
    const u64 now = system_.machine().time.raw + pick(400);
    plain_.pass_time(now);
    system_.pass_time({now});
}

void LargeSystems::step() {
    const auto found = std::ranges::find(threads_, system_.current(), &Ref<Thread>::get);
    ASSERT_NE(found, threads_.end());
    const auto who = static_cast<u32>(found - threads_.begin());
    check(who);
    if (HasFatalFailure()) return;
    const u32 program = (who + 1) / 2;
    if (pick(16) == 0) return let_time_pass();
    if (pick(16) == 0) return system_.make(abi::Yield{});
    if (pick(2) == 0)
        step_messages(who, programs_[program], program + 1);
    else
        step_others(who, programs_[program]);
}

TEST_P(LargeSystems, AnswerEveryCallAsAPlainModelSays) {
    constexpr u32 steps = 130'000; // a million with all seeds
    for (u32 i = 0; i < steps; ++i) {
        step();
        ASSERT_FALSE(HasFailure()) << "seed " << GetParam() << ", step " << i;
        if (i % 64 != 0) continue;
        for (u32 n = 0; n < threads; ++n)
            ASSERT_EQ(threads_[n]->is_blocked(), plain_.thread(n).state != plain::Thread::State::ready) << n;
    }
    // Many ways were taken.
    EXPECT_GT(system_.fast_paths_taken(), steps / 100);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LargeSystems, testing::Range(1u, 9u));

} // namespace
} // namespace pith::kernel
