#include "servers/files/tree.h"

#include "os/guarded.h"

#include "proto/path_names.h"

#include <algorithm>

namespace pith::os::files {
namespace {

namespace file = proto::file;
using proto::PathNames;

bool leads_up(std::string_view path) {
    PathNames names{path};
    for (std::string_view name = names.next(); !name.empty(); name = names.next())
        if (name == "..") return true;
    return false;
}

} // namespace

Tree Tree::from(const Archive& archive) {
    Tree tree;
    auto entries = archive.entries();
    for (;;) {
        const auto entry = entries.next();
        if (!entry || !*entry) return tree;
        const ArchiveEntry& found = **entry;
        if (!leads_up(found.name))
            tree.add(found.name, found.kind == ArchiveEntry::Kind::directory, found.content);
    }
}

void Tree::add(std::string_view path, bool directory, std::span<const std::byte> bytes) {
    Inode at = file::root;
    PathNames names{path};
    for (std::string_view name = names.next(); !name.empty();) {
        const std::string_view after = names.next();
        const bool is_directory = directory || !after.empty();
        const Result<Inode> there = lookup(at, name);
        if (there && (!is_directory || !nodes_[there->raw].directory)) return;
        at = there ? *there : make(at, name, is_directory);
        name = after;
    }
    if (nodes_[at.raw].directory) return;
    nodes_[at.raw].bytes = bytes;
    total_ += bytes.size();
}

Tree::Inode Tree::make(Inode parent, std::string_view name, bool directory) {
    const Inode inode{nodes_.size()};
    nodes_.push_back({std::string{name}, directory, {}, {}});
    auto& siblings = nodes_[parent.raw].children;
    const auto place = std::ranges::lower_bound(
        siblings, name, {}, [&](Inode i) -> std::string_view { return nodes_[i.raw].name; });
    siblings.insert(place, inode);
    return inode;
}

Result<const Tree::Node*> Tree::node(Inode inode) const {
    if (inode < file::root || inode.raw >= nodes_.size()) return fail(Error::not_found);
    return &nodes_[inode.raw];
}

Result<Tree::Inode> Tree::lookup(Inode directory, std::string_view name) const {
    const Node& in = *TRY(node(directory));
    if (!in.directory) return fail(Error::not_directory);
    const auto name_of = [&](Inode i) -> std::string_view { return nodes_[i.raw].name; };
    const auto found = std::ranges::lower_bound(in.children, name, {}, name_of);
    if (found == in.children.end() || name_of(*found) != name) return fail(Error::not_found);
    return *found;
}

Result<file::Info> Tree::info(Inode inode) const {
    const Node& found = *TRY(node(inode));
    const auto kind = found.directory ? file::Kind::directory : file::Kind::file;
    const u64 size = found.directory ? found.children.size() : found.bytes.size();
    return file::Info{.kind = static_cast<u64>(kind), .size = size, .inode = inode.raw, .links = 1};
}

Result<u64> Tree::read(Inode inode, u64 offset, std::span<std::byte> bytes) const {
    const Node& found = *TRY(node(inode));
    if (found.directory) return fail(Error::is_directory);
    if (offset >= found.bytes.size()) return u64{0};
    const auto part = found.bytes.subspan(offset, std::min(bytes.size(), found.bytes.size() - offset));
    TRY(os::guarded_copy(bytes.first(part.size()), part));
    return part.size();
}

Result<file::Entry> Tree::list(Inode directory, u64 cursor) const {
    const Node& in = *TRY(node(directory));
    if (!in.directory) return fail(Error::not_directory);
    if (cursor >= in.children.size()) return fail(Error::not_found);
    const Inode child = in.children[cursor];
    const file::Info about = TRY(info(child));
    return file::Entry{about, cursor + 1, os::Chunk<256>::of(nodes_[child.raw].name)};
}

} // namespace pith::os::files
