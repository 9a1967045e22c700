#include "servers/fat/check.h"

#include <algorithm>

namespace pith::fat {

Result<> Check::run(MountReport& report) {
    const auto done = check_all(report);
    if (!done) report.why = done.error() == Error::bad_format ? why_ : "the disk failed";
    report.finished = finished_;
    return done;
}

Result<> Check::check_all(MountReport& report) {
    TRY(reach(store_.geometry().root));
    directories_.push_back({store_.geometry().root, no_cluster});
    for (; checked_ < directories_.size(); ++checked_)
        TRY(check_directory(directories_[checked_]));
    for (const Found& directory : directories_)
        if (directory.parent != no_cluster) TRY(check_dots(directory));
    return find_lost(report);
}

Result<> Check::reach(u32 cluster) {
    if (!store_.geometry().has_cluster(cluster)) return wrong("a file's clusters are not there");
    if (reached_.has(cluster)) return wrong("two files share clusters");
    reached_.add(cluster);
    return {};
}

Result<u32> Check::next(u32 cluster) {
    const auto found = store_.table().next_on_disk(cluster);
    if (!found && found.error() == Error::bad_format) return wrong("a file's clusters lead to nothing");
    return found;
}

Result<> Check::check_directory(Found directory) {
    u64 entries = 0;
    for (u32 cluster = directory.first; cluster != no_cluster; cluster = TRY(next(cluster))) {
        if (cluster != directory.first) TRY(reach(cluster));
        store_.add_directory(cluster);
        entries += store_.geometry().entries_a_cluster();
        if (entries > most_entries + store_.geometry().entries_a_cluster())
            return wrong("a directory is too long");
    }
    Directory names = TRY(Directory::open(store_, directory.first));
    if (repairs_) TRY(names.clear_behind_end());
    std::vector<Named> all;
    TRY(names.for_each(0, [&](const Named& named) {
        all.push_back(named);
        return false;
    }));
    for (const Named& named : all)
        TRY(check_named(named, directory.first));
    return {};
}

Result<> Check::check_named(const Named& named, u32 directory) {
    const Entry& entry = named.entry;
    const u32 first = entry.cluster();
    if (store_.geometry().has_cluster(first) && reached_.has(first)) return finish_rename(named, directory);
    if (!entry.is_directory()) return check_file(entry);
    if (!store_.geometry().has_cluster(first)) return wrong("a directory's clusters are not there");
    TRY(reach(first));
    directories_.push_back({first, directory});
    return {};
}

Result<> Check::check_file(const Entry& entry) {
    const u64 needed =
        (u64{entry.bytes} + store_.geometry().cluster_bytes - 1) / store_.geometry().cluster_bytes;
    u64 count = 0;
    for (u32 cluster = entry.cluster(); cluster != no_cluster;) {
        TRY(reach(cluster));
        const u32 following = TRY(next(cluster));
        if (++count == needed && following != no_cluster && repairs_) store_.table().cut(cluster, following);
        cluster = following;
    }
    if (count < needed) return wrong("a file is longer than its clusters");
    return {};
}

Result<> Check::check_dots(Found directory) {
    const u32 root = store_.geometry().root;
    const u64 own_place = store_.geometry().start_of(directory.first), parent_place = own_place + entry_bytes;
    const Entry own = TRY(store_.entry(own_place));
    Entry parent = TRY(store_.entry(parent_place));
    const auto begins_with = [](const Entry& entry, std::string_view name) {
        const bool is_name = std::ranges::equal(std::span{entry.name}.first(3), name);
        return is_name && entry.is_directory();
    };
    if (!begins_with(own, ".  ") || !begins_with(parent, ".. ") || own.cluster() != directory.first)
        return wrong("a directory does not begin as it should");
    const bool below_root = directory.parent == root && parent.cluster() == no_cluster;
    if (parent.cluster() == directory.parent || below_root) return {};
    if (!repairs_) return wrong("a directory lies in another than it says");
    parent.set_cluster(directory.parent == root ? no_cluster : directory.parent);
    return store_.put(parent_place, parent);
}

/// A rename writes the new name before it takes the old one away. If both are there, the old one goes.
Result<> Check::finish_rename(const Named& named, u32 directory) {
    constexpr std::string_view shared = "two files share clusters";
    if (!repairs_) return wrong(shared);
    const u32 first = named.entry.cluster();
    const auto is_later = [](const Named& a, const Named& b) {
        return static_cast<u8>((b.entry.flags + Entry::one_move) & Entry::moves) ==
               (a.entry.flags & Entry::moves);
    };
    for (u64 i = 0; i <= std::min<u64>(checked_, directories_.size() - 1); ++i) {
        Directory names = TRY(Directory::open(store_, directories_[i].first));
        std::optional<Named> other;
        TRY(names.for_each(0, [&](const Named& each) {
            if (each.entry.cluster() == first && each.place != named.place) other = each;
            return other.has_value();
        }));
        if (!other) continue;
        const bool same_kind = other->entry.is_directory() == named.entry.is_directory();
        const bool same_size = other->entry.bytes == named.entry.bytes;
        if (!same_kind || !same_size || is_later(*other, named) == is_later(named, *other))
            return wrong(shared);
        ++finished_;
        if (is_later(*other, named)) return TRY(Directory::open(store_, directory)).erase(named);
        const auto moved = std::ranges::find(directories_, first, &Found::first);
        if (moved != directories_.end()) moved->parent = directory;
        return names.erase(*other);
    }
    return wrong(shared);
}

Result<> Check::find_lost(MountReport& report) {
    const u32 count = store_.geometry().clusters;
    for (u32 cluster = first_cluster; cluster < count + first_cluster && repairs_; ++cluster) {
        if (!store_.table().is_taken(cluster) || reached_.has(cluster)) continue;
        if (TRY(store_.table().is_bad(cluster))) continue;
        TRY(store_.table().free_lost(cluster));
        ++report.lost;
    }
    return store_.table().write_out();
}

} // namespace pith::fat
