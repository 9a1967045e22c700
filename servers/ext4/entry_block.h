#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "servers/ext4/format.h"

#include <optional>
#include <string_view>

namespace pith::ext4 {

/// A block of a directory's entries. They fill it without gaps; one that names no inode is free.
class EntryBlock {
  public:
    EntryBlock(Block bytes, bool with_checksum)
        : bytes_{bytes},
          end_{static_cast<u32>(bytes.size() - (with_checksum ? sizeof(DirectoryTail) : 0))},
          with_checksum_{with_checksum} {}

    /// Whether the entries are in order: before anything else is done with a block from the disk.
    [[nodiscard]] bool is_right(u32 inodes) const;
    /// One free entry.
    void make_empty() const;

    struct Entry {
        u32 offset;
        u32 before; ///< the one before it; itself, if it is the first
        DirectoryEntry raw;
        std::string_view name;
    };
    /// The first one at `offset` or behind that names something.
    [[nodiscard]] std::optional<Entry> next(u32 offset) const;
    [[nodiscard]] std::optional<Entry> find(std::string_view name) const;
    [[nodiscard]] bool has_room(u64 name_length) const { return room_for(name_length).has_value(); }
    /// False where there is no room.
    [[nodiscard]] bool insert(std::string_view name, u32 inode, u8 kind) const;
    void remove(const Entry& entry) const;
    void redirect(const Entry& entry, u32 inode, u8 kind) const;
    /// Bytes that a name takes.
    [[nodiscard]] static u32 needed(u64 name_length) {
        return static_cast<u32>(sizeof(DirectoryEntry) + name_length + 3) & ~3U;
    }
    [[nodiscard]] u32 end() const { return end_; }

  private:
    [[nodiscard]] DirectoryEntry at(u32 offset) const { return load<DirectoryEntry>(bytes_, offset); }
    [[nodiscard]] std::string_view name_at(u32 offset, const DirectoryEntry& raw) const {
        return as_text(bytes_.subspan(offset + sizeof(DirectoryEntry), raw.name_length));
    }
    /// The entry behind whose own bytes there is room.
    [[nodiscard]] std::optional<u32> room_for(u64 name_length) const;
    void write(u32 offset, u32 length, std::string_view name, u32 inode, u8 kind) const;

    Block bytes_;
    u32 end_;
    bool with_checksum_;
};

} // namespace pith::ext4
