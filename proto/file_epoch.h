#pragma once

#include "os/mapping.h"
#include "os/start.h"
#include "proto/file.h"

namespace pith::proto::file {

/// A stretch of a file system's life in which nothing is lost: another one begins where a server is started
/// anew and its predecessor ended with changes that were not safe. Clients name it, so that none is told that
/// all is well when it is not (proto/file_since.h).
class Epoch {
  public:
    /// Outlives the server, in memory that whoever starts it keeps.
    struct Record {
        u64 epoch = 0;  ///< 0: nobody has served yet
        u64 unsafe = 0; ///< 1: there are changes that a power cut would take away
        u64 untold = 0; ///< 1: something was lost, and nobody who synced has been told
    };
    /// `fresh` is a number that no predecessor can have had.
    Epoch(Record& record, u64 fresh) : record_{&record} {
        if (record.unsafe != 0) record.untold = 1;
        if (record.epoch == 0 || record.unsafe != 0) record.epoch = fresh;
        record.unsafe = 0;
    }

    [[nodiscard]] u64 number() const { return record_->epoch; }
    /// Something has changed: before anybody is told so.
    void changed() { record_->unsafe = 1; }
    /// All that has changed is safe.
    void made_safe() { record_->unsafe = 0; }

    /// `lost`: since then something was.
    [[nodiscard]] Result<> check(u64 since) const {
        if (since != 0 && since != number()) return fail(Error::lost);
        return {};
    }
    /// Whether something was lost that nobody has been told of.
    [[nodiscard]] bool is_lost() const { return record_->untold != 0; }
    /// The same for who syncs: of what he wrote himself; or of anything, and then he is the one who is told.
    [[nodiscard]] Result<> check_all(u64 since) {
        if (since != 0) return check(since);
        if (std::exchange(record_->untold, 0) != 0) return fail(Error::lost);
        return {};
    }

  private:
    Record* record_;
};

/// The memory that an Epoch's record lies in.
class KeptRecord {
  public:
    /// The grant "kept"; without it, memory of this process: a successor begins an epoch of its own then.
    [[nodiscard]] static Result<KeptRecord> open(os::Start& start) {
        auto memory = start.take<os::Memory>("kept");
        if (!memory) memory = TRY(os::Memory::create(pages(1)));
        return KeptRecord{TRY(
            os::Mapping::create(*memory, pages(1), abi::rights::memory::read | abi::rights::memory::write))};
    }
    /// Borrows the record. A clock only goes on, so what it shows is fresh.
    [[nodiscard]] Result<Epoch> begin() const {
        const u64 now = TRY(os::invoke(abi::ClockRead{})).now.raw;
        return Epoch{mapping_.as<Epoch::Record>(), now};
    }

  private:
    explicit KeptRecord(os::Mapping mapping) : mapping_{std::move(mapping)} {}
    os::Mapping mapping_;
};

} // namespace pith::proto::file
