#pragma once

#include "os/server.h"
#include "proto/file_since.h"
#include "proto/streams.h"
#include "servers/streams/pipe.h"

#include <map>
#include <variant>

namespace pith::os::streams {

namespace console = proto::console;

/// Who waits for a pipe.
class WaitingReader {
  public:
    explicit WaitingReader(Pending<console::Read> pending) : pending_{std::move(pending)} {}
    void answer(std::string_view bytes) {
        pending_.answer(console::ReadReply{decltype(console::ReadReply::bytes)::of(bytes)});
    }

  private:
    Pending<console::Read> pending_;
};
class WaitingWriter {
  public:
    explicit WaitingWriter(Pending<console::Write> pending) : pending_{std::move(pending)} {}
    void answer_written() { pending_.answer(Done{}); }
    void answer_closed() { pending_.answer(fail(Error::closed)); }

  private:
    Pending<console::Write> pending_;
};

/// The streams server (proto/streams.h). A badge is a stream's number and which end of it: streams end with
/// the last capability to them.
class Server {
  public:
    explicit Server(const Endpoint& endpoint) : endpoint_{endpoint} {}

    Result<Answer<proto::streams::MakePipe>> on(const proto::streams::MakePipe& m,
                                                const Caller<proto::streams::MakePipe>& caller);
    Result<Answer<proto::streams::ReadFile>>
    on(const proto::streams::ReadFile& m, const Caller<proto::streams::ReadFile>& caller, Endpoint file);
    Result<Answer<proto::streams::WriteFile>>
    on(const proto::streams::WriteFile& m, const Caller<proto::streams::WriteFile>& caller, Endpoint file);
    MaybeAnswer<console::Write> on(const console::Write& m, const Caller<console::Write>& caller);
    MaybeAnswer<console::Read> on(const console::Read& m, const Caller<console::Read>& caller);
    Result<console::ModeReply> on(const console::GetMode& /*m*/, const Caller<console::GetMode>& /*caller*/) {
        return console::ModeReply{.mode = static_cast<u64>(console::Mode::plain), .columns = 0, .rows = 0};
    }
    Result<Done> on(const console::WatchInterrupt& /*m*/, const Caller<console::WatchInterrupt>& /*caller*/,
                    Notification /*events*/) {
        return fail(Error::unsupported); // nobody types Ctrl-C into a pipe
    }
    void on_gone(u64 badge);

  private:
    enum class End : u64 { reading = 1, writing = 2 };
    using PipeStream = Pipe<WaitingReader, WaitingWriter>;
    struct FileStream {
        proto::file::Client file;
        u64 offset;
        proto::file::Since since{};
        Result<> outcome{}; ///< of all that was written: the first error ends it
    };
    using Stream = std::variant<PipeStream, FileStream>;
    static constexpr u64 most_streams = 64;

    [[nodiscard]] static u64 badge_of(u64 number, End end) { return number << 2 | static_cast<u64>(end); }
    /// The stream, where the badge names that end of one.
    [[nodiscard]] Result<Stream*> find(u64 badge, End end);
    [[nodiscard]] Result<u64> add(Stream stream);
    [[nodiscard]] Result<Endpoint> mint(u64 number, End end) {
        return endpoint_.mint(badge_of(number, end), abi::rights::endpoint::call | abi::rights::copy);
    }
    [[nodiscard]] Result<Endpoint> add_file(FileStream file, End end);
    static void write(FileStream& to, std::string_view bytes);

    const Endpoint& endpoint_;
    std::map<u64, Stream> streams_;
    u64 last_number_ = 0;
};

} // namespace pith::os::streams
