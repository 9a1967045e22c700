#include "ext4_tree.h"

namespace pith::ext4 {
namespace {

constexpr u32 most_bytes = 20'000;

std::string described(proto::file::Kind kind, u64 links, const std::string& content) {
    using Kind = proto::file::Kind;
    switch (kind) {
    case Kind::directory: return "directory";
    case Kind::link: return "leads to " + content;
    case Kind::file: break;
    }
    return std::to_string(links) + " names, " + std::to_string(content.size()) + " bytes, " +
           std::to_string(std::hash<std::string>{}(content));
}

void add(FileSystem& files, proto::file::Inode directory, const std::string& path, Snapshot& all) {
    using proto::file::Kind;
    for (const std::string& name : names(files, directory)) {
        if (path.empty() && name == "lost+found") continue;
        const auto number = files.lookup(directory, name);
        ASSERT_TRUE(number) << path << name;
        const auto about = files.info(*number);
        ASSERT_TRUE(about) << path << name;
        const Kind kind{about->kind};
        const std::string text = kind == Kind::file   ? content(files, *number)
                                 : kind == Kind::link ? files.link_target(*number).value_or("nowhere")
                                                      : std::string{};
        all[path + name] = described(kind, about->links, text);
        if (kind == Kind::directory) add(files, *number, path + name + "/", all);
    }
}

} // namespace

Snapshot snapshot_of(FileSystem& files) {
    Snapshot all;
    add(files, proto::file::root, "", all);
    return all;
}

Snapshot Tree::snapshot() const {
    Snapshot all;
    const auto visit = [&](const auto& self, const Node& directory, const std::string& path) -> void {
        for (const auto& [name, node] : directory.entries) {
            all[path + name] = described(node->kind, node->links, node->content);
            self(self, *node, path + name + "/");
        }
    };
    visit(visit, *root_, "");
    return all;
}

std::shared_ptr<Tree::Node> Tree::some_directory() {
    auto directory = root_;
    while (random(3) != 0) {
        std::vector<std::shared_ptr<Node>> below;
        for (const auto& [name, node] : directory->entries)
            if (node->kind == Kind::directory) below.push_back(node);
        if (below.empty()) break;
        directory = below[random(static_cast<u32>(below.size()))];
    }
    return directory;
}

Tree::Entry Tree::some_entry() {
    auto directory = some_directory();
    return {directory, "name-" + std::to_string(random(14)) + std::string(random(4) == 0 ? 100 : 0, 'x')};
}

std::shared_ptr<Tree::Node> Tree::at(const Entry& entry) {
    const auto found = entry.first->entries.find(entry.second);
    return found == entry.first->entries.end() ? nullptr : found->second;
}

bool Tree::lies_within(const Node& node, const Node& directory) {
    if (&node == &directory) return true;
    return std::ranges::any_of(directory.entries,
                               [&](const auto& entry) { return lies_within(node, *entry.second); });
}

void Tree::choose() {
    const Entry entry = some_entry();
    const auto node = at(entry);
    const auto found = files_.lookup(entry.first->number, entry.second);
    ASSERT_EQ(found.has_value(), node != nullptr) << entry.second;
    if (node) {
        ASSERT_EQ(*found, node->number);
    }
    if (!node) return make(entry, std::array{Kind::file, Kind::file, Kind::directory, Kind::link}[random(4)]);
    switch (random(7)) {
    case 0: return remove(entry);
    case 1: return rename(entry, some_entry());
    case 2: return link(*entry.first, some_entry());
    default: break;
    }
    if (node->kind != Kind::file) return rename(entry, some_entry());
    switch (random(3)) {
    case 0: return resize(*node, random(most_bytes));
    case 1: return append(*node);
    default: return rewrite(*node);
    }
}

void Tree::make(const Entry& entry, Kind kind) {
    const std::string target = kind == Kind::link ? std::string(random(120) + 1, 't') : std::string{};
    const auto number = files_.create(entry.first->number, entry.second, kind, target);
    ASSERT_TRUE(number) << describe(number.error());
    entry.first->entries[entry.second] = std::make_shared<Node>(kind, *number, u64{1}, target);
    done_();
}

void Tree::link(const Node& directory, const Entry& to) {
    const auto file = std::ranges::find_if(
        directory.entries, [](const auto& entry) { return entry.second->kind == Kind::file; });
    if (file == directory.entries.end()) return;
    const auto node = file->second;
    const auto linked = files_.link(node->number, to.first->number, to.second);
    ASSERT_EQ(error_of(linked), at(to) ? Error::exists : Error{});
    if (!linked) return;
    ++node->links;
    to.first->entries[to.second] = node;
    done_();
}

void Tree::remove(const Entry& entry) {
    const auto node = at(entry);
    const Kind kind = node->kind == Kind::directory ? Kind::directory : Kind::file;
    const auto removed = files_.remove(entry.first->number, entry.second, kind);
    ASSERT_EQ(error_of(removed), node->entries.empty() ? Error{} : Error::not_empty);
    if (!removed) return;
    --node->links;
    entry.first->entries.erase(entry.second);
    done_();
}

void Tree::rename(const Entry& from, const Entry& to) {
    const auto node = at(from), old = at(to);
    const auto renamed = files_.rename(from.first->number, from.second, to.first->number, to.second);
    if (node == old) { // POSIX, rename(): another name of the same is left, and so is this one
        ASSERT_TRUE(renamed);
        return;
    }
    const bool is_directory = node->kind == Kind::directory;
    const bool may = !(is_directory && lies_within(*to.first, *node)) &&
                     (!old || ((old->kind == Kind::directory) == is_directory && old->entries.empty()));
    ASSERT_EQ(renamed.has_value(), may) << (renamed ? "" : describe(renamed.error()));
    if (!may) return;
    if (old) --old->links;
    to.first->entries[to.second] = node;
    from.first->entries.erase(from.second);
    done_();
}

/// Within a block what is cut off is overwritten at once, where an earlier state may still be looking: only
/// whole blocks come back as they were.
void Tree::resize(Node& node, u64 size) {
    if (size < node.content.size()) size = align_down(size, page_size);
    ASSERT_TRUE(files_.resize(node.number, size));
    node.content.resize(size);
    done_();
}

void Tree::append(Node& node) {
    const std::string more(random(most_bytes) + 1, static_cast<char>('a' + random(26)));
    if (random(4) == 0) node.content.resize(node.content.size() + random(3000)); // and a hole before it
    write(files_, node.number, node.content.size(), more);
    node.content += more;
    done_();
}

/// What lies on the disk is not written over where it is, or a stop could leave some of both.
void Tree::rewrite(Node& node) {
    resize(node, 0);
    append(node);
}

} // namespace pith::ext4
