// The first file server: the initrd's files, read only. It keeps nothing between messages; a handle's badge
// names the inode, so a successor of this process serves the handles that were given out before.
#include "os/mapping.h"
#include "os/server.h"
#include "os/start.h"
#include "proto/file.h"
#include "servers/files/tree.h"

#include <algorithm>

using namespace pith;

namespace pith::os::files {
namespace {

namespace file = proto::file;

class Server {
  public:
    Server(const Endpoint& endpoint, Tree tree) : endpoint_{endpoint}, tree_{std::move(tree)} {}

    Result<file::Info> on(const file::Stat&, const Caller<file::Stat>& caller) {
        return info(named_by(caller));
    }
    Result<Answer<file::Open>> on(const file::Open& m, const Caller<file::Open>& caller);
    Result<file::ReadReply> on(const file::Read& m, const Caller<file::Read>& caller);
    Result<file::ReadIntoReply> on(const file::ReadInto& m, const Caller<file::ReadInto>& caller,
                                   Memory memory);
    Result<file::Entry> on(const file::List& m, const Caller<file::List>& caller);

  private:
    template <class M>
    [[nodiscard]] static Inode named_by(const Caller<M>& caller) {
        return {caller.badge()};
    }
    [[nodiscard]] Result<const Node*> node(Inode inode) const {
        const Node* node = tree_.node(inode);
        if (node == nullptr) return fail(Error::not_found);
        return node;
    }
    [[nodiscard]] Result<file::Info> info(Inode inode) const;
    /// The file's bytes from `offset` on, `length` at most.
    [[nodiscard]] Result<std::span<const std::byte>> part(Inode inode, u64 offset, u64 length) const;

    const Endpoint& endpoint_;
    Tree tree_;
};

Result<file::Info> Server::info(Inode inode) const {
    const Node& node = *TRY(this->node(inode));
    if (node.directory)
        return file::Info{static_cast<u64>(file::Kind::directory), node.children.size(), inode.raw};
    return file::Info{static_cast<u64>(file::Kind::file), node.bytes.size(), inode.raw};
}

Result<std::span<const std::byte>> Server::part(Inode inode, u64 offset, u64 length) const {
    const Node& node = *TRY(this->node(inode));
    if (node.directory) return fail(Error::is_directory);
    if (offset >= node.bytes.size()) return std::span<const std::byte>{};
    return node.bytes.subspan(offset, std::min(length, node.bytes.size() - offset));
}

Result<Answer<file::Open>> Server::on(const file::Open& m, const Caller<file::Open>& caller) {
    const Inode from = named_by(caller);
    const Inode inode = TRY(tree_.resolve(from, m.bytes.view()));
    const file::Info about = TRY(info(inode));
    const abi::Rights rights = abi::rights::endpoint::call | abi::rights::copy;
    return Answer<file::Open>{about, {TRY(endpoint_.mint(inode.raw, rights))}};
}

Result<file::ReadReply> Server::on(const file::Read& m, const Caller<file::Read>& caller) {
    const Inode inode = named_by(caller);
    file::ReadReply reply;
    const auto bytes = TRY(part(inode, m.offset, std::min(m.length, reply.bytes.capacity)));
    reply.bytes.length = bytes.size();
    std::memcpy(reply.bytes.data.data(), bytes.data(), bytes.size());
    return reply;
}

Result<file::ReadIntoReply> Server::on(const file::ReadInto& m, const Caller<file::ReadInto>& caller,
                                       Memory memory) {
    const Inode inode = named_by(caller);
    const PageCount size = TRY(memory.size());
    const auto bytes = TRY(part(inode, m.offset, std::min(m.length, size.bytes())));
    if (bytes.empty()) return file::ReadIntoReply{0};
    const Mapping mapping = TRY(Mapping::create(memory, PageCount::holding(bytes.size()),
                                                abi::rights::memory::read | abi::rights::memory::write));
    std::ranges::copy(bytes, mapping.bytes().begin());
    return file::ReadIntoReply{bytes.size()};
}

Result<file::Entry> Server::on(const file::List& m, const Caller<file::List>& caller) {
    const Inode inode = named_by(caller);
    const Node& directory = *TRY(node(inode));
    if (!directory.directory) return fail(Error::not_directory);
    if (m.index >= directory.children.size()) return fail(Error::not_found);
    const Inode child = directory.children[m.index];
    const file::Info about = TRY(info(child));
    return file::Entry{about, Chunk<256>::of(TRY(node(child))->name)};
}

} // namespace
} // namespace pith::os::files

Result<int> program_main(os::Start& start) {
    const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
    const os::Memory memory = TRY(start.take<os::Memory>(abi::grant::initrd));
    const os::Mapping mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    const Archive archive = TRY(Archive::open(mapping.bytes()));
    os::files::Server server{endpoint, os::files::Tree::from(archive)};
    os::log_line("ready");
    TRY(os::serve<proto::file::Protocol>(endpoint, server));
    return 0;
}
