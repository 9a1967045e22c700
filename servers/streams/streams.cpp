#include "servers/streams/streams.h"

namespace pith::os::streams {

using proto::streams::MakePipe;
using proto::streams::ReadFile;
using proto::streams::WriteFile;

Result<Server::Stream*> Server::find(u64 badge, End end) {
    const auto found = streams_.find(badge >> 2);
    if (found == streams_.end() || (badge & 3) != static_cast<u64>(end)) return fail(Error::denied);
    return &found->second;
}

Result<u64> Server::add(Stream stream) {
    if (streams_.size() == most_streams) return fail(Error::no_memory);
    streams_.emplace(++last_number_, std::move(stream));
    return last_number_;
}

Result<Answer<MakePipe>> Server::on(const MakePipe& /*m*/, const Caller<MakePipe>& caller) {
    if (caller.badge() != 0) return fail(Error::denied); // an end of a stream makes no streams
    const u64 number = TRY(add(PipeStream{}));
    auto reading = mint(number, End::reading);
    auto writing = mint(number, End::writing);
    if (!reading || !writing) {
        streams_.erase(number); // what on_gone hears of it later finds nothing
        return fail(Error::no_memory);
    }
    return Answer<MakePipe>{{}, {*std::move(reading), *std::move(writing)}};
}

Result<Endpoint> Server::add_file(FileStream file, End end) {
    const u64 number = TRY(add(std::move(file)));
    auto handle = mint(number, end);
    if (!handle) streams_.erase(number);
    return handle;
}

Result<Answer<ReadFile>> Server::on(const ReadFile& /*m*/, const Caller<ReadFile>& caller, Endpoint file) {
    if (caller.badge() != 0) return fail(Error::denied);
    return Answer<ReadFile>{{}, {TRY(add_file({proto::file::Client{std::move(file)}, 0}, End::reading))}};
}

Result<Answer<WriteFile>> Server::on(const WriteFile& m, const Caller<WriteFile>& caller, Endpoint file) {
    if (caller.badge() != 0) return fail(Error::denied);
    FileStream stream{proto::file::Client{std::move(file)}, m.offset, proto::file::Since{m.since}};
    return Answer<WriteFile>{{}, {TRY(add_file(std::move(stream), End::writing))}};
}

/// A Write of a file holds a little less than one of a terminal.
void Server::write(FileStream& to, std::string_view bytes) {
    if (to.outcome && bytes.empty()) to.outcome = to.since.check(to.file);
    while (to.outcome && !bytes.empty()) {
        proto::file::Write message{.offset = to.offset};
        message.bytes.put(bytes);
        if (const auto written = to.since.change(to.file, message); !written)
            to.outcome = fail(written.error());
        to.offset += message.bytes.length;
        bytes.remove_prefix(message.bytes.length);
    }
}

MaybeAnswer<console::Write> Server::on(const console::Write& m, const Caller<console::Write>& caller) {
    const auto stream = find(caller.badge(), End::writing);
    if (!stream) return fail(stream.error());
    const std::string_view bytes = m.bytes.view();
    if (auto* const to = std::get_if<FileStream>(*stream)) {
        write(*to, bytes);
        if (!to->outcome) return fail(to->outcome.error());
        return Result<Done>{Done{}};
    }
    auto& pipe = std::get<PipeStream>(**stream);
    if (pipe.closed()) return fail(Error::closed);
    if (pipe.write(bytes)) return Result<Done>{Done{}};
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    pipe.wait(WaitingWriter{*std::move(pending)}, bytes);
    return std::nullopt;
}

MaybeAnswer<console::Read> Server::on(const console::Read& m, const Caller<console::Read>& caller) {
    const auto stream = find(caller.badge(), End::reading);
    if (!stream) return fail(stream.error());
    if (m.most == 0) return fail(Error::bad_argument);
    if (auto* const from = std::get_if<FileStream>(*stream)) {
        const auto part = from->file.call(proto::file::Read{.offset = from->offset, .length = m.most});
        if (!part) return fail(part.error());
        from->offset += part->bytes.length;
        return Result<console::ReadReply>{console::ReadReply{part->bytes}};
    }
    auto& pipe = std::get<PipeStream>(**stream);
    const std::string bytes = pipe.read(m.most);
    if (!bytes.empty() || pipe.at_end())
        return Result<console::ReadReply>{console::ReadReply{decltype(console::ReadReply::bytes)::of(bytes)}};
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    pipe.wait(WaitingReader{*std::move(pending)}, m.most);
    return std::nullopt;
}

void Server::on_gone(u64 badge) {
    const auto found = streams_.find(badge >> 2);
    if (found == streams_.end()) return;
    if (auto* const pipe = std::get_if<PipeStream>(&found->second)) {
        if ((badge & 3) == static_cast<u64>(End::writing))
            pipe->end_writing();
        else
            pipe->end_reading();
        if (!pipe->unused()) return;
    }
    streams_.erase(found);
}

} // namespace pith::os::streams
