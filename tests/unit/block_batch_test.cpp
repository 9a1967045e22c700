#include "proto/block_batch.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace pith::proto::block {
namespace {

/// A disk of numbers: what a device would do, done at once or later.
struct Bench {
    Disk disk{.sector_size = 512,
              .sector_count = 1000,
              .has_write_cache = true,
              .most_pieces = 4,
              .most_sectors = 64};
    Range range{100, 800};
    std::vector<u64> pages{0x10000, 0x11000, 0x30000, 0x50000, 0x40000};
    Batch batch;

    Result<> begin(std::span<const Request> requests) {
        const Transfer transfer = Transfer::of(requests);
        return batch.begin(transfer.bytes.view(), disk, range, pages);
    }
    std::vector<Access> all_now() {
        std::vector<Access> accesses;
        for (Access access; batch.next(access);)
            accesses.push_back(access);
        return accesses;
    }
    void finish(const Access& access, Result<> how = {}) { batch.finished(access.first, access.last, how); }
};

TEST(BlockBatch, CutsARequestIntoPiecesOfMemory) {
    Bench bench;
    const std::array requests{read(5, 2048, 16)};
    ASSERT_TRUE(bench.begin(requests));
    const auto accesses = bench.all_now();
    ASSERT_EQ(accesses.size(), 1u);
    const Access& access = accesses[0];
    EXPECT_EQ(access.sector, 105u) << "counted from the range's start";
    EXPECT_EQ(access.sectors, 16u);
    ASSERT_EQ(access.count, 2u) << "two of the three pages lie next to each other";
    EXPECT_EQ(access.pieces[0].address, 0x10800u);
    EXPECT_EQ(access.pieces[0].length, 2048u + 4096u);
    EXPECT_EQ(access.pieces[1].address, 0x30000u);
    EXPECT_EQ(access.pieces[1].length, 2048u);
    EXPECT_FALSE(bench.batch.is_done());
    bench.finish(access);
    EXPECT_TRUE(bench.batch.is_done());
    EXPECT_TRUE(bench.batch.outcome().all());
}

TEST(BlockBatch, JoinsWhatFollowsOnTheDisk) {
    Bench bench;
    const std::array requests{write(0, 0, 8), write(8, 8192, 8), write(16, 12288, 8), write(30, 0, 8),
                              read(38, 0, 8)};
    ASSERT_TRUE(bench.begin(requests));
    const auto accesses = bench.all_now();
    ASSERT_EQ(accesses.size(), 3u);
    EXPECT_EQ(accesses[0].sectors, 24u);
    EXPECT_EQ(accesses[0].last, 2);
    EXPECT_EQ(accesses[1].first, 3);
    EXPECT_EQ(accesses[2].operation, Operation::read);
    // One that fails fails for all requests in it, and for no other.
    bench.finish(accesses[1]);
    bench.finish(accesses[0], fail(Error::input_output));
    bench.finish(accesses[2]);
    const Outcome outcome = bench.batch.outcome();
    for (u64 i = 0; i < 3; ++i)
        EXPECT_EQ(outcome.of(i).error(), Error::input_output);
    EXPECT_TRUE(outcome.of(3) && outcome.of(4));
}

TEST(BlockBatch, RefusesWhatItMayNotReach) {
    Bench bench;
    bench.disk.has_write_cache = false;
    Request unknown = read(0, 0, 1);
    unknown.operation = static_cast<Operation>(77);
    Request flagged = write(0, 0, 1, 0x80);
    const std::array requests{read(799, 0, 2),
                              read(~u64{0}, 0, 2),
                              read(0, 0, 0),
                              read(0, 100, 1),
                              read(0, 5 * 4096 - 512, 2),
                              read(0, 0xffff'fe00, 1),
                              unknown,
                              flagged,
                              read(799, 0, 1)};
    ASSERT_TRUE(bench.begin(requests));
    const auto accesses = bench.all_now();
    ASSERT_EQ(accesses.size(), 1u);
    EXPECT_EQ(accesses[0].sector, 899u);
    bench.finish(accesses[0]);
    ASSERT_TRUE(bench.batch.is_done());
    const Outcome outcome = bench.batch.outcome();
    EXPECT_EQ(outcome.of(0).error(), Error::end_of_data);
    EXPECT_EQ(outcome.of(1).error(), Error::end_of_data);
    for (u64 i = 2; i < 8; ++i)
        EXPECT_EQ(outcome.of(i).error(), Error::bad_argument) << i;
    EXPECT_TRUE(outcome.of(8));

    bench.disk.is_read_only = true;
    const std::array writes{write(0, 0, 1)};
    ASSERT_TRUE(bench.begin(writes));
    EXPECT_TRUE(bench.all_now().empty());
    EXPECT_EQ(bench.batch.outcome().all().error(), Error::read_only);
    EXPECT_FALSE(bench.batch.begin("", bench.disk, bench.range, bench.pages));
    EXPECT_FALSE(bench.batch.begin("123456789", bench.disk, bench.range, bench.pages));
}

TEST(BlockBatch, AFlushStandsBetweenWhatIsBeforeAndBehindIt) {
    Bench bench;
    const std::array requests{write(0, 0, 8), write(20, 0, 8), flush(), write(40, 0, 8)};
    ASSERT_TRUE(bench.begin(requests));
    auto writes = bench.all_now();
    ASSERT_EQ(writes.size(), 2u);
    bench.finish(writes[0]);
    EXPECT_TRUE(bench.all_now().empty());
    bench.finish(writes[1]);
    auto flushes = bench.all_now();
    ASSERT_EQ(flushes.size(), 1u);
    EXPECT_EQ(flushes[0].operation, Operation::flush);
    bench.finish(flushes[0]);
    auto last = bench.all_now();
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].sector, 140u);
    bench.finish(last[0]);
    EXPECT_TRUE(bench.batch.is_done());
    EXPECT_TRUE(bench.batch.outcome().all());
}

TEST(BlockBatch, NothingFollowsAFlushBehindAFailure) {
    for (const bool flush_fails : {false, true}) {
        Bench bench;
        const std::array requests{write(0, 0, 8), flush(), write(40, 0, 8)};
        ASSERT_TRUE(bench.begin(requests));
        bench.finish(bench.all_now()[0], flush_fails ? Result<>{} : fail(Error::input_output));
        const auto flushes = bench.all_now();
        EXPECT_EQ(flushes.size(), flush_fails ? 1u : 0u);
        if (flush_fails) bench.finish(flushes[0], fail(Error::input_output));
        EXPECT_TRUE(bench.all_now().empty());
        ASSERT_TRUE(bench.batch.is_done());
        EXPECT_EQ(bench.batch.outcome().of(2).error(), Error::cancelled);
    }
}

TEST(BlockBatch, ForcesWritesByAFlushWhereTheDeviceCannot) {
    Bench bench;
    const std::array requests{write(0, 0, 8, Request::force_unit_access), write(20, 0, 8)};
    ASSERT_TRUE(bench.begin(requests));
    for (const Access& access : bench.all_now())
        bench.finish(access);
    EXPECT_FALSE(bench.batch.is_done());
    const auto flushes = bench.all_now();
    ASSERT_EQ(flushes.size(), 1u);
    EXPECT_EQ(flushes[0].operation, Operation::flush);
    bench.finish(flushes[0], fail(Error::input_output));
    EXPECT_TRUE(bench.batch.is_done());
    EXPECT_EQ(bench.batch.outcome().of(0).error(), Error::input_output);
    EXPECT_TRUE(bench.batch.outcome().of(1));

    bench.disk.forces = true;
    ASSERT_TRUE(bench.begin(requests));
    const auto accesses = bench.all_now();
    ASSERT_EQ(accesses.size(), 2u);
    EXPECT_TRUE(accesses[0].force);
    EXPECT_FALSE(accesses[1].force);
    bench.finish(accesses[0]);
    bench.finish(accesses[1]);
    EXPECT_TRUE(bench.batch.is_done());
}

TEST(BlockBatch, TakesNoMoreThanItHasRoomFor) {
    Bench bench;
    const std::string bytes((most_requests + 1) * sizeof(Request), '\0');
    EXPECT_FALSE(bench.batch.begin(bytes, bench.disk, bench.range, bench.pages));
    EXPECT_FALSE(bench.batch.begin({}, bench.disk, bench.range, bench.pages));
    EXPECT_FALSE(bench.batch.begin(std::string_view{bytes}.substr(1), bench.disk, bench.range, bench.pages));
}

/// Any requests, and accesses that end in any order, well or not: every sector of every good request is moved
/// once, to the right memory, and nothing else is touched.
TEST(BlockBatch, MovesEachSectorOnce) {
    std::mt19937 random{1};
    const auto below = [&](u32 n) { return static_cast<u32>(random() % n); };
    for (int round = 0; round < 2000; ++round) {
        Bench bench;
        bench.disk.has_write_cache = below(2) != 0;
        bench.disk.most_pieces = 1 + below(4);
        bench.disk.most_sectors = 1 + below(40);
        bench.disk.pieces_are_pages = below(2) != 0;
        std::vector<Request> requests(1 + below(most_requests));
        for (Request& request : requests) {
            request = {below(820), below(42) * 512, static_cast<u16>(below(20)), Operation::read, 0};
            if (below(8) == 0) request = flush();
        }
        ASSERT_TRUE(bench.begin(requests));
        std::map<std::pair<u64, u64>, int> moved; // disk sector, address
        std::vector<Access> under_way;
        for (;;) {
            Access access;
            if ((under_way.empty() || below(2) != 0) && bench.batch.next(access)) {
                u64 sector = access.sector;
                for (u32 n = 1; bench.disk.pieces_are_pages && n < access.count; ++n) {
                    const Piece& before = access.pieces[n - 1];
                    EXPECT_EQ((before.address + before.length) % page_size, 0u);
                    EXPECT_EQ(access.pieces[n].address % page_size, 0u);
                }
                for (const Piece& piece : std::span{access.pieces}.first(access.count))
                    for (u64 at = 0; at < piece.length; at += 512)
                        ++moved[{sector++, piece.address + at}];
                EXPECT_EQ(sector - access.sector, access.sectors);
                EXPECT_LE(access.count, bench.disk.most_pieces);
                EXPECT_LE(access.sectors, bench.disk.most_sectors);
                under_way.push_back(access);
            } else if (!under_way.empty()) {
                const u32 which = below(static_cast<u32>(under_way.size()));
                bench.finish(under_way[which]);
                under_way.erase(under_way.begin() + which);
            } else {
                break; // what is not done now would never be
            }
        }
        ASSERT_TRUE(bench.batch.is_done());
        const Outcome outcome = bench.batch.outcome();
        std::map<std::pair<u64, u64>, int> expected;
        for (u64 i = 0; i < requests.size(); ++i) {
            const Request& request = requests[i];
            if (!outcome.of(i) || request.operation == Operation::flush) continue;
            EXPECT_TRUE(request.sectors > 0 && request.sector + request.sectors <= 800);
            for (u64 n = 0; n < request.sectors; ++n) {
                const u64 at = request.offset + n * 512;
                ++expected[{100 + request.sector + n, bench.pages[at / 4096] + at % 4096}];
            }
        }
        ASSERT_EQ(moved, expected) << "round " << round;
    }
}

} // namespace
} // namespace pith::proto::block
