#include "servers/ext4/entry_block.h"

#include <cstring>

namespace pith::ext4 {

bool EntryBlock::is_right(u32 inodes) const {
    for (u32 offset = 0; offset < end_;) {
        if (end_ - offset < sizeof(DirectoryEntry)) return false;
        const DirectoryEntry entry = at(offset);
        if (entry.length < 12 || entry.length % 4 != 0 || entry.length > end_ - offset) return false;
        if (entry.inode > inodes) return false;
        if (entry.inode != 0 && (entry.name_length == 0 || needed(entry.name_length) > entry.length))
            return false;
        offset += entry.length;
    }
    return true;
}

void EntryBlock::make_empty() const {
    store(bytes_, 0, DirectoryEntry{0, static_cast<u16>(end_), 0, 0});
    if (with_checksum_)
        store(bytes_, end_, DirectoryTail{0, sizeof(DirectoryTail), 0, directory_tail_kind, 0});
}

std::optional<EntryBlock::Entry> EntryBlock::next(u32 offset) const {
    u32 before = 0;
    for (u32 here = 0; here < end_;) {
        const DirectoryEntry raw = at(here);
        if (raw.inode != 0 && here >= offset) return Entry{here, before, raw, name_at(here, raw)};
        before = here;
        here += raw.length;
    }
    return std::nullopt;
}

std::optional<EntryBlock::Entry> EntryBlock::find(std::string_view name) const {
    u32 before = 0;
    for (u32 here = 0; here < end_;) {
        const DirectoryEntry raw = at(here);
        if (raw.inode != 0 && raw.name_length == name.size() &&
            std::memcmp(bytes_.data() + here + sizeof(raw), name.data(), name.size()) == 0)
            return Entry{here, before, raw, name_at(here, raw)};
        before = here;
        here += raw.length;
    }
    return std::nullopt;
}

void EntryBlock::write(u32 offset, u32 length, std::string_view name, u32 inode, u8 kind) const {
    store(bytes_, offset,
          DirectoryEntry{inode, static_cast<u16>(length), static_cast<u8>(name.size()), kind});
    std::memcpy(bytes_.data() + offset + sizeof(DirectoryEntry), name.data(), name.size());
}

std::optional<u32> EntryBlock::room_for(u64 name_length) const {
    for (u32 here = 0; here < end_;) {
        const DirectoryEntry raw = at(here);
        const u32 used = raw.inode == 0 ? 0 : needed(raw.name_length);
        if (raw.length >= used + needed(name_length)) return here;
        here += raw.length;
    }
    return std::nullopt;
}

bool EntryBlock::insert(std::string_view name, u32 inode, u8 kind) const {
    const auto here = room_for(name.size());
    if (!here) return false;
    DirectoryEntry raw = at(*here);
    const u32 used = raw.inode == 0 ? 0 : needed(raw.name_length);
    const u32 length = raw.length - used;
    if (used > 0) {
        raw.length = static_cast<u16>(used);
        store(bytes_, *here, raw);
    }
    write(*here + used, length, name, inode, kind);
    return true;
}

void EntryBlock::remove(const Entry& entry) const {
    if (entry.before == entry.offset) {
        store(bytes_, entry.offset, u32{0});
        return;
    }
    DirectoryEntry before = at(entry.before);
    before.length = static_cast<u16>(before.length + entry.raw.length);
    store(bytes_, entry.before, before);
}

void EntryBlock::redirect(const Entry& entry, u32 inode, u8 kind) const {
    DirectoryEntry raw = entry.raw;
    raw.inode = inode;
    raw.kind = kind;
    store(bytes_, entry.offset, raw);
}

} // namespace pith::ext4
