#pragma once

#include "proto/file.h"
#include "proto/file_badge.h"
#include "servers/ext4/directory.h"
#include "servers/ext4/features.h"
#include "servers/ext4/file_data.h"
#include "servers/ext4/orphans.h"

#include <map>
#include <memory>
#include <string>

namespace pith::ext4 {

/// What the mount found, for the log.
struct MountReport {
    u64 replayed = 0; ///< blocks that the journal brought home
    u32 orphans = 0;  ///< files that were finished off
    bool read_only = false;
    std::string_view why{}; ///< read only
};

/// An ext4 file system on a disk, as proto::file::IsWritable wants it.
class FileSystem {
  public:
    using Number = proto::file::Inode;
    using Kind = proto::file::Kind;

    /// Replays the journal, finishes what was not finished. What can only be read is mounted so; the report
    /// says why. `now` may be unknown.
    [[nodiscard]] static Result<std::unique_ptr<FileSystem>> mount(Disk& disk, WallTime now,
                                                                   MountReport& report);
    FileSystem(const FileSystem&) = delete;

    [[nodiscard]] Result<proto::file::Info> info(Number number);
    [[nodiscard]] Result<u32> generation(Number number);
    [[nodiscard]] Result<Number> lookup(Number directory, std::string_view name);
    [[nodiscard]] Result<u64> read(Number number, u64 offset, std::span<std::byte> bytes);
    [[nodiscard]] Result<proto::file::Entry> list(Number directory, u64 cursor);
    [[nodiscard]] Result<std::string> link_target(Number number);
    [[nodiscard]] proto::file::SpaceReply space();

    [[nodiscard]] Result<u64> write(Number number, u64 offset, std::span<const std::byte> bytes);
    [[nodiscard]] Result<> resize(Number number, u64 size);
    [[nodiscard]] Result<Number> create(Number directory, std::string_view name, Kind kind,
                                        std::string_view target);
    [[nodiscard]] Result<> remove(Number directory, std::string_view name, Kind kind);
    [[nodiscard]] Result<> rename(Number from, std::string_view old_name, Number to,
                                  std::string_view new_name);
    [[nodiscard]] Result<> link(Number number, Number directory, std::string_view name);
    [[nodiscard]] Result<> set_times(Number number, WallTime modified, WallTime accessed);
    /// Safe afterwards is all that was done before; `sync` also leaves a disk without anything to replay.
    [[nodiscard]] Result<> commit() { return store_.commit(); }
    [[nodiscard]] Result<> sync() { return store_.sync(); }
    void opened(Number number);
    void closed(Number number);

    /// Before what it is that happens then.
    void set_time(WallTime now) {
        if (now.is_known()) store_.set_time(now);
        clock_is_known_ = now.is_known();
    }
    [[nodiscard]] bool writable() const { return store_.writable(); }
    /// Gives memory to spare back, after a `sync`. False: some is left.
    bool give_way() { return store_.cache().give_way(); }
    [[nodiscard]] bool has_changes() const { return store_.has_changes(); }

  private:
    FileSystem(Disk& disk, const Geometry& geometry)
        : store_{disk, geometry},
          blocks_{store_},
          inodes_{store_},
          orphans_{store_, inodes_},
          data_{store_, blocks_} {}

    // mount.cpp
    [[nodiscard]] static Result<std::unique_ptr<FileSystem>> open(Disk& disk);
    [[nodiscard]] Result<JournalMap> journal_map(JournalSuper& super);
    [[nodiscard]] Result<u32> finish_orphans();

    /// Does it, and once more after a commit if only blocks were missing that were given back just now.
    template <class F>
    auto with_space(F&& action) -> decltype(action()) {
        auto result = action();
        if (result || result.error() != Error::no_space || !store_.holds_back()) return result;
        if (const auto committed = store_.commit(); !committed) return result;
        return action();
    }
    [[nodiscard]] Result<Inode> node(Number number);
    [[nodiscard]] Result<Inode> directory(Number number);
    [[nodiscard]] Directory entries(Inode& inode) { return {store_, blocks_, rule_, inode}; }
    [[nodiscard]] Result<u64> write_some(Number number, u64 offset, std::span<const std::byte> bytes);
    [[nodiscard]] Result<Number> create_once(Number directory, std::string_view name, Kind kind,
                                             std::string_view target);
    [[nodiscard]] Result<> put_target(Inode& inode, std::string_view target);
    [[nodiscard]] Result<> rename_once(Number from, std::string_view old_name, Number to,
                                       std::string_view new_name, u32& gone);
    [[nodiscard]] Result<> move_directory(Inode& moved, Inode& source, Inode& target);
    /// It has lost a name; without any it goes, at once or when it is closed.
    [[nodiscard]] Result<> drop_name(Inode& inode);
    [[nodiscard]] Result<> may_replace(Inode& moved, Inode& old);
    [[nodiscard]] Result<bool> lies_within(u32 inode, u32 directory);
    void finish_unused(u32 number);
    /// Of something without a name: frees all that it has.
    [[nodiscard]] Result<> destroy(u32 number);
    [[nodiscard]] Result<bool> destroy_some(u32 number);
    [[nodiscard]] Result<> free_attributes(Inode& inode);
    [[nodiscard]] Result<> shorten(u32 number);
    [[nodiscard]] Result<bool> shorten_some(u32 number);
    [[nodiscard]] u64 largest_file() const;
    void note_access(Inode& inode);

    Store store_;
    BlockAllocator blocks_;
    Inodes inodes_;
    Orphans orphans_;
    FileData data_;
    HashRule rule_{};
    std::map<u32, u64> open_;
    bool clock_is_known_ = false;
    u64 changes_ = 0; ///< of any directory
    struct {
        u32 directory = 0;
        u64 changes = 0;
        Directory::Part part{};
    } listing_; ///< what was listed last
};

/// Every operation here changes so many blocks at most.
inline constexpr u32 operation_blocks = 64;

/// The protocol's root has another number than ext4's.
[[nodiscard]] inline u32 inode_of(proto::file::Inode number) {
    if (number == proto::file::root) return root_inode;
    return number.raw >> 32 == 0 ? static_cast<u32>(number.raw) : 0;
}
[[nodiscard]] inline proto::file::Inode number_of(u32 inode) {
    return inode == root_inode ? proto::file::root : proto::file::Inode{inode};
}

} // namespace pith::ext4
