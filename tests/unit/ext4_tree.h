#pragma once

#include "ext4_image.h"

#include <functional>
#include <map>

namespace pith::ext4 {

/// All that can be told of a file system, by path: kind, how many names, and the content's size and hash.
using Snapshot = std::map<std::string, std::string>;

[[nodiscard]] Snapshot snapshot_of(FileSystem& files);

/// What a file system has to hold: every operation is done there and here, and both have to answer the same.
class Tree {
  public:
    using Kind = proto::file::Kind;
    using Number = proto::file::Inode;

    Tree(FileSystem& files, u32 seed) : files_{files}, random_{seed} {}
    /// An operation by chance. `done` is called after each change that can be seen.
    template <class F>
    void step(F&& done) {
        done_ = std::forward<F>(done);
        choose();
    }
    [[nodiscard]] u32 random(u32 below) { return static_cast<u32>(random_() % below); }
    [[nodiscard]] Snapshot snapshot() const;

  private:
    struct Node {
        Kind kind;
        Number number;
        u64 links = 1;
        std::string content; ///< or where a link leads
        std::map<std::string, std::shared_ptr<Node>> entries{};
    };
    using Entry = std::pair<std::shared_ptr<Node>, std::string>; ///< directory and name

    void choose();
    void make(const Entry& at, Kind kind);
    void link(const Node& directory, const Entry& to);
    void remove(const Entry& at);
    void rename(const Entry& from, const Entry& to);
    void resize(Node& node, u64 size);
    void append(Node& node);
    void rewrite(Node& node);
    [[nodiscard]] Entry some_entry();
    [[nodiscard]] std::shared_ptr<Node> some_directory();
    [[nodiscard]] static std::shared_ptr<Node> at(const Entry& entry);
    [[nodiscard]] static bool lies_within(const Node& node, const Node& directory);

    FileSystem& files_;
    std::mt19937 random_;
    std::function<void()> done_;
    std::shared_ptr<Node> root_ = std::make_shared<Node>(Kind::directory, proto::file::root);
};

} // namespace pith::ext4
