#pragma once

#include "proto/file.h"
#include "servers/fat/check.h"
#include "servers/fat/nodes.h"

#include <memory>

namespace pith::fat {

/// A FAT32 file system on a disk, as proto::file::IsWritable wants it.
class FileSystem {
  public:
    using Number = proto::file::Inode;
    using Kind = proto::file::Kind;

    /// Whether the disk begins as FAT does, of any kind.
    [[nodiscard]] static bool is_on(Disk& disk);
    /// Looks through all of it. What contradicts itself is mounted to be read; the report says why.
    [[nodiscard]] static Result<std::unique_ptr<FileSystem>> mount(Disk& disk, MountReport& report);
    FileSystem(const FileSystem&) = delete;

    [[nodiscard]] Result<proto::file::Info> info(Number number);
    [[nodiscard]] Result<u32> generation(Number number);
    [[nodiscard]] Result<Number> lookup(Number directory, std::string_view name);
    [[nodiscard]] Result<u64> read(Number number, u64 offset, std::span<std::byte> bytes);
    [[nodiscard]] Result<proto::file::Entry> list(Number directory, u64 cursor);
    /// There are none.
    [[nodiscard]] Result<std::string> link_target(Number /*number*/) { return fail(Error::wrong_kind); }
    [[nodiscard]] proto::file::SpaceReply space();

    [[nodiscard]] Result<u64> write(Number number, u64 offset, std::span<const std::byte> bytes);
    [[nodiscard]] Result<> resize(Number number, u64 size);
    [[nodiscard]] Result<Number> create(Number directory, std::string_view name, Kind kind,
                                        std::string_view target);
    [[nodiscard]] Result<> remove(Number directory, std::string_view name, Kind kind);
    [[nodiscard]] Result<> rename(Number from, std::string_view old_name, Number to,
                                  std::string_view new_name);
    /// FAT has no place for a second name.
    [[nodiscard]] Result<> link(Number /*number*/, Number /*directory*/, std::string_view /*name*/) {
        return fail(Error::unsupported);
    }
    [[nodiscard]] Result<> commit() { return store_.commit(); }
    [[nodiscard]] Result<> sync() { return store_.sync(); }
    /// Before what it is that happens then.
    void set_time(WallTime now) { now_ = now; }
    [[nodiscard]] Result<> set_times(Number number, WallTime modified, WallTime accessed);
    void opened(Number number);
    void closed(Number number);

    [[nodiscard]] bool writable() const { return store_.writable(); }
    /// Gives memory to spare back, after a `sync`. False: some is left.
    bool give_way() { return store_.cache().give_way(); }
    [[nodiscard]] bool has_changes() const { return store_.has_changes(); }

  private:
    FileSystem(Disk& disk, const Geometry& geometry)
        : store_{disk, geometry}, data_{store_}, nodes_{geometry.data_start / entry_bytes} {}

    // mount.cpp
    [[nodiscard]] Result<> prepare(Disk& disk, MountReport& report);

    /// What a number stands for, and where its entry lies: nowhere for the root, and where there is no name.
    struct Known {
        u64 place;
        Entry entry;
        Node* node; ///< if it is open
    };
    [[nodiscard]] Result<Known> known(Number number);
    [[nodiscard]] Result<Known> file(Number number);
    [[nodiscard]] Result<> save(const Known& file);
    void note_access(Known& file);
    /// Where a directory's chain starts.
    [[nodiscard]] Result<u32> start_of(Number directory);
    [[nodiscard]] Result<Directory> directory(Number number);

    [[nodiscard]] Result<Entry> new_entry(Kind kind, u32 parent);
    [[nodiscard]] Result<> must_be_empty(const Entry& directory);
    [[nodiscard]] Result<> may_replace(const Named& moved, const Named& old);
    [[nodiscard]] Result<bool> lies_within(u32 directory, u32 above);
    [[nodiscard]] Result<> set_parent(const Entry& moved, u32 parent);
    [[nodiscard]] Result<> give_up(const Named& named);
    [[nodiscard]] Result<Named> put_new_name(Directory& target, std::u16string_view name,
                                             const std::optional<Named>& old, const Entry& moved);
    [[nodiscard]] auto may_use() const {
        return [this](u64 place) { return !nodes_.is_held(place); };
    }

    Store store_;
    FileData data_;
    Nodes nodes_;
    WallTime now_{};
    u64 changes_ = 0; ///< of any directory
    struct {
        u32 directory = no_cluster;
        u64 changes = 0;
        u32 from = 0; ///< slot
        u32 next = 0; ///< behind the last that is known
        bool is_all = false;
        std::vector<Named> names{};
    } listing_; ///< what was listed last
    [[nodiscard]] Result<> list_from(u32 first, u32 slot);
};

} // namespace pith::fat
