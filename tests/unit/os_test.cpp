#include "abi/syscalls.h"
#include "os/heap.h"
#include "os/protocol.h"
#include "os/ranges.h"
#include "os/start.h"
#include "os/startup_page.h"
#include "proto/console.h"
#include "proto/file.h"
#include "proto/path.h"
#include "servers/console/ring.h"

#include <gtest/gtest.h>

#include <list>
#include <map>

namespace pith::os {
namespace {

// ---- ranges -----------------------------------------------------------------------------------------------

TEST(OsRanges, TakesTheLowestThatFits) {
    Ranges ranges{VirtAddr{0x1000'0000}, pages(10)};
    const VirtAddr a = *ranges.take(pages(3));
    const VirtAddr b = *ranges.take(pages(3));
    EXPECT_EQ(a.raw, 0x1000'0000u);
    EXPECT_EQ(b.raw, 0x1000'3000u);
    EXPECT_EQ(ranges.take(pages(5)).error(), Error::no_memory);
    ranges.give_back(a);
    EXPECT_EQ(ranges.take(pages(4))->raw, 0x1000'6000u);
    EXPECT_EQ(ranges.take(pages(1))->raw, 0x1000'0000u);
    EXPECT_EQ(ranges.take(pages(2))->raw, 0x1000'1000u);
    EXPECT_EQ(ranges.take(pages(1)).error(), Error::no_memory);
    EXPECT_EQ(ranges.take(pages(0)).error(), Error::bad_argument);
    EXPECT_EQ(ranges.take(pages(~u64{0})).error(), Error::no_memory);
}

TEST(OsRanges, FillsItsTable) {
    Ranges ranges{VirtAddr{0}, pages(1000)};
    for (int i = 0; i < 64; ++i)
        EXPECT_TRUE(ranges.take(pages(1)));
    EXPECT_EQ(ranges.take(pages(1)).error(), Error::no_memory);
    ranges.give_back(VirtAddr{63 * page_size});
    EXPECT_EQ(ranges.take(pages(1))->raw, 63 * page_size);
}

// ---- heap -------------------------------------------------------------------------------------------------

u64 heap_room = 0;
std::span<std::byte> grow(u64 bytes) {
    static std::list<std::vector<std::max_align_t>> pieces;
    const u64 size = std::max<u64>(bytes, 4096);
    if (size > heap_room) return {};
    heap_room -= size;
    pieces.emplace_back(size / sizeof(std::max_align_t) + 1);
    return std::as_writable_bytes(std::span{pieces.back()}).first(size);
}

TEST(OsHeap, GivesWhatDoesNotOverlap) {
    heap_room = 1 << 20;
    Heap heap{grow};
    std::map<std::byte*, u64> live;
    u64 state = 7;
    for (int i = 0; i < 5000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const u64 size = (state >> 33) % 700;
        if ((state >> 20) % 8 < 3 && !live.empty()) {
            const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(size % live.size()));
            heap.free(victim->first);
            live.erase(victim);
            continue;
        }
        auto* const piece = static_cast<std::byte*>(heap.allocate(size));
        if (piece == nullptr) continue;
        EXPECT_EQ(std::bit_cast<u64>(piece) % 16, 0u);
        std::memset(piece, 0xaa, size);
        const auto after = live.lower_bound(piece);
        if (after != live.end()) EXPECT_LE(piece + size, after->first);
        if (after != live.begin()) EXPECT_LE(std::prev(after)->first + std::prev(after)->second, piece);
        live.emplace(piece, size);
    }
    EXPECT_GT(live.size(), 100u);
}

TEST(OsHeap, JoinsWhatComesBack) {
    heap_room = 4096;
    Heap heap{grow};
    void* const a = heap.allocate(1000);
    void* const b = heap.allocate(1000);
    void* const c = heap.allocate(1000);
    ASSERT_NE(c, nullptr);
    EXPECT_EQ(heap.allocate(3000), nullptr);
    heap.free(a);
    heap.free(c);
    heap.free(b);
    heap.free(nullptr);
    EXPECT_EQ(heap.free_bytes(), 4096u);
    EXPECT_NE(heap.allocate(4000), nullptr);
    EXPECT_EQ(heap.allocate(~u64{0}), nullptr);
}

// ---- the start-up page ------------------------------------------------------------------------------------

TEST(OsStart, ReadsWhatTheParentWrote) {
    abi::Startup page{};
    StartupPage writer{page, 5};
    EXPECT_TRUE(writer.add_grant("console", abi::Handle::make(3, 1)));
    EXPECT_EQ(writer.add_grant("a name that is much too long for it", {}).error(), Error::bad_argument);
    EXPECT_TRUE(writer.add_argument("prog"));
    EXPECT_TRUE(writer.add_argument(""));
    EXPECT_TRUE(writer.add_argument("last"));
    EXPECT_EQ(writer.add_argument(std::string(4000, 'x')).error(), Error::too_large);
    writer.set_environment("a=1\nb=2\n");
    EXPECT_EQ(page.version, abi::version);
    EXPECT_EQ(page.features, 5u);
    Start start{page};
    EXPECT_EQ(start.argument_count(), 3u);
    EXPECT_EQ(start.name(), "prog");
    EXPECT_EQ(start.argument(1), "");
    EXPECT_EQ(start.argument(2), "last");
    EXPECT_EQ(start.argument(3), std::nullopt);
    EXPECT_EQ(start.environment(), "a=1\nb=2\n");
    EXPECT_EQ(start.peek("console"), abi::Handle::make(3, 1));
    EXPECT_EQ(start.peek("files"), abi::Handle{});
    EXPECT_EQ(start.take_any("console")->release(), abi::Handle::make(3, 1));
    EXPECT_EQ(start.take_any("console").error(), Error::not_found);
}

TEST(OsStart, CutsAnEnvironmentAtALine) {
    abi::Startup page{};
    StartupPage writer{page, 5};
    std::string text;
    while (text.size() < 5000)
        text += "key=value\n";
    writer.set_environment(text);
    const Start start{page};
    EXPECT_GT(start.environment().size(), 3000u);
    EXPECT_TRUE(start.environment().ends_with("value\n"));
}

TEST(OsStart, BelievesNoNumber) {
    abi::Startup page{};
    page.grant_count = page.argument_count = page.text_length = ~u64{0};
    page.text.fill('x');
    const Start start{page};
    EXPECT_EQ(start.argument_count(), 0u);
    EXPECT_EQ(start.environment().size(), page.text.size());
}

// ---- messages ---------------------------------------------------------------------------------------------

template <class M>
Result<M> decoded(const Message& message) {
    M m;
    TRY(detail::decode(message, m));
    return m;
}

TEST(OsProtocol, DecodesWhatItEncoded) {
    Message message;
    detail::encode(3, proto::file::Read{.offset = 7, .length = 9}, message);
    EXPECT_EQ(message.count, 3u);
    EXPECT_EQ(static_cast<u32>(message.words[0]), 3u);
    message.count = abi::register_words; // as it arrives
    const auto read = decoded<proto::file::Read>(message);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->offset, 7u);
    EXPECT_EQ(read->length, 9u);
}

TEST(OsProtocol, SendsOnlyTheBytesThatHoldSomething) {
    Message message;
    proto::console::Write write{};
    write.bytes = decltype(write.bytes)::of("hello world");
    detail::encode(0, write, message);
    EXPECT_EQ(message.count, 4u) << "head, length, 11 bytes";
    EXPECT_EQ(decoded<proto::console::Write>(message)->bytes.view(), "hello world");
    write.bytes = decltype(write.bytes)::of(std::string(1000, 'x'));
    detail::encode(0, write, message);
    EXPECT_LE(message.count, abi::max_words);
    EXPECT_EQ(decoded<proto::console::Write>(message)->bytes.view().size(), 480u);
}

TEST(OsProtocol, RefusesOtherLengths) {
    for (u64 words = 0; words < 70; ++words) {
        Message message{};
        message.words[0] = words << 32;
        for (u32 count : {1u, 10u, 64u}) {
            message.count = count;
            EXPECT_EQ(decoded<proto::file::Read>(message).has_value(), words == 2 && count >= 10);
        }
    }
    Message message{};
    message.count = 64;
    message.words[0] = u64{2} << 32;
    for (const u64 length : {u64{0}, u64{9}, u64{481}, ~u64{0}, ~u64{0} - 6}) {
        message.words[1] = length;
        EXPECT_FALSE(decoded<proto::console::Write>(message)) << length;
    }
    message.words[1] = 8;
    EXPECT_TRUE(decoded<proto::console::Write>(message));
}

// ---- paths, rings -----------------------------------------------------------------------------------------

TEST(ProtoPath, IsAbsolute) {
    using proto::absolute_path;
    EXPECT_EQ(absolute_path("/", "."), "/");
    EXPECT_EQ(absolute_path("/", "sys"), "/sys");
    EXPECT_EQ(absolute_path("/a/b", "../c/./d//e/"), "/a/c/d/e");
    EXPECT_EQ(absolute_path("/a", "/b"), "/b");
    EXPECT_EQ(absolute_path("/a/b", "../../../.."), "/");
    EXPECT_EQ(absolute_path("", ""), "/");
}

TEST(ConsoleRing, DropsWhatWasBefore) {
    console::Ring<4> ring;
    for (const char c : {'x', 'y', 'a', '!'})
        ring.push(c);
    EXPECT_EQ(ring.pop(), 'x');
    EXPECT_EQ(ring.pop(), 'y');
    ring.push('b');
    EXPECT_FALSE(ring.discard_through('?'));
    EXPECT_TRUE(ring.discard_through('!'));
    EXPECT_EQ(ring.pop(), 'b');
    EXPECT_TRUE(ring.empty());
    EXPECT_FALSE(ring.discard_through('!'));
}

TEST(ConsoleRing, IsFirstInFirstOut) {
    console::Ring<4> ring;
    for (int round = 0; round < 5; ++round) {
        ring.push('a');
        ring.push('b');
        ring.push('c');
        EXPECT_EQ(ring.room(), 1u);
        ring.push('d');
        EXPECT_TRUE(ring.full());
        EXPECT_EQ(ring.pop(), 'a');
        ring.push('e');
        for (const char c : {'b', 'c', 'd', 'e'})
            EXPECT_EQ(ring.pop(), c);
        EXPECT_TRUE(ring.empty());
    }
}

} // namespace
} // namespace pith::os
