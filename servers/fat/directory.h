#pragma once

#include "servers/fat/names.h"
#include "servers/fat/short_names.h"
#include "servers/fat/store.h"

#include <functional>

namespace pith::fat {

/// A name in a directory, and what it names.
struct Named {
    u32 first_slot = 0; ///< of all that make up the name
    u32 slot = 0;       ///< of the entry itself
    u64 place = 0;      ///< the same, on the disk
    Entry entry{};
    std::u16string name{};  ///< the long one, where there is one
    std::u16string alias{}; ///< the short one
    [[nodiscard]] bool is_called(std::u16string_view wanted) const {
        return is_same_name(name, wanted) || is_same_name(alias, wanted);
    }
    /// As it is shown: by its short name, where the long one has more bytes than fit.
    [[nodiscard]] std::string shown() const;
};

/// The names in a directory.
class Directory {
  public:
    /// Follows its chain, which is long where the directory is.
    [[nodiscard]] static Result<Directory> open(Store& store, u32 first);

    /// From a slot on, calls `act` for each name until that says true. Labels and `.`, `..` are left out.
    template <class Act>
    [[nodiscard]] Result<> for_each(u32 from, Act&& act) {
        Scan scan{};
        for (u32 slot = from; slot < slots(); ++slot) {
            const u64 place = place_of(slot);
            const Entry entry = TRY(store_->entry(place));
            if (entry.is_last()) return {};
            if (!scan.take(slot, place, entry)) continue;
            if (act(std::as_const(scan.named))) return {};
        }
        return {};
    }
    /// `not_found` where there is none.
    [[nodiscard]] Result<Named> find(std::u16string_view name);
    [[nodiscard]] Result<bool> is_empty();
    /// Behind the last entry stands nothing: what a stop left there must not come back when the directory
    /// grows. Whether there was anything.
    [[nodiscard]] Result<bool> clear_behind_end();
    /// Of a directory that is not the root: where its entry `..` lies.
    [[nodiscard]] u64 parent_place() const { return place_of(1); }

    /// Puts an entry under a name that nobody has, into slots that `may_use`; where they lie. All of the
    /// name lies in one sector, if it fits there.
    [[nodiscard]] Result<Named> insert(std::u16string_view name, Entry entry,
                                       const std::function<bool(u64 place)>& may_use);
    [[nodiscard]] Result<> erase(const Named& named);
    /// Whether all that both names are made of lies in one sector.
    [[nodiscard]] bool is_one_sector(const Named& here, const Directory& other, const Named& there) const;

  private:
    explicit Directory(Store& store) : store_{&store} {}

    /// Puts names together from their pieces, entry by entry.
    struct Scan {
        Named named{};
        u32 pieces_left = 0;
        u32 pieces = 0; ///< 0: none came before
        u8 sum = 0;
        /// Whether `named` is complete.
        bool take(u32 slot, u64 place, const Entry& entry);

      private:
        void take_piece(u32 slot, const Entry& entry);
    };

    [[nodiscard]] u32 slots() const {
        return static_cast<u32>(chain_.size()) * store_->geometry().entries_a_cluster();
    }
    [[nodiscard]] u64 place_of(u32 slot) const {
        const u32 each = store_->geometry().entries_a_cluster();
        return store_->geometry().start_of(chain_[slot / each]) + slot % each * entry_bytes;
    }
    [[nodiscard]] u64 sector_of(u32 slot) const { return place_of(slot) / store_->geometry().sector_bytes; }
    /// Slots for `count` entries, the directory made longer if need be.
    [[nodiscard]] Result<u32> find_room(u32 count, const std::function<bool(u64 place)>& may_use);
    [[nodiscard]] Result<> grow();
    [[nodiscard]] Result<bool> clear_from(u32 slot);

    Store* store_;
    std::vector<u32> chain_{};
};

} // namespace pith::fat
