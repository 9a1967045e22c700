#include "servers/fat/store.h"

#include <algorithm>
#include <cstring>

namespace pith::fat {

Store::~Store() {
    for (Buffer* const buffer : changed_)
        buffer->changed = false;
}

std::unexpected<Error> Store::damaged() {
    writable_ = false;
    return fail(Error::bad_format);
}

Result<Entry> Store::entry(u64 place) {
    const BufferRef buffer = TRY(at(place));
    return load<Entry>(buffer->bytes, geometry_.within_block(place));
}

Result<> Store::put(u64 place, ConstBlock bytes) {
    const BufferRef buffer = TRY(at(place));
    std::memcpy(buffer->bytes.data() + geometry_.within_block(place), bytes.data(), bytes.size());
    // What nothing leads to yet goes with the data, before whatever will lead to it.
    if (table_.is_fresh(geometry_.cluster_at(place))) {
        cache_.make_dirty(*buffer);
    } else if (!buffer->changed) {
        buffer->changed = true;
        changed_.push_back(&*buffer);
    }
    return {};
}

Result<u32> Store::next(u32 cluster) {
    const auto found = table_.next(cluster);
    if (!found && found.error() == Error::bad_format) return damaged();
    return found;
}

Result<u32> Store::allocate(u32 goal) {
    auto found = table_.allocate(goal);
    if (!found && found.error() == Error::no_space && table_.holds_back()) {
        TRY(commit());
        found = table_.allocate(goal);
    }
    if (found) directories_.remove(*found);
    return found;
}

Result<u32> Store::make_empty(u32 goal) {
    const u32 cluster = TRY(allocate(goal));
    add_directory(cluster);
    const u64 first = geometry_.block_of(geometry_.start_of(cluster));
    for (u32 i = 0; i < geometry_.blocks_a_cluster(); ++i) {
        const BufferRef buffer = TRY(cache_.place(first + i));
        std::ranges::fill(buffer->bytes, std::byte{});
        cache_.make_dirty(*buffer);
    }
    return cluster;
}

Result<> Store::prepare() {
    constexpr u64 most_changes = 4096; // of the table: they lie on the heap
    if (!writable_) return fail(failed_ ? Error::input_output : Error::read_only);
    const bool is_much = cache_.dirty_count() > cache_.capacity() / 3;
    if (is_much || changed_.size() > cache_.capacity() / 4 || table_.change_count() > most_changes)
        return commit();
    return {};
}

Result<> Store::commit() {
    if (failed_) return fail(Error::input_output);
    if (!has_uncommitted()) return {};
    const auto done = commit_all();
    if (!done) {
        failed_ = true;
        writable_ = false;
    }
    return done;
}

Result<> Store::commit_all() {
    if (clean_) TRY(mark(false));
    const auto flush = [this](bool any) { return any ? cache_.disk().flush() : Result<>{}; };
    const bool any_data = cache_.dirty_count() > 0;
    TRY(cache_.write_data());
    const bool any_fresh = TRY(table_.write_fresh());
    TRY(flush(any_data || any_fresh));
    const bool any_links = TRY(table_.write_links());
    TRY(flush(any_links));
    const bool any_names = !changed_.empty();
    TRY(write_directories());
    TRY(flush(any_names));
    const bool any_ends = TRY(table_.write_ends());
    TRY(flush(any_ends));
    const bool any_released = TRY(table_.write_released());
    return flush(any_released);
}

Result<> Store::write_directories() {
    std::vector<Buffer*> all = changed_;
    TRY(cache_.write_home(all));
    changed_.clear();
    for (Buffer* const buffer : all) {
        buffer->changed = false;
        cache_.settle(*buffer);
    }
    return {};
}

Result<> Store::sync() {
    TRY(commit());
    if (clean_ || !writable_) return {};
    const auto finished = [&]() -> Result<> {
        TRY(write_info());
        TRY(cache_.disk().flush());
        return mark(true);
    }();
    if (!finished) {
        failed_ = true;
        writable_ = false;
    }
    return finished;
}

Result<> Store::change_sector(u64 place, auto&& change) {
    const u64 least = std::max<u64>(geometry_.sector_bytes, boot::size);
    const BufferRef scratch = TRY(cache_.scratch());
    const Disk::Piece piece{place, scratch->bytes.first(least)};
    TRY(cache_.disk().read({&piece, 1}));
    if (!change(piece.bytes)) return {};
    return cache_.disk().write({&piece, 1});
}

Result<> Store::write_info() {
    if (geometry_.info_sector == 0) return {};
    return change_sector(geometry_.info_sector, [&](Block sector) {
        const bool is_one = load<u32>(sector, info::lead) == info::right_lead &&
                            load<u32>(sector, info::structure) == info::right_structure &&
                            load<u32>(sector, info::trail) == info::right_trail;
        store(sector, info::free_count, table_.free_count());
        store(sector, info::next_free, table_.hint());
        return is_one;
    });
}

Result<bool> Store::is_marked_clean() {
    bool is_clean = TRY(table_.is_marked_clean());
    TRY(change_sector(0, [&](Block sector) {
        is_clean = is_clean && (load<u8>(sector, boot::state) & boot::state_dirty) == 0;
        return false;
    }));
    return is_clean;
}

Result<> Store::mark_boot_sector(bool clean) {
    TRY(change_sector(0, [&](Block sector) {
        const u8 state = load<u8>(sector, boot::state);
        store(sector, boot::state,
              static_cast<u8>(clean ? state & ~boot::state_dirty : state | boot::state_dirty));
        return true;
    }));
    return cache_.disk().flush();
}

/// The tables are not marked at one moment, nor equal in between: until they are, the boot sector says that
/// the disk is in use.
Result<> Store::mark(bool clean) {
    if (!clean) TRY(mark_boot_sector(false));
    TRY(table_.mark(clean));
    TRY(cache_.disk().flush());
    if (clean) TRY(mark_boot_sector(true));
    clean_ = clean;
    return {};
}

} // namespace pith::fat
