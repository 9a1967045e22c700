// Memory: numbers that overflow, rights that are not there, pages that hold what somebody else left.
#include "child.h"
#include "os/mapping.h"

namespace pith::attacks {
namespace {

namespace access = abi::rights::memory;
constexpr abi::Rights read_write = access::read | access::write;
constexpr VirtAddr somewhere{0x6000'0000};

Result<> map(const os::Memory& memory, VirtAddr at, u64 offset, u64 count, abi::Rights rights) {
    return os::invoke(abi::MemoryMap{{}, memory.id(), at, pages(offset), pages(count), rights.raw});
}
Result<> unmap(VirtAddr at, u64 count) { return os::invoke(abi::MemoryUnmap{{}, at, pages(count)}); }
Result<> protect(VirtAddr at, u64 count, u64 rights) {
    return os::invoke(abi::MemoryProtect{{}, at, pages(count), rights});
}

constexpr std::array<u64, 12> bad_addresses{0,
                                            1,
                                            0xfff,
                                            0x7fff'ffff'f000,
                                            0x8000'0000'0000,
                                            0x7fff'ffff'ffff'f000,
                                            0x8000'0000'0000'0000,
                                            0xffff'7fff'ffff'f000,
                                            0xffff'8000'0000'0000,
                                            0xffff'ffff'ffe0'2000,
                                            0xffff'ffff'ffff'f000,
                                            0x6000'0800};
constexpr std::array<u64, 9> huge{0,
                                  (u64{1} << 18) + 1,
                                  u64{1} << 32,
                                  u64{1} << 35,
                                  u64{1} << 51,
                                  u64{1} << 52,
                                  u64{1} << 63,
                                  ~u64{0} - 1,
                                  ~u64{0}};

void sizes(Room& room) {
    for (const u64 count : huge)
        room.check.refused(os::invoke(abi::MemoryCreate{{}, pages(count)}));
}

void ranges(Room& room) {
    auto memory = os::Memory::create(pages(4));
    if (!memory) return room.check(false);
    for (const u64 address : bad_addresses) {
        room.check.refused(map(*memory, VirtAddr{address}, 0, 1, read_write));
        room.check.refused(unmap(VirtAddr{address}, 1));
        room.check.refused(protect(VirtAddr{address}, 1, access::read.raw));
    }
    for (const u64 count : huge) {
        room.check.refused(map(*memory, somewhere, 0, count, read_write));
        room.check.refused(map(*memory, somewhere, count | 4, 1, read_write));
        room.check.refused(map(*memory, somewhere, ~u64{0}, 2, read_write));
        room.check.refused(protect(somewhere, count, access::read.raw));
    }
    room.check.refused(map(*memory, somewhere, 1, 4, read_write));
    room.check.refused(map(*memory, VirtAddr{abi::user_end.raw - page_size}, 0, 2, read_write));
}

/// Half of a range is taken: nothing of it may be mapped afterwards.
void half_done(Room& room) {
    const auto memory = os::Memory::create(pages(4));
    if (!memory) return room.check(false);
    room.check(map(*memory, somewhere + pages(2), 0, 1, read_write).has_value());
    room.check.error(map(*memory, somewhere, 0, 4, read_write), Error::bad_address);
    room.check.error(protect(somewhere, 1, access::read.raw), Error::bad_address);
    room.check(map(*memory, somewhere, 0, 2, read_write).has_value());
}

void over_itself(Room& room) {
    const auto memory = os::Memory::create(pages(1));
    if (!memory) return room.check(false);
    int here = 0;
    const u64 stack = align_down(reinterpret_cast<u64>(&here), page_size);
    const u64 code = align_down(reinterpret_cast<u64>(&over_itself), page_size);
    const u64 buffer = reinterpret_cast<u64>(&os::message_buffer());
    for (const u64 address : {stack, code, buffer, abi::startup_page.raw})
        room.check.error(map(*memory, VirtAddr{address}, 0, 1, read_write), Error::bad_address);
}

void write_and_execute(Room& room) {
    const auto memory = os::Memory::create(pages(1));
    if (!memory) return room.check(false);
    const abi::Rights both = access::write | access::execute;
    room.check.refused(map(*memory, somewhere, 0, 1, both));
    room.check.refused(map(*memory, somewhere, 0, 1, both | access::read));
    room.check(map(*memory, somewhere, 0, 1, read_write).has_value());
    room.check.refused(protect(somewhere, 1, both.raw));
    room.check.refused(protect(somewhere, 1, (both | access::read).raw));
    for (u64 bit = 3; bit < 64; ++bit) // what is no access at all
        room.check.refused(protect(somewhere, 1, u64{1} << bit | 1));
    const u64 code = align_down(reinterpret_cast<u64>(&write_and_execute), page_size);
    room.check.refused(protect(VirtAddr{code}, 1, read_write.raw | access::execute.raw));
}

void rights(Room& room) {
    const auto memory = os::Memory::create(pages(1));
    const auto weak = memory ? memory->copy(access::read) : Result<os::Memory>{fail(memory.error())};
    if (!weak) return room.check(false);
    room.check.error(map(*weak, somewhere, 0, 1, read_write), Error::denied);
    room.check.error(map(*weak, somewhere, 0, 1, access::read | access::execute), Error::denied);
    room.check(map(*weak, somewhere, 0, 1, access::read).has_value());
    room.check.error(protect(somewhere, 1, read_write.raw), Error::denied);
    room.check.error(weak->copy(), Error::denied);
    // The message buffer's page cannot be made to run.
    const u64 buffer = reinterpret_cast<u64>(&os::message_buffer());
    room.check.error(protect(VirtAddr{buffer}, 1, (access::read | access::execute).raw), Error::denied);
}

/// Fills all that its budget gives with a pattern, and ends.
void poison(Room& room) {
    for (u64 at = somewhere.raw;; at += page_size) {
        auto memory = os::Memory::create(pages(1));
        if (!memory || !map(*memory, VirtAddr{at}, 0, 1, read_write)) return;
        auto* words = reinterpret_cast<u64*>(at);
        for (u64 i = 0; i < page_size / 8; ++i)
            words[i] = 0xdead'beef'dead'beef;
        static_cast<void>(memory->release());
    }
    room.check(false);
}

/// After `poison`: every page that the kernel gives holds zeros.
void fresh_pages(Room& room) {
    for (u64 at = somewhere.raw;; at += page_size) {
        auto memory = os::Memory::create(pages(1));
        if (!memory || !map(*memory, VirtAddr{at}, 0, 1, read_write)) return;
        const auto* words = reinterpret_cast<const u64*>(at);
        for (u64 i = 0; i < page_size / 8; ++i)
            room.check(words[i] == 0);
        static_cast<void>(memory->release());
    }
}

void fresh_buffers(Room& room) {
    for (u64 slot = 0; slot < 40; ++slot) {
        const auto thread = os::invoke(abi::ThreadCreate{{}, thread_buffer(slot), 1, {}});
        if (!thread) return room.check(false);
        const auto* words = reinterpret_cast<const u64*>(thread_buffer(slot).raw);
        for (u64 i = 0; i < page_size / 8; ++i)
            room.check(words[i] == 0);
        for (u64 i = 0; i < page_size / 8; ++i)
            reinterpret_cast<u64*>(thread_buffer(slot).raw)[i] = ~u64{0};
        if (slot % 2 == 0) static_cast<void>(os::invoke(abi::HandleClose{thread->handle}));
    }
}

void budgets(Room& room) {
    const auto before = os::Budget{}.info();
    for (const u64 count : huge)
        room.check.refused(os::Budget{}.split(pages(count)));
    const auto after = os::Budget{}.info();
    if (!before || !after) return room.check(false);
    room.check(before->used == after->used);
    const u64 left = after->limit.raw - after->used.raw;
    room.check.refused(os::Budget{}.split(pages(left + 1)));
    const auto child = os::Budget{}.split(pages(left / 2));
    if (!child) return room.check(false);
    room.check.refused(child->split(pages(left)));
    room.check.refused(os::Memory::create(pages(left)));
    const auto weak = child->copy(abi::rights::budget::inspect);
    if (!weak) return room.check(false);
    room.check.error(weak->split(pages(1)), Error::denied);
    room.check.error(os::Memory::create(pages(1), *weak), Error::denied);
}

// Two pieces of 2 MiB, where they fit, and what is done to single pages at the border between them.
constexpr u64 piece = 512, piece_frames = 3 * piece + 64;

/// Every page of them holds its number. Nothing where there are no such pieces any more.
Result<os::Memory> map_pieces(Room& room) {
    auto memory = TRY(os::Memory::create(pages(2 * piece)));
    const auto info = TRY(os::invoke(abi::MemoryInfo{memory.id()}));
    room.check(info.in_pieces.raw % piece == 0 && info.in_pieces <= info.size);
    TRY(map(memory, somewhere, 0, 2 * piece, read_write));
    for (u64 page = 0; page < 2 * piece; ++page)
        *reinterpret_cast<u64*>(somewhere.raw + page * page_size) = page;
    return memory;
}
void expect_numbers(Room& room, u64 first, u64 end, bool writable) {
    for (u64 page = first; page < end; ++page) {
        auto& word = *reinterpret_cast<volatile u64*>(somewhere.raw + page * page_size);
        room.check(word == page);
        if (writable) word = page;
    }
}

void large_pages(Room& room) {
    const auto memory = map_pieces(room);
    if (!memory) return room.check(false);
    room.check(protect(somewhere + pages(piece - 1), 2, access::read.raw).has_value());
    expect_numbers(room, 0, piece - 1, true);
    expect_numbers(room, piece - 1, piece + 1, false);
    expect_numbers(room, piece + 1, 2 * piece, true);
    room.check(unmap(somewhere + pages(piece - 1), 2).has_value());
    expect_numbers(room, 0, piece - 1, true);
    expect_numbers(room, piece + 1, 2 * piece, true);
    // What is mapped in the gap shows just that.
    room.check(map(*memory, somewhere + pages(piece - 1), 7, 1, access::read).has_value());
    room.check(*reinterpret_cast<volatile u64*>(somewhere.raw + (piece - 1) * page_size) == 7);
    room.check.error(map(*memory, somewhere + pages(piece), 0, 2, access::read), Error::bad_address);
    room.check.error(protect(somewhere, 2 * piece, access::read.raw), Error::bad_address);
    room.check(unmap(somewhere, 2 * piece).has_value());
    // Where the address does not fit, they are small pages.
    room.check(map(*memory, somewhere + pages(1), 0, piece, read_write).has_value());
    room.check(*reinterpret_cast<volatile u64*>(somewhere.raw + 9 * page_size) == 8);
}

static_assert(forbidden.raw == somewhere.raw + (2 * piece - 1) * page_size);

void large_page_unmapped_in_part(Room& room) {
    const auto memory = map_pieces(room);
    if (!memory || !unmap(forbidden, 1)) return room.check(false);
    expect_numbers(room, 0, 2 * piece - 1, true);
    static_cast<void>(*reinterpret_cast<volatile u64*>(forbidden.raw));
}

void large_page_protected_in_part(Room& room) {
    const auto memory = map_pieces(room);
    if (!memory || !protect(forbidden, 1, access::read.raw)) return room.check(false);
    expect_numbers(room, 0, 2 * piece - 1, true);
    expect_numbers(room, 2 * piece - 1, 2 * piece, false);
    *reinterpret_cast<volatile u64*>(forbidden.raw) = 0;
}

void large_page_ended(Room& room) {
    const auto budget = os::Budget{}.split(pages(2 * piece + 16));
    if (!budget) return room.check(false);
    const auto memory = os::Memory::create(pages(2 * piece), *budget);
    if (!memory || !map(*memory, somewhere, 0, 2 * piece, read_write)) return room.check(false);
    *reinterpret_cast<volatile u64*>(forbidden.raw) = 1;
    room.check(os::invoke(abi::BudgetEnd{budget->id()}).has_value());
    static_cast<void>(*reinterpret_cast<volatile u64*>(forbidden.raw));
}

/// The whole address space at once, most of it empty.
void unmap_everything_else(Room& room) {
    const u64 first = somewhere.raw;
    const u64 end = 0x7ffe'0000'0000;
    for (int i = 0; i < 100; ++i)
        room.check(unmap(VirtAddr{first}, (end - first) / page_size).has_value());
}

void unmap_itself(Room&) {
    static_cast<void>(unmap(abi::user_start, (abi::user_end - abi::user_start) / page_size));
}

} // namespace

std::span<const Attack> memory_attacks() {
    static constexpr std::array attacks{
        Attack{"memory.sizes", sizes},
        Attack{"memory.ranges", ranges},
        Attack{"memory.half-done", half_done},
        Attack{"memory.over-itself", over_itself},
        Attack{"memory.write-and-execute", write_and_execute},
        Attack{"memory.rights", rights},
        Attack{"memory.poison", poison},
        Attack{"memory.fresh-pages", fresh_pages},
        Attack{"memory.fresh-buffers", fresh_buffers},
        Attack{"memory.budgets", budgets},
        Attack{"memory.large-pages", large_pages, piece_frames},
        Attack{"memory.large-page-unmapped-in-part", large_page_unmapped_in_part, piece_frames,
               Ending::fault},
        Attack{"memory.large-page-protected-in-part", large_page_protected_in_part, piece_frames,
               Ending::fault},
        Attack{"memory.large-page-ended", large_page_ended, piece_frames, Ending::fault},
        Attack{"memory.unmap-everything-else", unmap_everything_else},
        Attack{"memory.unmap-itself", unmap_itself, 256, Ending::anyhow},
    };
    return attacks;
}

} // namespace pith::attacks
