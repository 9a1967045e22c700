#pragma once

#include "os/mapping.h"
#include "os/server.h"
#include "proto/file_epoch.h"
#include "proto/file_sessions.h"
#include "proto/file_system.h"
#include "proto/file_walk.h"

#include <algorithm>
#include <span>
#include <string>

namespace pith::proto::file {

/// The server's side of the file protocol, the same for every file system: who may do what, paths, and where
/// bytes travel. FileSystem knows inodes only.
template <IsFileSystem FileSystem>
class Service {
  public:
    Service(const os::Endpoint& endpoint, FileSystem& files)
        requires(!IsWritable<FileSystem>)
        : endpoint_{endpoint}, files_{files}, own_{mint_own(endpoint)} {}
    Service(const os::Endpoint& endpoint, FileSystem& files, Epoch& epoch)
        requires IsWritable<FileSystem>
        : endpoint_{endpoint}, files_{files}, own_{mint_own(endpoint)}, epoch_{&epoch} {}

    Result<Info> on(const Stat& /*m*/, const os::Caller<Stat>& caller) {
        return files_.info(TRY(named_by(caller, 0)).inode);
    }
    Result<os::Answer<Open>> on(const Open& m, const os::Caller<Open>& caller);
    Result<Resolution> on(const Resolve& m, const os::Caller<Resolve>& caller);
    Result<ReadReply> on(const Read& m, const os::Caller<Read>& caller) {
        const Inode inode = TRY(named_by(caller, Badge::read)).inode;
        Result<ReadReply> reply{std::in_place}; // the one that is returned: it is large
        const u64 length = std::min(m.length, reply->bytes.capacity);
        const auto bytes = std::as_writable_bytes(std::span{reply->bytes.data}.first(length));
        if (const auto read = files_.read(inode, m.offset, bytes))
            reply->bytes.length = *read;
        else
            reply = fail(read.error());
        return reply;
    }
    Result<Length> on(const ReadInto& m, const os::Caller<ReadInto>& caller, os::Memory memory);
    Result<Entry> on(const List& m, const os::Caller<List>& caller) {
        return files_.list(TRY(named_by(caller, Badge::read)).inode, m.cursor);
    }
    Result<Changed> on(const Write& m, const os::Caller<Write>& caller) {
        const Inode inode = TRY(changed_by(m, caller));
        return write(inode, m.offset, m.bytes.view());
    }
    Result<Changed> on(const Append& m, const os::Caller<Append>& caller) {
        const Inode inode = TRY(changed_by(m, caller));
        const Info about = TRY(files_.info(inode));
        Changed done = TRY(write(inode, about.size, m.bytes.view()));
        done.length += about.size;
        return done;
    }
    Result<Changed> on(const WriteFrom& m, const os::Caller<WriteFrom>& caller, os::Memory memory);
    Result<Info> on(const Look& m, const os::Caller<Look>& caller) {
        const Badge from = TRY(named_by(caller, 0));
        const Place found = TRY(place(from.inode, m.bytes.view()));
        if (!found.inode) return fail(Error::not_found);
        return files_.info(*found.inode);
    }
    Result<os::Answer<Lend>> on(const Lend& m, const os::Caller<Lend>& caller, os::Memory memory);
    Result<Length> on(const ReadLent& m, const os::Caller<ReadLent>& caller) {
        const Lent lent = TRY(lent_by(caller.badge(), Badge::read, m.length));
        return Length{TRY(files_.read(lent.inode, m.offset, lent.bytes))};
    }
    Result<Changed> on(const WriteLent& m, const os::Caller<WriteLent>& caller) {
        if constexpr (IsWritable<FileSystem>) {
            TRY(epoch_->check(m.since));
            const Lent lent = TRY(lent_by(caller.badge(), Badge::write, m.length));
            return changed(TRY(files_.write(lent.inode, m.offset, lent.bytes)));
        }
        return fail(Error::read_only);
    }
    Result<Changed> on(const Resize& m, const os::Caller<Resize>& caller) {
        const Inode inode = TRY(changed_by(m, caller));
        if constexpr (IsWritable<FileSystem>) {
            TRY(files_.resize(inode, m.size));
            return changed(m.size);
        }
        return fail(Error::read_only);
    }
    Result<os::Done> on(const MakeDirectory& m, const os::Caller<MakeDirectory>& caller) {
        return make(TRY(named_by(caller, Badge::write)).inode, m.bytes.view(), Kind::directory, {});
    }
    Result<os::Done> on(const Remove& m, const os::Caller<Remove>& caller) {
        const Inode from = TRY(named_by(caller, Badge::write)).inode;
        if constexpr (IsWritable<FileSystem>) {
            const Place place = TRY(existing(from, m.bytes.view()));
            return done(
                files_.remove(place.directory, place.name, m.directory != 0 ? Kind::directory : Kind::file));
        }
        return fail(Error::read_only);
    }
    Result<os::Done> on(const Rename& m, const os::Caller<Rename>& caller);
    Result<os::Done> on(const Link& m, const os::Caller<Link>& caller);
    Result<os::Done> on(const MakeLink& m, const os::Caller<MakeLink>& caller) {
        const Inode from = TRY(named_by(caller, Badge::write)).inode;
        const auto [target, name] = TRY(both(m));
        if (target.empty()) return fail(Error::not_found);
        return make(from, name, Kind::link, target);
    }
    Result<os::Done> on(const Sync& m, const os::Caller<Sync>& /*caller*/) {
        if constexpr (IsWritable<FileSystem>) {
            TRY(files_.sync());
            return done(epoch_->check_all(m.since));
        }
        return os::Done{};
    }
    Result<SpaceReply> on(const Space& /*m*/, const os::Caller<Space>& /*caller*/) {
        SpaceReply reply = files_.space();
        reply.open = open_;
        return reply;
    }
    Result<os::Done> on(const SetTimes& m, const os::Caller<SetTimes>& caller) {
        const Inode inode = TRY(named_by(caller, Badge::write)).inode;
        if constexpr (IsWritable<FileSystem>) return done(files_.set_times(inode, m.modified, m.accessed));
        return fail(Error::read_only);
    }
    Result<os::Done> on(const Leave& /*m*/, const os::Caller<Leave>& caller) {
        if (caller.badge() != Badge::keeper) return fail(Error::denied);
        if (open_ > 0) return fail(Error::busy);
        if constexpr (requires { files_.leave(); }) return done(files_.leave());
        return fail(Error::unsupported);
    }
    void on_gone(u64 badge) {
        if (badge == Badge::keeper || badge == Badge::own) return;
        if (open_ > 0) --open_; // a predecessor of this process may have given it out
        const auto file = file_of(badge);
        if (!file) return; // a predecessor's session
        sessions_.close(badge);
        if constexpr (IsWritable<FileSystem>) files_.closed(file->inode);
    }

  private:
    static constexpr abi::Rights file_rights = abi::rights::endpoint::call | abi::rights::copy;

    /// Where there is no memory for it, all goes on without.
    [[nodiscard]] static os::Endpoint mint_own(const os::Endpoint& endpoint) {
        auto own = endpoint.mint(Badge::own, file_rights);
        return own ? *std::move(own) : os::Endpoint{};
    }
    [[nodiscard]] Result<Badge> file_of(u64 badge) const {
        if ((badge & Badge::session) == 0) return Badge::from(badge);
        const auto* const session = sessions_.find(badge);
        if (session == nullptr) return fail(Error::wrong_state);
        return session->file;
    }
    struct Lent {
        Inode inode;
        std::span<std::byte> bytes;
    };
    /// The file of a session, if that may do so much, and of the memory that was lent for it so many bytes.
    [[nodiscard]] Result<Lent> lent_by(u64 badge, u64 access, u64 length) {
        const auto* const session = (badge & Badge::session) != 0 ? sessions_.find(badge) : nullptr;
        if (session == nullptr) return fail(Error::wrong_state);
        const Badge& file = session->file;
        if ((file.access & access) != access) return fail(Error::denied);
        const std::span<std::byte> memory = session->memory.bytes();
        return Lent{file.inode, memory.first(std::min<u64>(length, memory.size()))};
    }
    /// The file that the caller's capability names, if it may do that and the file is still the same one.
    template <class M>
    [[nodiscard]] Result<Badge> named_by(const os::Caller<M>& caller, u64 access) {
        if (caller.badge() == 0) return Badge{root};
        const Badge badge = TRY(file_of(caller.badge()));
        if ((badge.access & access) != access) return fail(Error::denied);
        if (TRY(files_.generation(badge.inode)) != badge.generation) return fail(Error::not_found);
        return badge;
    }
    /// The same for what is to be written to it, where nothing of what this client wrote before is lost.
    template <class M>
    [[nodiscard]] Result<Inode> changed_by(const M& m, const os::Caller<M>& caller) {
        if constexpr (IsWritable<FileSystem>) TRY(epoch_->check(m.since));
        return TRY(named_by(caller, Badge::write)).inode;
    }
    [[nodiscard]] Changed changed(u64 length) const
        requires IsWritable<FileSystem>
    {
        return {length, epoch_->number()};
    }
    [[nodiscard]] static Result<os::Done> done(const Result<>& result) {
        if (!result) return fail(result.error());
        return os::Done{};
    }
    [[nodiscard]] Result<Place> place(Inode from, std::string_view path) {
        return Walk<FileSystem>{files_, from}.place(path);
    }
    /// For what changes a name: there must be one, and something there.
    [[nodiscard]] Result<Place> existing(Inode from, std::string_view path) {
        const Place found = TRY(place(from, path));
        if (found.name.empty()) return fail(Error::busy);
        if (!found.inode) return fail(Error::not_found);
        return found;
    }
    template <class M>
    [[nodiscard]] static Result<std::pair<std::string_view, std::string_view>> both(const M& m) {
        const std::string_view texts = m.bytes.view();
        if (m.first > texts.size()) return fail(Error::bad_argument);
        return std::pair{texts.substr(0, m.first), texts.substr(m.first)};
    }
    [[nodiscard]] Result<Changed> write(Inode inode, u64 offset, std::string_view bytes) {
        if constexpr (IsWritable<FileSystem>) {
            if (bytes.empty()) return changed(0);
            const u64 written = TRY(files_.write(inode, offset, std::as_bytes(std::span{bytes})));
            if (written < bytes.size()) return fail(Error::no_space);
            return changed(written);
        }
        return fail(Error::read_only);
    }
    [[nodiscard]] Result<os::Done> make(Inode from, std::string_view path, Kind kind,
                                        std::string_view target) {
        if constexpr (IsWritable<FileSystem>) {
            const Place found = TRY(place(from, path));
            if (found.inode) return fail(Error::exists);
            if (found.must_be_directory && kind != Kind::directory) return fail(Error::not_directory);
            TRY(files_.create(found.directory, found.name, kind, target));
            return os::Done{};
        }
        return fail(Error::read_only);
    }
    [[nodiscard]] Result<Info> find_or_create(Inode from, const Open& m, bool& created);
    [[nodiscard]] Result<os::Answer<Open>> give(const Info& about, const Open& m, bool created);

    const os::Endpoint& endpoint_;
    FileSystem& files_;
    /// Nobody uses it: while one badge is out, the kernel need not take a page for badges from our memory,
    /// and give it back, for each file that is the only one open.
    os::Endpoint own_;
    Epoch* epoch_ = nullptr; ///< where it can be written
    Sessions sessions_{};
    u64 open_ = 0;
};

template <IsFileSystem FileSystem>
Result<Info> Service<FileSystem>::find_or_create(Inode from, const Open& m, bool& created) {
    const Place found = TRY(place(from, m.bytes.view()));
    if (found.inode) {
        constexpr u64 must_be_new = open_flags::create | open_flags::exclusive;
        if ((m.flags & must_be_new) == must_be_new) return fail(Error::exists);
        Result<Info> about = files_.info(*found.inode);
        if (about && about->kind == static_cast<u64>(Kind::link)) return fail(Error::is_link);
        return about;
    }
    if ((m.flags & open_flags::create) == 0) return fail(Error::not_found);
    if (found.must_be_directory) return fail(Error::is_directory);
    if constexpr (IsWritable<FileSystem>) {
        const Inode made = TRY(files_.create(found.directory, found.name, Kind::file, {}));
        created = true;
        return files_.info(made);
    }
    return fail(Error::read_only);
}

template <IsFileSystem FileSystem>
Result<os::Answer<Open>> Service<FileSystem>::on(const Open& m, const os::Caller<Open>& caller) {
    if ((m.flags & ~open_flags::all) != 0) return fail(Error::bad_argument);
    constexpr u64 changes = open_flags::write | open_flags::create | open_flags::truncate;
    const Badge from = TRY(named_by(caller, (m.flags & changes) != 0 ? Badge::write : 0));
    bool created = false;
    const Result<Info> about = find_or_create(from.inode, m, created);
    Result<os::Answer<Open>> answer = about ? give(*about, m, created) : fail(about.error());
    if constexpr (IsWritable<FileSystem>)
        if (!answer && created) { // as if nothing had happened
            const Place found = TRY(place(from.inode, m.bytes.view()));
            static_cast<void>(files_.remove(found.directory, found.name, Kind::file));
        }
    return answer;
}

template <IsFileSystem FileSystem>
Result<os::Answer<Open>> Service<FileSystem>::give(const Info& about, const Open& m, bool created) {
    const Inode inode{about.inode};
    const bool is_directory = about.kind == static_cast<u64>(Kind::directory);
    if (!is_directory && (m.flags & open_flags::directory) != 0) return fail(Error::not_directory);
    if (is_directory && (m.flags & open_flags::truncate) != 0) return fail(Error::is_directory);
    if constexpr (!IsWritable<FileSystem>)
        if ((m.flags & open_flags::write) != 0) return fail(Error::read_only);
    const Badge badge{inode, TRY(files_.generation(inode)), m.flags & Badge::all};
    os::Endpoint handle = TRY(endpoint_.mint(badge.raw(), file_rights));
    ++open_; // from here on: where the handle goes away unused, on_gone hears it
    Result<os::Answer<Open>> answer{std::in_place, Opened{about, 0}, std::tuple{std::move(handle)}};
    if constexpr (IsWritable<FileSystem>) {
        files_.opened(inode);
        const bool is_cut = (m.flags & open_flags::truncate) != 0;
        if (is_cut) {
            TRY(files_.resize(inode, 0));
            answer->value.info.size = 0;
        }
        if (created || is_cut) answer->value.since = epoch_->number();
    }
    return answer;
}

template <IsFileSystem FileSystem>
Result<Resolution> Service<FileSystem>::on(const Resolve& m, const os::Caller<Resolve>& caller) {
    Walk<FileSystem> walk{files_, TRY(named_by(caller, 0)).inode};
    const std::string_view path = m.bytes.view();
    const auto found = walk.place(path);
    const bool stopped = !found && found.error() == Error::is_link;
    if (!found && !stopped) return fail(found.error());
    Resolution reply{.used = path.size()};
    const Place at = stopped ? walk.stopped_at() : *found;
    if (!at.inode || (!stopped && m.follow_last == 0)) return reply;
    if (TRY(files_.info(*at.inode)).kind != static_cast<u64>(Kind::link)) return reply;
    if constexpr (IsWritable<FileSystem>) {
        reply.used = at.used;
        reply.bytes = decltype(reply.bytes)::of(TRY(files_.link_target(*at.inode)));
    }
    return reply;
}

template <IsFileSystem FileSystem>
Result<Length> Service<FileSystem>::on(const ReadInto& m, const os::Caller<ReadInto>& caller,
                                       os::Memory memory) {
    const Inode inode = TRY(named_by(caller, Badge::read)).inode;
    const Info about = TRY(files_.info(inode));
    const u64 left = about.size > m.offset ? about.size - m.offset : 0;
    const u64 length = std::min({m.length, TRY(memory.size()).bytes(), left});
    if (length == 0) return Length{TRY(files_.read(inode, m.offset, {}))};
    const os::Mapping mapping = TRY(os::Mapping::guarded(
        memory, PageCount::holding(length), abi::rights::memory::read | abi::rights::memory::write));
    return Length{TRY(files_.read(inode, m.offset, mapping.bytes().first(length)))};
}

template <IsFileSystem FileSystem>
Result<Changed> Service<FileSystem>::on(const WriteFrom& m, const os::Caller<WriteFrom>& caller,
                                        os::Memory memory) {
    const Inode inode = TRY(changed_by(m, caller));
    if constexpr (IsWritable<FileSystem>) {
        const u64 length = std::min(m.length, TRY(memory.size()).bytes());
        if (length == 0) return changed(0);
        const os::Mapping mapping =
            TRY(os::Mapping::guarded(memory, PageCount::holding(length), abi::rights::memory::read));
        return changed(TRY(files_.write(inode, m.offset, mapping.bytes().first(length))));
    }
    return fail(Error::read_only);
}

template <IsFileSystem FileSystem>
Result<os::Answer<Lend>> Service<FileSystem>::on(const Lend& /*m*/, const os::Caller<Lend>& caller,
                                                 os::Memory memory) {
    const Badge file = TRY(named_by(caller, 0));
    if (file.access == 0) return fail(Error::denied);
    const u64 badge = TRY(sessions_.add(file, memory));
    auto handle = endpoint_.mint(badge, file_rights);
    if (!handle) {
        sessions_.close(badge);
        return fail(handle.error());
    }
    ++open_;
    if constexpr (IsWritable<FileSystem>) files_.opened(file.inode);
    return os::Answer<Lend>{os::Done{}, {*std::move(handle)}};
}

template <IsFileSystem FileSystem>
Result<os::Done> Service<FileSystem>::on(const Rename& m, const os::Caller<Rename>& caller) {
    const Inode base = TRY(named_by(caller, Badge::write)).inode;
    if constexpr (IsWritable<FileSystem>) {
        const auto [old_path, new_path] = TRY(both(m));
        const Place from = TRY(existing(base, old_path));
        const Place to = TRY(place(base, new_path));
        if (to.name.empty()) return fail(Error::busy);
        if (to.must_be_directory && !from.must_be_directory)
            if (TRY(files_.info(*from.inode)).kind != static_cast<u64>(Kind::directory))
                return fail(Error::not_directory);
        return done(files_.rename(from.directory, from.name, to.directory, to.name));
    }
    return fail(Error::read_only);
}

template <IsFileSystem FileSystem>
Result<os::Done> Service<FileSystem>::on(const Link& m, const os::Caller<Link>& caller) {
    const Inode base = TRY(named_by(caller, Badge::write)).inode;
    if constexpr (IsWritable<FileSystem>) {
        const auto [file, name] = TRY(both(m));
        const Place from = TRY(existing(base, file));
        const Place to = TRY(place(base, name));
        if (to.inode) return fail(Error::exists);
        return done(files_.link(*from.inode, to.directory, to.name));
    }
    return fail(Error::read_only);
}

} // namespace pith::proto::file
