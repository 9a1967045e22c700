#include "kernel/machine/host/simulation.h"

#include "kernel/debug/inspector.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <random>

/// Mapping, unmapping and protecting, on the simulated machine.
namespace pith::kernel {
namespace {

constexpr VirtAddr base{0x4000'0000};
constexpr u64 read_write = 3;
constexpr u64 read_only = 1;

class Mappings : public testing::Test {
  protected:
    void SetUp() override {
        program_ = system_.start(20);
        system_.settle();
    }
    template <class Call>
    Error error_of(const Call& call) {
        const auto result = system_.invoke(call);
        return result ? Error{} : result.error();
    }
    template <class Call>
    bool done(const Call& call) {
        return error_of(call) == Error{};
    }
    abi::Handle memory(u64 size) { return system_.invoke(abi::MemoryCreate{{}, pages(size)})->handle; }
    AddressSpace& space() { return program_.process->space(); }
    [[nodiscard]] u64 mappings() {
        u64 count = 0;
        for (const Mapping& mapping : Inspector::mappings(space()))
            count += mapping.range.start >= base ? 1 : 0;
        return count;
    }
    void end_all() {
        if (program_.process) system_.kernel().end_process(*program_.process, {});
        program_ = {};
        system_.settle();
    }

    Simulation system_;
    Simulation::Program program_;
};

TEST_F(Mappings, AgreeWithAPlainTableOfPages) {
    constexpr u64 size = 48, objects = 3;
    struct Page {
        u64 object, offset, access;
    };
    std::array<abi::Handle, objects> handles;
    std::array<const Memory*, objects> shown;
    for (u64 i = 0; i < objects; ++i) {
        handles[i] = memory(size);
        shown[i] = &program_.process->handles().get<Memory>(handles[i], {})->get();
    }
    std::array<std::optional<Page>, size> model;
    std::mt19937 random{11};
    for (u64 step = 0; step < 4000; ++step) {
        const u64 first = random() % size, count = 1 + random() % std::min<u64>(size - first, 9);
        const VirtAddr at = base + pages(first);
        const u64 access = random() % 2 == 0 ? read_write : read_only;
        const auto range = std::span{model}.subspan(first, count);
        const auto mapped = [](const std::optional<Page>& page) { return page.has_value(); };
        switch (random() % 3) {
        case 0: {
            const u64 object = random() % objects, offset = random() % (size - count + 1);
            const bool free = std::ranges::none_of(range, mapped);
            ASSERT_EQ(done(abi::MemoryMap{{}, handles[object], at, pages(offset), pages(count), access}),
                      free);
            for (u64 i = 0; free && i < count; ++i)
                range[i] = Page{object, offset + i, access};
            break;
        }
        case 1:
            ASSERT_TRUE(done(abi::MemoryUnmap{{}, at, pages(count)}));
            std::ranges::fill(range, std::nullopt);
            break;
        case 2: {
            const bool all = std::ranges::all_of(range, mapped);
            ASSERT_EQ(done(abi::MemoryProtect{{}, at, pages(count), access}), all);
            for (u64 i = 0; all && i < count; ++i)
                range[i]->access = access;
            break;
        }
        }
        for (u64 page = 0; page < size; ++page) {
            const auto seen = space().query(base + pages(page));
            ASSERT_EQ(seen.has_value(), model[page].has_value()) << step << ' ' << page;
            if (!seen) continue;
            ASSERT_EQ(seen->address.raw, shown[model[page]->object]->frame(model[page]->offset).raw);
            ASSERT_EQ(seen->protection == Protection::read_write, model[page]->access == read_write);
        }
    }
    end_all();
    EXPECT_EQ(system_.free_frames(), system_.kernel().frames().statistics().total);
}

TEST_F(Mappings, AnObjectKnowsWhereItIsShown) {
    const abi::Handle handle = memory(4);
    Memory& object = *&program_.process->handles().get<Memory>(handle, {})->get();
    EXPECT_TRUE(object.mappings.empty());
    ASSERT_TRUE(done(abi::MemoryMap{{}, handle, base, {}, pages(4), read_write}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, handle, base + pages(8), pages(1), pages(1), read_only}));
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base + pages(1), pages(2)})); // splits
    std::vector<std::array<u64, 3>> found;
    for (const Mapping& mapping : object.mappings) {
        EXPECT_EQ(&mapping.space, &space());
        found.push_back({mapping.range.start - base, mapping.range.count.raw, mapping.offset.raw});
    }
    std::ranges::sort(found);
    EXPECT_EQ(found,
              (std::vector<std::array<u64, 3>>{{0, 1, 0}, {3 * page_size, 1, 3}, {8 * page_size, 1, 1}}));
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base, pages(16)}));
    EXPECT_TRUE(object.mappings.empty());
}

TEST_F(Mappings, AThousandAreFoundAndGoAway) {
    const abi::Handle handle = memory(1);
    const PageCount before = system_.free_frames();
    constexpr u64 count = 1000; // of pages that do not lie side by side
    for (u64 i = 0; i < count; ++i)
        ASSERT_TRUE(
            done(abi::MemoryMap{{}, handle, base + pages(2 * (i * 7 % count)), {}, pages(1), read_only}));
    EXPECT_EQ(mappings(), count);
    EXPECT_EQ(error_of(abi::MemoryMap{{}, handle, base, {}, pages(1), read_only}), Error::bad_address);
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base + pages(1), pages(2 * count)}));
    EXPECT_EQ(mappings(), 1u);
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base, pages(1)}));
    EXPECT_EQ(system_.free_frames(), before);
}

} // namespace
} // namespace pith::kernel
