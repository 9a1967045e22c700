// filetest: memory that is lent to a file server: how much of it there can be, and what becomes of the server
// when a client takes it away or ends, and of a client when the server does. Prints a line "PASS name" or
// "FAIL name" for each check; the status is the number of failures.
#include "os/time.h"
#include "proto/file_window.h"
#include "tests/system/checks/again.h"
#include "tests/system/checks/test.h"

#include <algorithm>

using namespace pith;

namespace {

namespace file = proto::file;
namespace flags = proto::file::open_flags;

constexpr abi::Rights read_write = abi::rights::memory::read | abi::rights::memory::write;
constexpr PageCount large = pages(64);

/// A file system in memory for this test alone, and who keeps its endpoint alive when it ends.
class Server {
  public:
    [[nodiscard]] static Result<Server> start(const proto::Program& program) {
        const os::Budget own;
        const auto image = TRY(program.open_file("/sys/memory_files"));
        Server server{TRY(proto::LoadedFile::load(image)), TRY(os::Endpoint::create()),
                      TRY(own.split(pages(700))), TRY(os::Memory::create(pages(1)))};
        TRY(server.run());
        return server;
    }
    Server(Server&&) = default;
    Server& operator=(Server&&) = delete;
    ~Server() {
        if (budget_) static_cast<void>(budget_.end());
    }
    Result<> run() {
        const std::array<std::string_view, 1> arguments{"memory_files"};
        const std::array grants{os::ChildGrant{"serve", &endpoint_}, os::ChildGrant{"budget", &budget_},
                                os::ChildGrant{"kept", &kept_, read_write}};
        process_ = TRY(os::spawn({.image = image_.bytes(),
                                  .arguments = arguments,
                                  .environment = {},
                                  .grants = grants,
                                  .budget = &budget_}));
        return {};
    }
    Result<> end() {
        TRY(process_.kill());
        TRY(end_of(process_));
        return {};
    }
    [[nodiscard]] bool is_running() const {
        const auto status = process_.status();
        return !status && status.error() == Error::wrong_state;
    }
    [[nodiscard]] Result<file::Client> root() const {
        return file::Client{TRY(endpoint_.copy(abi::rights::endpoint::call | abi::rights::copy))};
    }
    [[nodiscard]] Result<proto::OpenFile> open(std::string_view name) const {
        file::Open message{.flags = flags::read | flags::write | flags::create};
        message.bytes = decltype(message.bytes)::of(name);
        const auto files = TRY(root());
        auto opened = TRY(files.call(message));
        return proto::OpenFile{file::Client{std::get<0>(std::move(opened.handles))}, opened.value.info,
                               file::Since{opened.value.since}};
    }
    /// Capabilities to its files that somebody holds.
    [[nodiscard]] Result<u64> held() const {
        const auto files = TRY(root());
        return TRY(files.call(file::Space{})).open;
    }

  private:
    Server(proto::LoadedFile image, os::Endpoint endpoint, os::Budget budget, os::Memory kept)
        : image_{std::move(image)},
          endpoint_{std::move(endpoint)},
          budget_{std::move(budget)},
          kept_{std::move(kept)} {}

    proto::LoadedFile image_;
    os::Endpoint endpoint_;
    os::Budget budget_;
    os::Memory kept_;
    os::Process process_;
};

/// A client's window on a file, with a value in each byte.
struct Window {
    os::Memory memory;
    os::Mapping mapping;
    proto::FileWindow file;

    [[nodiscard]] static Result<Window> open(const Server& server, std::string_view name, PageCount size,
                                             const os::Budget& budget = {}) {
        auto memory = TRY(os::Memory::create(size, budget));
        auto mapping = TRY(os::Mapping::whole(memory, read_write));
        auto opened = TRY(server.open(name));
        auto file = TRY(proto::FileWindow::open(std::move(opened), memory));
        return Window{std::move(memory), std::move(mapping), std::move(file)};
    }
    void fill(u8 value) const { std::ranges::fill(mapping.bytes(), std::byte{value}); }
    [[nodiscard]] bool holds(u8 value) const {
        return std::ranges::all_of(mapping.bytes(), [&](std::byte byte) { return byte == std::byte{value}; });
    }
};

/// What is written comes back.
Result<> write_and_read(Test& test, std::string_view what, Window& window) {
    const u64 size = window.mapping.bytes().size();
    window.fill(7);
    const bool written = TRY(window.file.write(0, size)) == size;
    window.fill(0);
    const bool read = TRY(window.file.read(0, size)) == size;
    test.check(what, written && read && window.holds(7));
    return {};
}

Result<> test_how_much(Test& test, const proto::Program& program) {
    constexpr std::size_t most = 32;
    const auto server = TRY(Server::start(program));
    const auto opened = TRY(server.open("a"));
    const auto memory = TRY(os::Memory::create(pages(1)));
    std::vector<os::Endpoint> sessions;
    auto lent = opened.client.call(file::Lend{}, memory);
    for (; lent && sessions.size() <= most; lent = opened.client.call(file::Lend{}, memory))
        sessions.push_back(std::get<0>(std::move(lent->handles)));
    test.check("so much can be lent", sessions.size() == most);
    test.check_error("and no more", lent, Error::busy);
    auto window = TRY(Window::open(server, "b", pages(2)));
    TRY(write_and_read(test, "where the server has enough, memory goes with each message", window));
    sessions.pop_back();
    test.check("what was lent is given back", opened.client.call(file::Lend{}, memory).has_value());
    const auto too_large = TRY(os::Memory::create(pages(257)));
    test.check_error("memory can be too large to lend", opened.client.call(file::Lend{}, too_large),
                     Error::too_large);
    return {};
}

/// The owner of the memory takes it away while the server copies.
Result<> test_taken_away(Test& test, const proto::Program& program) {
    const auto server = TRY(Server::start(program));
    auto other = TRY(Window::open(server, "a", large));
    TRY(write_and_read(test, "a file is written and read through lent memory", other));
    const os::Budget own;
    const auto budget = TRY(own.split(pages(100)));
    for (int round = 0; round < 6; ++round) {
        const auto memory = TRY(os::Memory::create(large, budget));
        auto opened = TRY(server.open("a"));
        auto file = TRY(proto::FileWindow::open(std::move(opened), memory));
        const std::array grants{os::ChildGrant{"budget", &budget}};
        const auto taker = TRY(start_again(program, "/test/filetest", "takes-away", {.grants = grants}));
        Result<u64> done = u64{0};
        while (done)
            done = round % 2 == 0 ? file.read(0, large.bytes()) : file.write(0, large.bytes());
        TRY(end_of(taker));
    }
    test.check("memory that is taken away ends no server", server.is_running());
    test.check("what the file server had of it is gone", TRY(budget.info()).used < pages(8));
    TRY(write_and_read(test, "and it serves others", other));
    return {};
}

/// A client's budget ends, and with it the client, its memory and all that it held, while the server copies.
Result<> test_ended_client(Test& test, const proto::Program& program) {
    const auto server = TRY(Server::start(program));
    auto other = TRY(Window::open(server, "a", large));
    TRY(write_and_read(test, "a file is written", other));
    const u64 held = TRY(server.held());
    const os::Budget own;
    const std::array<std::string_view, 4> parts{"reads", "writes", "reads-sent", "writes-sent"};
    for (const std::string_view part : parts)
        for (u64 round = 0; round < 3; ++round) {
            const auto budget = TRY(own.split(pages(300)));
            const auto opened = TRY(server.open("a"));
            const std::array grants{os::ChildGrant{"file", &opened.client.endpoint()}};
            const auto client =
                TRY(start_again(program, "/test/filetest", part, {.grants = grants, .budget = &budget}));
            TRY(os::sleep(milliseconds(15 + 7 * round)));
            TRY(budget.end());
        }
    test.check("clients' ends end no server", server.is_running());
    test.check("and leave nothing open", TRY(server.held()) == held);
    TRY(write_and_read(test, "it serves others", other));
    return {};
}

Result<> test_ended_server(Test& test, const proto::Program& program) {
    auto server = TRY(Server::start(program));
    auto window = TRY(Window::open(server, "a", pages(2)));
    TRY(write_and_read(test, "a server's files are used", window));
    const auto opened = TRY(server.open("a"));
    const auto lent = TRY(opened.client.call(file::Lend{}, window.memory));
    const file::Client session{TRY(std::get<0>(lent.handles).copy())};
    test.check("a session can be used", session.call(file::ReadLent{0, 1}).has_value());
    auto unwritten = TRY(server.root());
    auto synced = TRY(Window::open(server, "b", pages(1)));
    TRY(synced.file.write(0, 1));
    TRY(synced.file.sync());
    TRY(server.end());
    TRY(server.run());
    test.check_error("its successor does not know a session", session.call(file::ReadLent{0, 1}),
                     Error::wrong_state);
    test.check_error("who had written hears that it may be lost", window.file.write(0, 1), Error::lost);
    // In memory nothing lasts: a file with the same number is another one.
    TRY(server.open("a"));
    TRY(server.open("b"));
    test.check_error("and then that the file is gone", window.file.write(0, 1), Error::not_found);
    test.check_error("as does who had synced", synced.file.write(0, 1), Error::not_found);
    test.check("who has not written does not notice", unwritten.call(file::Stat{}).has_value());
    test.check_error("who syncs hears of it", unwritten.call(file::Sync{}), Error::lost);
    test.check("once", unwritten.call(file::Sync{}).has_value());
    auto anew = TRY(Window::open(server, "a", pages(2)));
    TRY(write_and_read(test, "the successor's files are used", anew));
    return {};
}

Result<int> run_tests(const proto::Program& program) {
    Test test{program.terminal()};
    test.part("how much can be lent", test_how_much(test, program));
    test.part("memory taken away", test_taken_away(test, program));
    test.part("clients that end", test_ended_client(test, program));
    test.part("a server that ends", test_ended_server(test, program));
    return test.failures();
}

/// Reads or writes for as long as it lives; `sent`: the memory goes with each message.
Result<int> use_file(os::Start& start, bool writes, bool sent) {
    const auto client = TRY(start.take<file::Client>("file"));
    const auto memory = TRY(os::Memory::create(large));
    file::Client same{TRY(client.endpoint().copy())};
    auto window = TRY(proto::FileWindow::open({std::move(same), {}}, memory));
    const u64 size = large.bytes();
    for (;;) {
        if (sent && writes)
            TRY(client.call(file::WriteFrom{.offset = 0, .length = size}, memory));
        else if (sent)
            TRY(client.call(file::ReadInto{0, size}, memory));
        else
            TRY(writes ? window.write(0, size) : window.read(0, size));
    }
}

} // namespace

Result<int> program_main(os::Start& start) {
    const std::string_view part = start.argument(1).value_or("");
    if (part.empty()) return run_tests(TRY(proto::Program::open(start)));
    if (part == "takes-away") {
        const auto budget = TRY(start.take<os::Budget>("budget"));
        TRY(os::sleep(milliseconds(20)));
        TRY(budget.reclaim());
        return 0;
    }
    return use_file(start, part.starts_with("writes"), part.ends_with("sent"));
}
