#include "kernel_programs.h"

#include "kernel/debug/inspector.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <vector>

/// Memory in pieces of 2 MiB, and the large pages that show it, on the simulated machine.
namespace pith::kernel {
namespace {

constexpr VirtAddr base{0x4000'0000};
constexpr u64 read_write = 3, read_only = 1, piece = 512;

class LargePages : public Programs {
  protected:
    void SetUp() override { system_.settle(); }
    abi::Handle memory(u64 size) { return system_.invoke(abi::MemoryCreate{{}, pages(size)})->handle; }
    const Memory& object(abi::Handle handle) {
        return program_.process->handles().get<Memory>(handle, {})->get();
    }
    u64 in_pieces(abi::Handle handle) { return system_.invoke(abi::MemoryInfo{handle})->in_pieces.raw; }
    AddressSpace& space() { return program_.process->space(); }
    PageSize size_at(u64 page) { return space().query(base + pages(page))->size; }
    bool map(abi::Handle handle, u64 page, u64 offset, u64 count, u64 access = read_write) {
        return done(abi::MemoryMap{{}, handle, base + pages(page), pages(offset), pages(count), access});
    }
    bool unmap(u64 page, u64 count) { return done(abi::MemoryUnmap{{}, base + pages(page), pages(count)}); }
    bool protect(u64 page, u64 count, u64 access) {
        return done(abi::MemoryProtect{{}, base + pages(page), pages(count), access});
    }
    /// All free frames but so many.
    std::vector<PhysAddr> take_frames_but(u64 left) {
        std::vector<PhysAddr> taken;
        FrameAllocator& frames = system_.kernel().frames();
        while (frames.statistics().free.raw > left)
            taken.push_back(*frames.allocate());
        return taken;
    }
    void give_frames(const std::vector<PhysAddr>& taken) {
        for (const PhysAddr frame : taken)
            system_.kernel().frames().free(frame);
    }

    Simulation::Program& program_ = start();
};

TEST_F(LargePages, AnObjectLiesInPiecesAsFarAsItCan) {
    const abi::Handle large = memory(2 * piece + 40);
    EXPECT_EQ(in_pieces(large), 2 * piece);
    for (u64 page = 0; page < 2 * piece; ++page) {
        const PhysAddr first = object(large).frame(page / piece * piece);
        ASSERT_TRUE(is_aligned(first.raw, piece * page_size));
        ASSERT_EQ(object(large).frame(page), first + pages(page % piece));
    }
    EXPECT_EQ(in_pieces(memory(piece - 1)), 0u);
    const auto slice = system_.invoke(abi::MemorySlice{large, pages(piece), pages(piece + 7), read_write});
    EXPECT_EQ(in_pieces(slice->handle), piece);
    const auto odd = system_.invoke(abi::MemorySlice{large, pages(1), pages(2 * piece), read_write});
    EXPECT_EQ(in_pieces(odd->handle), 0u);
}

TEST_F(LargePages, AreNotUsedWhereThereAreNoPieces) {
    std::vector<PhysAddr> kept; // one of each 2 MiB
    for (const PhysAddr frame : take_frames_but(0)) {
        if (is_aligned(frame.raw, piece * page_size))
            kept.push_back(frame);
        else
            system_.kernel().frames().free(frame);
    }
    const abi::Handle scattered = memory(piece);
    EXPECT_EQ(in_pieces(scattered), 0u);
    ASSERT_TRUE(map(scattered, 0, 0, piece));
    for (u64 page = 0; page < piece; ++page) {
        ASSERT_EQ(size_at(page), PageSize::small);
        ASSERT_EQ(space().query(base + pages(page))->address, object(scattered).frame(page));
    }
    give_frames(kept);
}

TEST_F(LargePages, AreUsedWhereAddressAndPieceFit) {
    const abi::Handle large = memory(2 * piece + 40);
    const PageCount before = system_.free_frames();
    ASSERT_TRUE(map(large, 0, 0, 2 * piece + 40));
    for (u64 page = 0; page < 2 * piece; ++page) {
        ASSERT_EQ(size_at(page), PageSize::large);
        ASSERT_EQ(space().query(base + pages(page))->address, object(large).frame(page));
    }
    EXPECT_EQ(size_at(2 * piece), PageSize::small);
    EXPECT_LE((before - system_.free_frames()).raw, 3u + 1u); // tables of three levels, the mapping
    ASSERT_TRUE(unmap(0, 2 * piece + 40));
    EXPECT_EQ(system_.free_frames(), before);

    ASSERT_TRUE(map(large, 1, 0, 2 * piece));         // the address does not fit
    ASSERT_TRUE(map(large, 4 * piece, 1, 2 * piece)); // nor does the offset
    ASSERT_TRUE(map(large, 7 * piece - 3, piece - 3, piece + 6));
    for (const u64 page : {1 * piece, 4 * piece, 7 * piece - 1, 8 * piece})
        EXPECT_EQ(size_at(page), PageSize::small);
    EXPECT_EQ(size_at(7 * piece), PageSize::large); // between small ones on either side
    ASSERT_TRUE(unmap(0, 9 * piece));
    EXPECT_EQ(system_.free_frames(), before);
}

TEST_F(LargePages, AreSplitWhereAPartChanges) {
    const abi::Handle large = memory(2 * piece);
    const PageCount before = system_.free_frames();
    ASSERT_TRUE(map(large, 0, 0, 2 * piece));
    ASSERT_TRUE(protect(0, 2 * piece, read_only)); // whole ones stay large
    ASSERT_TRUE(protect(0, piece, read_write));
    EXPECT_EQ(size_at(0), PageSize::large);
    ASSERT_TRUE(unmap(piece + 9, 1));
    EXPECT_EQ(size_at(0), PageSize::large);
    EXPECT_EQ(size_at(piece), PageSize::small);
    EXPECT_FALSE(space().query(base + pages(piece + 9)));
    EXPECT_EQ(space().query(base + pages(piece + 10))->address, object(large).frame(piece + 10));
    EXPECT_EQ(space().query(base + pages(piece + 10))->protection, Protection::read);
    ASSERT_TRUE(unmap(0, 2 * piece));
    EXPECT_EQ(system_.free_frames(), before);
}

TEST_F(LargePages, StayWhereThereIsNoMemoryToSplitThem) {
    const abi::Handle large = memory(2 * piece);
    ASSERT_TRUE(map(large, 0, 0, 2 * piece));
    const auto taken = take_frames_but(0);
    EXPECT_EQ(error_of(abi::MemoryUnmap{{}, base + pages(3), pages(1)}), Error::no_memory);
    EXPECT_EQ(error_of(abi::MemoryProtect{{}, base + pages(3), pages(piece), read_only}), Error::no_memory);
    for (u64 page = 0; page < 2 * piece; ++page) {
        ASSERT_EQ(size_at(page), PageSize::large);
        ASSERT_EQ(space().query(base + pages(page))->protection, Protection::read_write);
    }
    EXPECT_TRUE(unmap(0, piece)); // takes nothing
    give_frames(taken);
    EXPECT_TRUE(unmap(piece + 1, 5));
    EXPECT_EQ(size_at(piece), PageSize::small);
}

TEST_F(LargePages, SmallOnesDoWhereNoPieceIsFree) {
    auto taken = take_frames_but(0); // then one frame of each 2 MiB is kept
    std::ranges::sort(taken, {}, [](PhysAddr frame) { return frame.raw; });
    std::vector<PhysAddr> kept;
    std::erase_if(taken, [&](PhysAddr frame) {
        if (frame.raw / page_size % piece != 17) return false;
        kept.push_back(frame);
        return true;
    });
    give_frames(taken);
    const abi::Handle fragments = memory(piece + 3);
    EXPECT_EQ(in_pieces(fragments), 0u);
    ASSERT_TRUE(map(fragments, 0, 0, piece + 3));
    EXPECT_EQ(size_at(0), PageSize::small);
    give_frames(kept);
}

TEST_F(LargePages, AgreeWithAPlainTableOfPages) {
    constexpr u64 size = 3 * piece;
    struct Page {
        u64 offset, access;
    };
    const abi::Handle large = memory(2 * piece + 3);
    std::vector<std::optional<Page>> model(size);
    std::mt19937 random{5};
    const auto chosen = [&](u64 limit) { // often at a border
        const u64 number = random() % 3 == 0 ? random() % limit : random() % limit / piece * piece;
        return number;
    };
    for (u64 step = 0; step < 400; ++step) {
        const u64 first = chosen(size),
                  count = 1 + (random() % 2 == 0 ? random() % 5 : random() % (size - first));
        if (count > size - first) continue;
        const u64 access = random() % 2 == 0 ? read_write : read_only;
        const auto range = std::span{model}.subspan(first, count);
        const auto mapped = [](const std::optional<Page>& page) { return page.has_value(); };
        switch (random() % 4) {
        case 0:
        case 1: {
            const u64 offset = chosen(2 * piece);
            if (offset + count > 2 * piece + 3) continue;
            const bool free = std::ranges::none_of(range, mapped);
            ASSERT_EQ(map(large, first, offset, count, access), free);
            for (u64 i = 0; free && i < count; ++i)
                range[i] = Page{offset + i, access};
            break;
        }
        case 2:
            ASSERT_TRUE(unmap(first, count));
            std::ranges::fill(range, std::nullopt);
            break;
        case 3: {
            const bool all = std::ranges::all_of(range, mapped);
            ASSERT_EQ(protect(first, count, access), all);
            for (u64 i = 0; all && i < count; ++i)
                range[i]->access = access;
            break;
        }
        }
        for (u64 page = 0; page < size; ++page) {
            const auto seen = space().query(base + pages(page));
            ASSERT_EQ(seen.has_value(), model[page].has_value()) << step << ' ' << page;
            if (!seen) continue;
            ASSERT_EQ(seen->address, object(large).frame(model[page]->offset)) << step << ' ' << page;
            ASSERT_EQ(seen->protection == Protection::read_write, model[page]->access == read_write);
        }
    }
}

TEST_F(LargePages, GoWithTheirObject) {
    const auto budget = system_.invoke(abi::BudgetCreate{{}, pages(2 * piece + 16)});
    const auto large = system_.invoke(abi::MemoryCreate{budget->handle, pages(2 * piece)});
    ASSERT_TRUE(map(large->handle, 0, 0, 2 * piece));
    ASSERT_TRUE(map(large->handle, 4 * piece, 1, piece));
    ASSERT_TRUE(protect(3, 1, read_only));
    ASSERT_TRUE(done(abi::BudgetEnd{budget->handle}));
    for (const u64 page : {u64{0}, u64{3}, 2 * piece - 1, 4 * piece})
        EXPECT_FALSE(space().query(base + pages(page)));
    ASSERT_TRUE(unmap(0, 5 * piece));
}

} // namespace
} // namespace pith::kernel
