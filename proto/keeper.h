#pragma once

#include "os/start.h"
#include "proto/keeping.h"

#include <optional>

namespace pith::proto {

/// Whoever keeps this service's capabilities over its end. Where the service table grants nobody, nothing is
/// kept.
class Keeper {
  public:
    /// The grant "keeper".
    [[nodiscard]] static Keeper open(os::Start& start) {
        Keeper keeper;
        if (auto client = start.take<keeping::Client>("keeper")) keeper.client_.emplace(*std::move(client));
        return keeper;
    }

    /// What to use in the capability's place.
    [[nodiscard]] Result<os::Endpoint> keep(std::string_view name, u64 note,
                                            const os::Endpoint& capability) const {
        if (!client_) return capability.copy();
        auto message = TRY(named<keeping::Keep>(name));
        message.note = note;
        return std::get<0>(TRY(client_->call(message, capability)).handles);
    }
    struct Entry {
        std::string name;
        u64 note;
        os::Endpoint capability;
    };
    /// All that predecessors had kept.
    [[nodiscard]] Result<std::vector<Entry>> all() const {
        std::vector<Entry> entries;
        while (client_) {
            auto next = client_->call(keeping::At{entries.size()});
            if (!next && next.error() == Error::not_found) break;
            if (!next) return fail(next.error());
            entries.push_back({std::string{next->value.bytes.view()}, next->value.note,
                               std::get<0>(std::move(next->handles))});
        }
        return entries;
    }
    [[nodiscard]] Result<> drop(std::string_view name) const {
        if (!client_) return {};
        const auto message = TRY(named<keeping::Drop>(name));
        TRY(client_->call(message));
        return {};
    }

  private:
    template <class M>
    static Result<M> named(std::string_view name) {
        if (name.size() > keeping::longest_name) return fail(Error::too_large);
        M message{};
        message.bytes.put(name);
        return message;
    }

    std::optional<keeping::Client> client_;
};

} // namespace pith::proto
