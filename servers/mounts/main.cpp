// Which file system is found where. What is mounted from the start comes as grants whose names are paths.
#include "os/server.h"
#include "os/start.h"
#include "servers/mounts/table.h"

using namespace pith;

namespace pith::os::mounts {
namespace {

using namespace proto::mounts;

class Server {
  public:
    explicit Server(Table& table) : table_{table} {}

    Result<Answer<Get>> on(const Get& m, const Caller<Get>& /*caller*/) {
        const Table::Mount& mount = *TRY(table_.at(m.index));
        return Answer<Get>{{decltype(MountPoint::bytes)::of(mount.path)},
                           {TRY(mount.files.endpoint().copy(client_rights))}};
    }
    Result<Done> on(const Attach& m, const Caller<Attach>& caller, Endpoint files) {
        if (caller.badge() != may_change) return fail(Error::denied);
        TRY(table_.attach(m.bytes.view(), proto::file::Client{std::move(files)}));
        return Done{};
    }
    Result<Done> on(const Detach& m, const Caller<Detach>& caller) {
        if (caller.badge() != may_change) return fail(Error::denied);
        TRY(table_.detach(m.bytes.view()));
        return Done{};
    }

  private:
    static constexpr abi::Rights client_rights = abi::rights::endpoint::call | abi::rights::copy;
    Table& table_;
};

} // namespace
} // namespace pith::os::mounts

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    os::mounts::Table table{proto::Keeper::open(start)};
    for (u64 i = 0; const auto name = start.grant_name(i); ++i)
        if (name->starts_with('/')) {
            auto files = TRY(start.take<proto::file::Client>(*name));
            TRY(table.add(*name, std::move(files)));
        }
    TRY(table.recover());
    os::mounts::Server server{table};
    os::log_line("ready");
    TRY(os::serve<proto::mounts::Protocol>(endpoint, server));
    return 0;
}
