#include "servers/files/tree.h"

#include <algorithm>

namespace pith::os::files {
namespace {

/// Takes the next name off the front of `path`; empty behind the last. Skips `/` and `.`.
std::string_view next_name(std::string_view& path) {
    for (;;) {
        path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(name.size());
        if (name != ".") return name;
    }
}

bool leads_up(std::string_view path) {
    for (std::string_view name = next_name(path); !name.empty(); name = next_name(path))
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
    Inode at = root;
    for (std::string_view name = next_name(path); !name.empty();) {
        const std::string_view after = next_name(path);
        const bool is_directory = directory || !after.empty();
        const Result<Inode> there = child(at, name);
        if (there && (!is_directory || !nodes_[there->raw].directory)) return;
        at = there ? *there : make(at, name, is_directory);
        name = after;
    }
    if (!nodes_[at.raw].directory) nodes_[at.raw].bytes = bytes;
}

Inode Tree::make(Inode parent, std::string_view name, bool directory) {
    const Inode inode{nodes_.size()};
    nodes_.push_back({std::string{name}, parent, directory, {}, {}});
    auto& siblings = nodes_[parent.raw].children;
    const auto place = std::ranges::lower_bound(
        siblings, name, {}, [&](Inode i) -> std::string_view { return nodes_[i.raw].name; });
    siblings.insert(place, inode);
    return inode;
}

Result<Inode> Tree::child(Inode parent, std::string_view name) const {
    for (const Inode inode : nodes_[parent.raw].children)
        if (nodes_[inode.raw].name == name) return inode;
    return fail(Error::not_found);
}

const Node* Tree::node(Inode inode) const { return inode.raw < nodes_.size() ? &nodes_[inode.raw] : nullptr; }

Result<Inode> Tree::resolve(Inode from, std::string_view path) const {
    if (node(from) == nullptr) return fail(Error::not_found);
    const bool must_be_directory = path.ends_with('/');
    Inode at = from;
    for (std::string_view name = next_name(path); !name.empty(); name = next_name(path)) {
        if (!nodes_[at.raw].directory) return fail(Error::not_directory);
        if (name == "..")
            at = at == from ? at : nodes_[at.raw].parent;
        else
            at = TRY(child(at, name));
    }
    if (must_be_directory && !nodes_[at.raw].directory) return fail(Error::not_directory);
    return at;
}

} // namespace pith::os::files
