#pragma once

#include "proto/file_service.h"
#include "servers/memory_files/file_data.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace pith::os::memory_files {

/// A file system that lies in memory, and is gone with this process (proto::file::IsWritable says what each
/// function does).
class MemoryFiles {
  public:
    using Inode = proto::file::Inode;
    using Kind = proto::file::Kind;

    /// Holds at most `limit` bytes, its own structures included. Where generations begin tells its files from
    /// a predecessor's.
    explicit MemoryFiles(
        u64 limit, std::function<WallTime()> clock = [] { return WallTime{}; }, u32 first_generation = 0);
    MemoryFiles(const MemoryFiles&) = delete;

    [[nodiscard]] Result<proto::file::Info> info(Inode inode);
    [[nodiscard]] Result<u32> generation(Inode inode) const {
        if (inode.raw >= places_.size() || places_[inode.raw].node == nullptr) return fail(Error::not_found);
        return places_[inode.raw].generation;
    }
    [[nodiscard]] Result<Inode> lookup(Inode directory, std::string_view name);
    [[nodiscard]] Result<u64> read(Inode inode, u64 offset, std::span<std::byte> bytes);
    [[nodiscard]] Result<proto::file::Entry> list(Inode directory, u64 cursor);
    [[nodiscard]] Result<std::string> link_target(Inode inode);
    [[nodiscard]] proto::file::SpaceReply space() const {
        return {.total = quota_.limit(),
                .free = quota_.limit() - quota_.used(),
                .open = 0,
                .writable = 1,
                .bytes = decltype(proto::file::SpaceReply::bytes)::of("memory")};
    }

    [[nodiscard]] Result<u64> write(Inode inode, u64 offset, std::span<const std::byte> bytes);
    [[nodiscard]] Result<> resize(Inode inode, u64 size);
    [[nodiscard]] Result<Inode> create(Inode directory, std::string_view name, Kind kind,
                                       std::string_view target);
    [[nodiscard]] Result<> remove(Inode directory, std::string_view name, Kind kind);
    [[nodiscard]] Result<> rename(Inode from, std::string_view old_name, Inode to, std::string_view new_name);
    [[nodiscard]] Result<> link(Inode inode, Inode directory, std::string_view name);
    [[nodiscard]] Result<> sync() { return {}; }
    [[nodiscard]] Result<> set_times(Inode inode, WallTime modified, WallTime accessed);
    void opened(Inode inode);
    void closed(Inode inode);

  private:
    struct Entry {
        std::string name;
        Inode inode;
    };
    /// Names in any order: those of another length are not looked into.
    struct ByLength {
        bool operator()(std::string_view a, std::string_view b) const {
            return a.size() != b.size() ? a.size() < b.size()
                                        : __builtin_memcmp(a.data(), b.data(), a.size()) < 0;
        }
    };
    /// In the order in which they were made, so that a listing can go on where it stopped; and by their
    /// names.
    struct Entries {
        u64 last = 0;
        std::map<u64, Entry> in_order;
        /// With the entries' names.
        std::map<std::string_view, std::map<u64, Entry>::iterator, ByLength> by_name;
        using Named = decltype(by_name)::iterator;
    };
    struct Node {
        Node(Kind kind, Inode parent, Quota& quota) : kind{kind}, parent{parent}, data{quota} {}
        Kind kind;
        Inode parent; ///< of a directory
        u64 links = 0;
        u64 open = 0;
        FileData data; ///< of a file; of a link, what it says
        Entries entries;
        WallTime modified{}, changed{}, accessed{}, made{};
        void touch(WallTime now) { modified = changed = now; }
    };
    struct Place {
        u32 generation = 0;
        std::unique_ptr<Node> node;
    };
    static constexpr u64 node_cost = sizeof(Node) + 64;
    static constexpr u64 entry_cost = 2 * 96;

    [[nodiscard]] Node* find(Inode inode);
    [[nodiscard]] Result<Node*> node(Inode inode);
    [[nodiscard]] Result<Node*> directory(Inode inode);
    [[nodiscard]] Result<Node*> file(Inode inode);
    [[nodiscard]] std::optional<Inode> take_inode();
    [[nodiscard]] Result<> add_entry(Node& directory, std::string_view name, Inode inode);
    void remove_entry(Node& directory, Entries::Named found);
    void drop_name(Inode inode);
    /// Ends what has no name and is not open.
    void end_if_unused(Inode inode);
    [[nodiscard]] bool lies_within(Inode inode, Inode directory);
    [[nodiscard]] Result<> may_replace(const Node& moved, Inode old);

    std::function<WallTime()> clock_;
    Quota quota_;
    u32 first_generation_;
    std::vector<Place> places_; ///< by inode; 0 is none
    std::vector<u32> free_;
};
static_assert(proto::file::IsWritable<MemoryFiles>);

} // namespace pith::os::memory_files
