#include "kernel/machine/host/simulation.h"

#include "kernel/object/endpoint.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <random>
#include <set>

/// The capabilities of several processes against a plain model: copied, minted, sent, moved, closed, revoked,
/// and lost with their process, at random. After every step tables, tree and news must be what the model
/// says.
namespace pith::kernel {
namespace {

using abi::MessageCall;
using abi::Status;

constexpr u64 all = abi::rights::all.raw;

/// One capability as the model sees it.
struct Node {
    std::size_t process;
    u64 handle;
    u64 object;
    std::optional<u64> parent{};
    std::optional<u64> badge{}; ///< of a minted one; each minting has a number of its own
    bool can_copy = true;
    bool can_mint = false;
    bool receives = false;
    bool derived = false;
};

class Model {
  public:
    u64 add(Node node) {
        nodes_[++last_] = node;
        return last_;
    }
    void remove(u64 id) {
        const Node gone = nodes_.at(id);
        nodes_.erase(id);
        for (auto& [other, node] : nodes_)
            if (node.parent == id) node.parent = gone.parent;
        settle(gone);
    }
    /// To another process, with its place in the tree.
    void move(u64 id, std::size_t process, abi::Handle handle) {
        nodes_.at(id).process = process;
        nodes_.at(id).handle = handle.raw;
    }
    void revoke(u64 id) {
        std::vector<u64> found{id};
        for (std::size_t at = 0; at < found.size(); ++at)
            for (const auto& [other, node] : nodes_)
                if (node.parent == found[at]) found.push_back(other);
        for (std::size_t at = 1; at < found.size(); ++at)
            remove(found[at]);
    }
    void end_process(std::size_t process) {
        std::vector<u64> held;
        for (const auto& [id, node] : nodes_)
            if (node.process == process) held.push_back(id);
        for (const u64 id : held)
            remove(id);
    }
    [[nodiscard]] std::set<u64> children(std::optional<u64> parent, u64 object) const {
        std::set<u64> found;
        for (const auto& [id, node] : nodes_)
            if (node.parent == parent && node.object == object) found.insert(id);
        return found;
    }

    std::map<u64, Node> nodes_;
    std::map<u64, std::multiset<u64>> news; ///< by endpoint: badges that nobody carries any more
    std::set<u64> closed;

  private:
    void settle(const Node& gone) {
        const auto among = [&](auto condition) {
            return std::ranges::any_of(nodes_, [&](const auto& entry) { return condition(entry.second); });
        };
        if (gone.receives && !among([&](const Node& n) { return n.object == gone.object && n.receives; })) {
            closed.insert(gone.object);
            news.erase(gone.object);
        }
        if (gone.badge && !closed.contains(gone.object) &&
            !among([&](const Node& n) { return n.badge == gone.badge && n.object == gone.object; }))
            news[gone.object].insert(*gone.badge);
    }
    u64 last_ = 0;
};

class World {
  public:
    static constexpr std::size_t processes = 4;

    explicit World(u64 seed) : random_{seed} {
        for (std::size_t i = 0; i < processes; ++i)
            start(i);
    }
    void step() {
        const auto p = static_cast<std::size_t>(random_() % processes);
        run(p);
        const u64 what = model_.nodes_.size() > 300 ? 6 + random_() % 14 : random_() % 20;
        if (what < 1) return make_endpoint(p);
        if (what < 6) return copy(p);
        if (what < 9) return send(p);
        if (what < 12) return mint(p);
        if (what < 16) return close(p);
        if (what < 18) return hear(p);
        if (what < 19) return revoke(p);
        if (random_() % 20 == 0) restart(p);
    }
    void check() {
        std::map<Slot*, u64> ids;
        u64 total = 0;
        for (const auto& [id, node] : model_.nodes_) {
            Slot* slot = table(node.process).find(abi::Handle{{node.handle}});
            ASSERT_NE(slot, nullptr) << "a capability is missing";
            ids[slot] = id;
            EXPECT_EQ(slot->was_copied(), node.derived);
        }
        for (std::size_t i = 0; i < processes; ++i)
            total += table(i).handles_in_use() - places_[i].extra;
        EXPECT_EQ(total, model_.nodes_.size());
        for (const auto& [slot, id] : ids) {
            const Node& node = model_.nodes_.at(id);
            EXPECT_EQ(children(slot->children, ids), model_.children(id, node.object));
            if (!node.parent) {
                EXPECT_EQ(children(slot->object->capabilities(), ids), model_.children({}, node.object));
            }
        }
    }
    /// Every process ends: every frame is back.
    void end() {
        for (auto& place : places_) {
            system_.kernel().end_process(*place.program.process, {});
            place = {};
        }
        system_.settle();
        EXPECT_EQ(system_.free_frames(), frames_);
    }
    [[nodiscard]] u64 heard() const { return heard_; }

  private:
    struct Place {
        Simulation::Program program;
        abi::Handle inbox;                           ///< its own, to receive what others send
        std::array<abi::Handle, processes> others{}; ///< rights to send there, and
        std::array<abi::Handle, processes> tables{}; ///< to put handles into a table
        u32 extra = 0;                               ///< of these: not in the model
    };

    HandleTable& table(std::size_t process) { return places_[process].program.process->handles(); }
    abi::Handle raw(std::size_t process, Object& object) {
        ++places_[process].extra;
        return *table(process).insert({Ref<Object>{object}, abi::rights::all});
    }
    /// A new process in this place, known to all others.
    void start(std::size_t i) {
        places_[i] = {};
        places_[i].program = system_.start(10);
        Ref<Endpoint> inbox = *system_.kernel().root_budget().make<Endpoint>();
        places_[i].inbox = raw(i, *inbox);
        for (std::size_t j = 0; j < processes; ++j) {
            if (!places_[j].program.process) continue;
            places_[j].others[i] = raw(j, *inbox);
            places_[j].tables[i] = raw(j, *places_[i].program.process);
            if (i == j) continue;
            places_[i].tables[j] = raw(i, *places_[j].program.process);
            Slot& theirs = *table(j).find(places_[j].inbox);
            places_[i].others[j] = raw(i, *theirs.object);
        }
        system_.settle();
    }
    void run(std::size_t p) {
        const Thread* wanted = places_[p].program.thread.get();
        for (int i = 0; i < 50 && system_.current() != wanted; ++i)
            system_.make(abi::Yield{});
        ASSERT_EQ(system_.current(), wanted);
    }
    /// One of the process's capabilities that fits; 0 if there is none.
    template <class Condition>
    u64 pick(std::size_t p, Condition fits) {
        std::vector<u64> found;
        for (const auto& [id, node] : model_.nodes_)
            if (node.process == p && fits(node)) found.push_back(id);
        return found.empty() ? 0 : found[random_() % found.size()];
    }
    u64 pick(std::size_t p) {
        return pick(p, [](const Node&) { return true; });
    }

    void make_endpoint(std::size_t p) {
        const auto made = system_.invoke(abi::EndpointCreate{});
        ASSERT_TRUE(made);
        model_.add({.process = p,
                    .handle = made->handle.raw,
                    .object = ++objects_,
                    .can_mint = true,
                    .receives = true});
    }
    void copy(std::size_t p) {
        const u64 source = pick(p);
        if (source == 0) return;
        const Node node = model_.nodes_.at(source);
        const auto to = static_cast<std::size_t>(random_() % processes);
        const u64 rights =
            random_() % 8 == 0
                ? (abi::rights::endpoint::call | abi::rights::endpoint::receive | abi::rights::endpoint::mint)
                      .raw
                : all;
        const auto made = system_.invoke(abi::HandleCopy{{node.handle}, rights, places_[p].tables[to]});
        ASSERT_EQ(made.has_value(), node.can_copy);
        if (made) derive(source, to, made->handle, node.badge, rights == all, node.can_mint, node.receives);
    }
    void derive(u64 source, std::size_t to, abi::Handle handle, std::optional<u64> badge, bool can_copy,
                bool can_mint, bool receives) {
        model_.add({.process = to,
                    .handle = handle.raw,
                    .object = model_.nodes_.at(source).object,
                    .parent = source,
                    .badge = badge,
                    .can_copy = can_copy,
                    .can_mint = can_mint,
                    .receives = receives,
                    .derived = true});
    }
    void mint(std::size_t p) {
        const u64 source = pick(p, [](const Node& node) { return node.can_mint; });
        if (source == 0) return;
        const Node node = model_.nodes_.at(source);
        const u64 rights = abi::rights::endpoint::call.raw | (node.can_copy ? abi::rights::copy.raw : 0);
        const auto made = system_.invoke(abi::HandleMint{{node.handle}, rights, ++badges_});
        ASSERT_TRUE(made);
        derive(source, p, made->handle, badges_, node.can_copy, false, false);
    }
    void send(std::size_t p) {
        const auto to = static_cast<std::size_t>(random_() % processes);
        const u64 source = pick(p, [](const Node& node) { return node.can_copy; });
        if (source == 0 || to == p) return;
        const Node node = model_.nodes_.at(source);
        run(to);
        ASSERT_TRUE(system_.invoke(abi::AcceptHandles{1}));
        system_.send(MessageCall::receive, places_[to].inbox);
        run(p);
        Thread& receiver = *places_[to].program.thread;
        places_[p].program.thread->buffer->handles[0] = {{node.handle}};
        const bool moves = random_() % 2 == 0;
        system_.send(MessageCall::send, places_[p].others[to], {}, 0, 1, false, moves);
        ASSERT_EQ(Simulation::message_of(receiver).tag.handles(), 1u);
        if (moves) return model_.move(source, to, receiver.buffer->handles[0]);
        derive(source, to, receiver.buffer->handles[0], node.badge, true, node.can_mint, node.receives);
    }
    void close(std::size_t p) {
        const u64 id = pick(p);
        if (id == 0) return;
        ASSERT_TRUE(system_.invoke(abi::HandleClose{{model_.nodes_.at(id).handle}}));
        model_.remove(id);
    }
    void revoke(std::size_t p) {
        const u64 id = pick(p);
        if (id == 0) return;
        ASSERT_TRUE(system_.invoke(abi::HandleRevoke{{model_.nodes_.at(id).handle}}));
        model_.revoke(id);
    }
    void hear(std::size_t p) {
        const u64 id = pick(p, [](const Node& node) { return node.receives; });
        if (id == 0) return;
        const Node node = model_.nodes_.at(id);
        auto& expected = model_.news[node.object];
        places_[p].program.thread->buffer->deadline = 0;
        for (;; ++heard_) {
            system_.send(MessageCall::receive, {{node.handle}}, {}, 0, 0, true);
            const auto message = Simulation::message_of(*places_[p].program.thread);
            if (message.status() != Status::gone) break;
            const auto at = expected.find(message.badge);
            ASSERT_NE(at, expected.end()) << "told of a badge that is not gone, or twice";
            expected.erase(at);
        }
        EXPECT_TRUE(expected.empty()) << "not told of all";
    }
    void restart(std::size_t p) {
        for (std::size_t j = 0; j < processes; ++j) {
            if (j == p) continue;
            static_cast<void>(table(j).remove(places_[j].others[p]));
            static_cast<void>(table(j).remove(places_[j].tables[p]));
            places_[j].extra -= 2;
        }
        system_.kernel().end_process(*places_[p].program.process, {});
        model_.end_process(p);
        system_.settle();
        start(p);
    }
    static constexpr std::size_t too_many = 100'000;
    std::set<u64> children(const Children& list, const std::map<Slot*, u64>& ids) {
        std::set<u64> found;
        std::size_t count = 0;
        for (Slot* slot = list.first; slot && ++count < too_many;
             slot = slot->next.is_last() ? nullptr : slot->next.sibling())
            found.insert(ids.contains(slot) ? ids.at(slot) : 0);
        return found;
    }

    std::mt19937_64 random_;
    Simulation system_{pages(4096)};
    const PageCount frames_ = system_.free_frames();
    std::array<Place, processes> places_{};
    Model model_;
    u64 objects_ = 0;
    u64 badges_ = 0;
    u64 heard_ = 0;
};

class CapabilityModel : public testing::TestWithParam<u64> {};

TEST_P(CapabilityModel, TablesTreeAndNewsAreWhatTheModelSays) {
    World world{GetParam()};
    for (int step = 0; step < 4000; ++step) {
        world.step();
        if (step % 16 == 0) world.check();
        if (HasFailure()) FAIL() << "at step " << step;
    }
    EXPECT_GT(world.heard(), 50u);
    world.end();
}
INSTANTIATE_TEST_SUITE_P(Seeds, CapabilityModel, testing::Range(u64{1}, u64{9}));

} // namespace
} // namespace pith::kernel
