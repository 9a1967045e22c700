#include "servers/fat/file_system.h"

#include <algorithm>

namespace pith::fat {
namespace {

constexpr u32 most_depth = 65'536; ///< of directories in one another: beyond lies a circle

/// The first day of all, where nobody knows which one it is.
void set_all_dates(Entry& entry, WallTime now) {
    entry.made_date = entry.write_date = entry.read_date = first_date;
    entry.set_made(now);
    entry.set_modified(now);
    entry.set_accessed(now);
}

Entry dots(std::string_view name, u32 cluster, WallTime now) {
    Entry entry{};
    entry.name.fill(' ');
    std::ranges::copy(name, entry.name.begin());
    entry.attributes = attribute::directory;
    set_all_dates(entry, now);
    entry.set_cluster(cluster);
    return entry;
}

} // namespace

/// What a new name says; of a directory, with its first cluster.
Result<Entry> FileSystem::new_entry(Kind kind, u32 parent) {
    Entry entry{};
    entry.attributes = attribute::archive;
    set_all_dates(entry, now_);
    if (kind != Kind::directory) return entry;
    entry.attributes = attribute::directory;
    const u32 cluster = TRY(store_.make_empty(no_cluster));
    entry.set_cluster(cluster);
    const u64 place = store_.geometry().start_of(cluster);
    TRY(store_.put(place, dots(".", cluster, now_)));
    const u32 above = parent == store_.geometry().root ? no_cluster : parent;
    TRY(store_.put(place + entry_bytes, dots("..", above, now_)));
    return entry;
}

Result<FileSystem::Number> FileSystem::create(Number number, std::string_view name, Kind kind,
                                              std::string_view /*target*/) {
    TRY(store_.prepare());
    if (kind == Kind::link) return fail(Error::unsupported);
    const std::u16string units = TRY(to_units(name));
    const Known parent = TRY(known(number));
    Directory names = TRY(directory(number));
    if (parent.place == 0 && number != proto::file::root) return fail(Error::not_found); // only open still
    if (const auto there = names.find(units); there)
        return fail(Error::exists);
    else if (there.error() != Error::not_found)
        return fail(there.error());
    ++changes_;
    const Entry entry = TRY(new_entry(kind, parent.entry.cluster()));
    const auto made = names.insert(units, entry, may_use());
    if (made) return nodes_.number_at(made->place);
    if (entry.cluster() != no_cluster) store_.table().release(entry.cluster());
    return fail(made.error());
}

/// A name has gone from the disk: what it named goes too, at once or when it is closed.
Result<> FileSystem::give_up(const Named& named) {
    if (nodes_.lost_name(named.place, named.entry)) return {};
    const u32 first = named.entry.cluster();
    if (first == no_cluster) return {};
    if (!store_.geometry().has_cluster(first)) return store_.damaged();
    store_.table().release(first);
    return {};
}

Result<> FileSystem::remove(Number number, std::string_view name, Kind kind) {
    TRY(store_.prepare());
    Directory names = TRY(directory(number));
    const std::u16string units = TRY(to_units(name));
    const Named named = TRY(names.find(units));
    const bool is_directory = named.entry.is_directory();
    if (kind == Kind::directory && !is_directory) return fail(Error::not_directory);
    if (kind != Kind::directory && is_directory) return fail(Error::is_directory);
    if (is_directory) TRY(must_be_empty(named.entry));
    ++changes_;
    TRY(names.erase(named));
    return give_up(named);
}

Result<> FileSystem::must_be_empty(const Entry& entry) {
    if (!store_.geometry().has_cluster(entry.cluster())) return store_.damaged();
    Directory names = TRY(Directory::open(store_, entry.cluster()));
    if (!TRY(names.is_empty())) return fail(Error::not_empty);
    return {};
}

Result<> FileSystem::may_replace(const Named& moved, const Named& old) {
    if (moved.entry.is_directory() && !old.entry.is_directory()) return fail(Error::not_directory);
    if (!moved.entry.is_directory() && old.entry.is_directory()) return fail(Error::is_directory);
    return old.entry.is_directory() ? must_be_empty(old.entry) : Result<>{};
}

/// Whether the directory is the other one, or lies below it.
Result<bool> FileSystem::lies_within(u32 directory, u32 above) {
    for (u32 depth = 0; depth < most_depth; ++depth) {
        if (directory == above) return true;
        if (directory == store_.geometry().root) return false;
        const Entry parent = TRY(store_.entry(store_.geometry().start_of(directory) + entry_bytes));
        directory = parent.cluster() == no_cluster ? store_.geometry().root : parent.cluster();
        if (!store_.geometry().has_cluster(directory)) break;
    }
    return store_.damaged();
}

Result<> FileSystem::set_parent(const Entry& moved, u32 parent) {
    const u64 place = store_.geometry().start_of(moved.cluster()) + entry_bytes;
    Entry entry = TRY(store_.entry(place));
    entry.set_cluster(parent == store_.geometry().root ? no_cluster : parent);
    return store_.put(place, entry);
}

/// The entry under its new name: in the place of what had that name, or a new one.
Result<Named> FileSystem::put_new_name(Directory& target, std::u16string_view name,
                                       const std::optional<Named>& old, const Entry& moved) {
    if (!old) return target.insert(name, moved, may_use());
    TRY(nodes_.may_move_to(old->place));
    Named put = *old;
    const u8 own_flags = old->entry.flags & static_cast<u8>(~Entry::moves);
    put.entry = moved;
    put.entry.name = old->entry.name;
    put.entry.flags = static_cast<u8>(own_flags | (moved.flags & Entry::moves));
    TRY(store_.put(put.place, put.entry));
    return put;
}

Result<> FileSystem::rename(Number from, std::string_view old_name, Number to, std::string_view new_name) {
    TRY(store_.prepare());
    const std::u16string units = TRY(to_units(new_name));
    Directory source = TRY(directory(from));
    Directory target = TRY(directory(to));
    const std::u16string old_units = TRY(to_units(old_name));
    const Named moved = TRY(source.find(old_units));
    const u32 parent = TRY(start_of(to));
    if (to != proto::file::root && TRY(known(to)).place == 0) return fail(Error::not_found);
    const bool is_directory = moved.entry.is_directory();
    if (is_directory && TRY(lies_within(parent, moved.entry.cluster()))) return fail(Error::bad_argument);
    std::optional<Named> old;
    if (auto there = target.find(units); there)
        old = *std::move(there);
    else if (there.error() != Error::not_found)
        return fail(there.error());
    if (old && old->place == moved.place) {
        if (moved.name == units) return {};
        old.reset(); // the same name, written otherwise
    }
    if (old) TRY(may_replace(moved, *old));
    // What came before is on the disk first, so that both names of the file say the same but for their moves.
    TRY(store_.commit());
    ++changes_;

    // First the new name, then the old one goes: stopped between the two, the file has both, and the mount
    // sees by the count of moves which one is to stay. In one sector both happen or neither.
    Entry entry = moved.entry;
    entry.flags =
        static_cast<u8>((entry.flags & ~Entry::moves) | ((entry.flags + Entry::one_move) & Entry::moves));
    const Named now = TRY(put_new_name(target, units, old, entry));
    if (is_directory && from != to) TRY(set_parent(entry, parent));
    if (old) TRY(give_up(*old));
    nodes_.moved(moved.place, now.place);
    if (!source.is_one_sector(moved, target, now)) TRY(store_.commit());
    TRY(source.erase(moved));
    return store_.commit();
}

} // namespace pith::fat
