#include "servers/memory_files/memory_files.h"

#include <algorithm>

namespace pith::os::memory_files {

namespace file = proto::file;

MemoryFiles::MemoryFiles(u64 limit, std::function<WallTime()> clock, u32 first_generation)
    : clock_{std::move(clock)}, quota_{limit}, first_generation_{first_generation & 0xff'ffff} {
    places_.resize(file::root.raw + 1);
    places_[file::root.raw].node = std::make_unique<Node>(Kind::directory, file::root, quota_);
    Node& root = *places_[file::root.raw].node;
    root.links = 1;
    root.made = root.accessed = clock_();
    root.touch(root.made);
}

MemoryFiles::Node* MemoryFiles::find(Inode inode) {
    return inode.raw < places_.size() ? places_[inode.raw].node.get() : nullptr;
}

Result<MemoryFiles::Node*> MemoryFiles::node(Inode inode) {
    Node* const found = find(inode);
    if (found == nullptr) return fail(Error::not_found);
    return found;
}

Result<MemoryFiles::Node*> MemoryFiles::directory(Inode inode) {
    Node* const found = TRY(node(inode));
    if (found->kind != Kind::directory) return fail(Error::not_directory);
    return found;
}

Result<MemoryFiles::Node*> MemoryFiles::file(Inode inode) {
    Node* const found = TRY(node(inode));
    if (found->kind == Kind::directory) return fail(Error::is_directory);
    return found;
}

Result<file::Info> MemoryFiles::info(Inode inode) {
    const Node& found = *TRY(node(inode));
    const u64 size = found.kind == Kind::directory ? found.entries.in_order.size() : found.data.size();
    return file::Info{.kind = static_cast<u64>(found.kind),
                      .size = size,
                      .inode = inode.raw,
                      .links = found.links,
                      .modified = found.modified,
                      .changed = found.changed,
                      .accessed = found.accessed,
                      .made = found.made};
}

Result<MemoryFiles::Inode> MemoryFiles::lookup(Inode inode, std::string_view name) {
    const Entries& entries = TRY(directory(inode))->entries;
    const auto found = entries.by_name.find(name);
    if (found == entries.by_name.end()) return fail(Error::not_found);
    return found->second->second.inode;
}

Result<u64> MemoryFiles::read(Inode inode, u64 offset, std::span<std::byte> bytes) {
    Node& found = *TRY(file(inode));
    const u64 length = TRY(found.data.read(offset, bytes));
    if (length > 0) found.accessed = clock_();
    return length;
}

Result<file::Entry> MemoryFiles::list(Inode inode, u64 cursor) {
    const Entries& entries = TRY(directory(inode))->entries;
    const auto found = entries.in_order.lower_bound(cursor);
    if (found == entries.in_order.end()) return fail(Error::not_found);
    const auto& [number, entry] = *found;
    return file::Entry{TRY(info(entry.inode)), number + 1, Chunk<256>::of(entry.name)};
}

Result<std::string> MemoryFiles::link_target(Inode inode) {
    const Node& found = *TRY(node(inode));
    if (found.kind != Kind::link) return fail(Error::wrong_kind);
    std::string target(found.data.size(), '\0');
    TRY(found.data.read(0, std::as_writable_bytes(std::span{target})));
    return target;
}

Result<u64> MemoryFiles::write(Inode inode, u64 offset, std::span<const std::byte> bytes) {
    Node& found = *TRY(file(inode));
    if (bytes.empty()) return u64{0};
    const u64 written = TRY(found.data.write(offset, bytes));
    if (written == 0) return fail(offset >= FileData::largest ? Error::too_large : Error::no_space);
    found.touch(clock_());
    return written;
}

Result<> MemoryFiles::resize(Inode inode, u64 size) {
    Node& found = *TRY(file(inode));
    if (!found.data.resize(size)) return fail(Error::too_large);
    found.touch(clock_());
    return {};
}

Result<> MemoryFiles::set_times(Inode inode, WallTime modified, WallTime accessed) {
    Node& found = *TRY(node(inode));
    const WallTime now = clock_();
    if (modified.is_known()) found.modified = file::SetTimes::resolve(modified, now);
    if (accessed.is_known()) found.accessed = file::SetTimes::resolve(accessed, now);
    found.changed = now;
    return {};
}

std::optional<MemoryFiles::Inode> MemoryFiles::take_inode() {
    if (!quota_.take(node_cost)) return std::nullopt;
    if (free_.empty()) {
        places_.push_back({.generation = first_generation_, .node = {}});
        return Inode{places_.size() - 1};
    }
    const Inode inode{free_.back()};
    free_.pop_back();
    return inode;
}

Result<> MemoryFiles::add_entry(Node& directory, std::string_view name, Inode inode) {
    if (directory.links == 0) return fail(Error::not_found); // it was removed, and is only open
    if (!quota_.take(entry_cost + name.size())) return fail(Error::no_space);
    Entries& entries = directory.entries;
    const u64 number = ++entries.last;
    const auto place = entries.in_order.emplace(number, Entry{std::string{name}, inode}).first;
    entries.by_name.emplace(place->second.name, place);
    Node& named = *find(inode);
    ++named.links;
    named.changed = clock_();
    directory.touch(named.changed);
    return {};
}

void MemoryFiles::remove_entry(Node& directory, Entries::Named found) {
    directory.touch(clock_());
    Entries& entries = directory.entries;
    const auto place = found->second;
    quota_.give_back(entry_cost + found->first.size());
    entries.by_name.erase(found); // first: its key lies in the other
    entries.in_order.erase(place);
}

Result<MemoryFiles::Inode> MemoryFiles::create(Inode parent, std::string_view name, Kind kind,
                                               std::string_view target) {
    Node& in = *TRY(directory(parent));
    if (in.entries.by_name.contains(name)) return fail(Error::exists);
    const auto inode = take_inode();
    if (!inode) return fail(Error::no_space);
    places_[inode->raw].node = std::make_unique<Node>(kind, parent, quota_);
    Node& made = *places_[inode->raw].node;
    made.made = made.accessed = clock_();
    made.touch(made.made);
    const bool has_target =
        target.empty() || made.data.write(0, std::as_bytes(std::span{target})).value_or(0) == target.size();
    const Result<> added = has_target ? add_entry(in, name, *inode) : fail(Error::no_space);
    if (!added) {
        end_if_unused(*inode);
        return fail(added.error());
    }
    return *inode;
}

void MemoryFiles::end_if_unused(Inode inode) {
    const Node* const found = find(inode);
    if (found == nullptr || found->links != 0 || found->open != 0) return;
    Place& place = places_[inode.raw];
    place.node.reset();
    quota_.give_back(node_cost);
    place.generation = (place.generation + 1) & 0xff'ffff;
    // A number whose generations are used up is not used again: an old capability must never fit a new file.
    if (place.generation != first_generation_) free_.push_back(static_cast<u32>(inode.raw));
}

void MemoryFiles::drop_name(Inode inode) {
    Node& named = *find(inode);
    --named.links;
    named.changed = clock_();
    end_if_unused(inode);
}

Result<> MemoryFiles::remove(Inode parent, std::string_view name, Kind kind) {
    Node& in = *TRY(directory(parent));
    const auto found = in.entries.by_name.find(name);
    if (found == in.entries.by_name.end()) return fail(Error::not_found);
    const Inode inode = found->second->second.inode;
    const Node& gone = *find(inode);
    const bool is_directory = gone.kind == Kind::directory;
    if (kind == Kind::directory && !is_directory) return fail(Error::not_directory);
    if (kind != Kind::directory && is_directory) return fail(Error::is_directory);
    if (!gone.entries.in_order.empty()) return fail(Error::not_empty);
    remove_entry(in, found);
    drop_name(inode);
    return {};
}

bool MemoryFiles::lies_within(Inode inode, Inode directory) {
    while (inode != directory && inode != file::root)
        inode = find(inode)->parent;
    return inode == directory;
}

Result<> MemoryFiles::may_replace(const Node& moved, Inode old) {
    const Node& replaced = *find(old);
    const bool moves_directory = moved.kind == Kind::directory;
    const bool replaces_directory = replaced.kind == Kind::directory;
    if (moves_directory && !replaces_directory) return fail(Error::not_directory);
    if (!moves_directory && replaces_directory) return fail(Error::is_directory);
    if (!replaced.entries.in_order.empty()) return fail(Error::not_empty);
    return {};
}

Result<> MemoryFiles::rename(Inode from, std::string_view old_name, Inode to, std::string_view new_name) {
    Node& source = *TRY(directory(from));
    Node& target = *TRY(directory(to));
    const Inode inode = TRY(lookup(from, old_name));
    Node& moved = *find(inode);
    if (moved.kind == Kind::directory && lies_within(to, inode)) return fail(Error::bad_argument);
    const auto old = lookup(to, new_name);
    if (old && *old == inode) return {}; // two names of one file: nothing to do
    if (old) {
        // The name stays and shows something else from now on: no room is needed, so this cannot fail.
        TRY(may_replace(moved, *old));
        target.entries.by_name.find(new_name)->second->second.inode = inode;
        ++moved.links;
        drop_name(*old);
    } else {
        TRY(add_entry(target, new_name, inode));
    }
    moved.parent = to;
    moved.changed = clock_();
    remove_entry(source, source.entries.by_name.find(old_name));
    --moved.links;
    return {};
}

Result<> MemoryFiles::link(Inode inode, Inode parent, std::string_view name) {
    const Node& linked = *TRY(node(inode));
    if (linked.kind == Kind::directory) return fail(Error::is_directory);
    if (linked.links == 0) return fail(Error::not_found);
    Node& in = *TRY(directory(parent));
    if (in.entries.by_name.contains(name)) return fail(Error::exists);
    return add_entry(in, name, inode);
}

void MemoryFiles::opened(Inode inode) {
    if (Node* const found = find(inode)) ++found->open;
}

void MemoryFiles::closed(Inode inode) {
    Node* const found = find(inode);
    if (found == nullptr || found->open == 0) return;
    --found->open;
    end_if_unused(inode);
}

} // namespace pith::os::memory_files
