#include "servers/fat/file_system.h"

#include <algorithm>

namespace pith::fat {
namespace {

namespace file = proto::file;

/// What tells a file from others that had, or will have, their entry in the same place.
u32 generation_of(const Entry& entry) {
    u32 hash = 0x811c'9dc5; // FNV-1a
    const auto add = [&](u32 byte) { hash = (hash ^ byte) * 0x0100'0193; };
    for (const u8 byte : entry.name)
        add(byte);
    for (const u32 byte : {u32{entry.flags}, u32{entry.made_hundredths}, u32{entry.made_time},
                           u32{entry.made_time} >> 8, u32{entry.made_date}, u32{entry.made_date} >> 8})
        add(byte & 0xff);
    return (hash ^ hash >> 24) & 0xff'ffff;
}

file::Info info_of(const Entry& entry, file::Inode number, bool has_name) {
    const bool is_directory = entry.is_directory();
    return {.kind = static_cast<u64>(is_directory ? file::Kind::directory : file::Kind::file),
            .size = is_directory ? 0 : entry.bytes,
            .inode = number.raw,
            .links = has_name ? u64{1} : u64{0},
            .modified = entry.modified(),
            .changed = entry.modified(),
            .accessed = entry.accessed(),
            .made = entry.made()};
}

} // namespace

Result<FileSystem::Known> FileSystem::known(Number number) {
    if (number == file::root) {
        Entry entry{};
        entry.attributes = attribute::directory;
        entry.set_cluster(store_.geometry().root);
        return Known{0, entry, nullptr};
    }
    if (Node* const node = nodes_.find(number)) {
        if (!node->has_name()) return Known{0, node->entry, node};
        return Known{node->place, TRY(store_.entry(node->place)), node};
    }
    const auto place = nodes_.place_of(number);
    if (!place || !store_.is_directory(store_.geometry().cluster_at(*place))) return fail(Error::not_found);
    const Entry entry = TRY(store_.entry(*place));
    if (entry.is_free() || entry.is_part_of_long_name() || entry.is_label() || entry.is_dots())
        return fail(Error::not_found);
    return Known{*place, entry, nullptr};
}

Result<FileSystem::Known> FileSystem::file(Number number) {
    Known found = TRY(known(number));
    if (found.entry.is_directory()) return fail(Error::is_directory);
    return found;
}

Result<> FileSystem::save(const Known& file) {
    if (file.place != 0) return store_.put(file.place, file.entry);
    file.node->entry = file.entry;
    return {};
}

Result<u32> FileSystem::start_of(Number number) {
    const Known found = TRY(known(number));
    if (!found.entry.is_directory()) return fail(Error::not_directory);
    const u32 first = found.entry.cluster();
    if (!store_.geometry().has_cluster(first)) return store_.damaged();
    return first;
}

Result<Directory> FileSystem::directory(Number number) {
    return Directory::open(store_, TRY(start_of(number)));
}

Result<file::Info> FileSystem::info(Number number) {
    const Known found = TRY(known(number));
    return info_of(found.entry, number, found.place != 0 || number == file::root);
}

Result<u32> FileSystem::generation(Number number) {
    if (const Node* const node = nodes_.find(number); node != nullptr && node->open > 0)
        return node->generation;
    const Known found = TRY(known(number));
    return found.place != 0 ? generation_of(found.entry) : 0;
}

Result<FileSystem::Number> FileSystem::lookup(Number number, std::string_view name) {
    Directory names = TRY(directory(number));
    const auto units = to_units(name);
    if (!units) // nothing here can be called so
        return fail(units.error() == Error::too_large ? Error::too_large : Error::not_found);
    return nodes_.number_at(TRY(names.find(*units)).place);
}

Result<u64> FileSystem::read(Number number, u64 offset, std::span<std::byte> bytes) {
    Known found = TRY(file(number));
    if (offset >= found.entry.bytes) return u64{0};
    const u64 length = std::min<u64>(bytes.size(), found.entry.bytes - offset);
    Position somewhere{};
    TRY(data_.read(found.entry, offset, bytes.first(length),
                   found.node != nullptr ? found.node->at : somewhere));
    note_access(found);
    return length;
}

Result<> FileSystem::list_from(u32 first, u32 slot) {
    constexpr std::size_t most = 128;
    listing_ = {.directory = no_cluster, .changes = changes_, .from = slot, .next = slot, .is_all = true};
    Directory names = TRY(Directory::open(store_, first));
    TRY(names.for_each(slot, [&](const Named& named) {
        listing_.is_all = listing_.names.size() < most;
        if (!listing_.is_all) return true;
        listing_.names.push_back(named);
        listing_.next = named.slot + 1;
        return false;
    }));
    listing_.directory = first;
    return {};
}

Result<file::Entry> FileSystem::list(Number number, u64 cursor) {
    const u32 first = TRY(start_of(number));
    if (cursor > most_entries) return fail(Error::not_found);
    const u32 slot = static_cast<u32>(cursor);
    const bool is_known = listing_.directory == first && listing_.changes == changes_ &&
                          slot >= listing_.from && (slot < listing_.next || listing_.is_all);
    if (!is_known) TRY(list_from(first, slot));
    const auto found = std::ranges::lower_bound(listing_.names, slot, {}, &Named::slot);
    if (found == listing_.names.end()) return fail(Error::not_found);
    const Entry entry = TRY(store_.entry(found->place)); // it may have grown since it was listed
    return file::Entry{info_of(entry, nodes_.number_at(found->place), true), u64{found->slot} + 1,
                       os::Chunk<256>::of(found->shown())};
}

file::SpaceReply FileSystem::space() {
    const u64 size = store_.geometry().cluster_bytes;
    return {.total = store_.geometry().clusters * size,
            .free = store_.table().free_count() * size,
            .open = 0,
            .writable = store_.writable() ? u64{1} : u64{0},
            .bytes = decltype(file::SpaceReply::bytes)::of("FAT32")};
}

void FileSystem::opened(Number number) {
    if (number == file::root) return;
    const auto found = known(number);
    if (found) nodes_.opened(number, found->place, generation(number).value_or(0));
}

void FileSystem::closed(Number number) {
    const auto last = nodes_.closed(number);
    if (last && last->entry.cluster() != no_cluster) store_.table().release(last->entry.cluster());
}

Result<u64> FileSystem::write(Number number, u64 offset, std::span<const std::byte> bytes) {
    Known found = TRY(file(number));
    if (bytes.empty()) return u64{0};
    if (offset >= largest_file) return fail(Error::too_large);
    bytes = bytes.first(std::min<u64>(bytes.size(), largest_file - offset));
    Position somewhere{};
    Position& at = found.node != nullptr ? found.node->at : somewhere;
    TRY(store_.prepare());
    const u64 before = found.entry.bytes;
    if (offset > before) TRY(data_.extend(found.entry, offset, at));
    constexpr u64 most_at_once = 256 << 10;
    u64 done = 0;
    while (done < bytes.size()) {
        const auto part = bytes.subspan(done, std::min<u64>(bytes.size() - done, most_at_once));
        if (done > 0) TRY(store_.prepare());
        const auto written = data_.write(found.entry, offset + done, part, at);
        if (!written && done == 0) {
            if (found.entry.bytes > before) TRY(data_.cut(found.entry, before, at));
            return fail(written.error());
        }
        if (!written) break;
        done += *written;
        if (*written < part.size()) break;
    }
    found.entry.attributes |= attribute::archive;
    found.entry.set_modified(now_);
    TRY(save(found));
    return done;
}

Result<> FileSystem::set_times(Number number, WallTime modified, WallTime accessed) {
    Known found = TRY(known(number));
    if (found.place == 0 && found.node == nullptr) return fail(Error::unsupported); // the root has no dates
    TRY(store_.prepare());
    using proto::file::SetTimes;
    if (modified.is_known()) found.entry.set_modified(SetTimes::resolve(modified, now_));
    if (accessed.is_known()) found.entry.set_accessed(SetTimes::resolve(accessed, now_));
    return save(found);
}

/// Days are all that the format tells.
void FileSystem::note_access(Known& found) {
    if (!now_.is_known() || !writable()) return;
    const u16 last = found.entry.read_date;
    found.entry.set_accessed(now_);
    if (found.entry.read_date == last || !store_.prepare()) return;
    static_cast<void>(save(found)); // what was read is right nevertheless
}

Result<> FileSystem::resize(Number number, u64 size) {
    Known found = TRY(file(number));
    if (size > largest_file) return fail(Error::too_large);
    TRY(store_.prepare());
    Position somewhere{};
    Position& at = found.node != nullptr ? found.node->at : somewhere;
    if (size > found.entry.bytes)
        TRY(data_.extend(found.entry, size, at));
    else
        TRY(data_.cut(found.entry, size, at));
    found.entry.attributes |= attribute::archive;
    found.entry.set_modified(now_);
    return save(found);
}

} // namespace pith::fat
