#include "servers/fat/directory.h"

#include <algorithm>

namespace pith::fat {
namespace {
constexpr std::size_t longest_shown = 255;
}

std::string Named::shown() const {
    if (name.empty()) return to_text(alias);
    std::string text = to_text(name);
    const bool can_be_named =
        text.size() <= longest_shown && !text.contains('/') && text != "." && text != "..";
    return can_be_named ? text : to_text(alias);
}

void Directory::Scan::take_piece(u32 slot, const Entry& entry) {
    const auto piece = std::bit_cast<NamePiece>(entry);
    const u32 number = piece.number() & NamePiece::ordinal;
    if ((piece.number() & NamePiece::last) != 0 && number >= 1 && number <= most_pieces) {
        pieces = pieces_left = number;
        sum = piece.sum();
        named = Named{.first_slot = slot};
        named.name.assign(u64{number} * NamePiece::units, u'\0');
    }
    if (pieces == 0 || number != pieces_left || piece.sum() != sum) {
        pieces = 0;
        return;
    }
    --pieces_left;
    for (u32 i = 0; i < NamePiece::units; ++i)
        named.name[u64{pieces_left} * NamePiece::units + i] = piece.unit(i);
}

bool Directory::Scan::take(u32 slot, u64 place, const Entry& entry) {
    if (!entry.is_free() && entry.is_part_of_long_name()) {
        take_piece(slot, entry);
        return false;
    }
    const bool has_long = pieces != 0 && pieces_left == 0 && sum == sum_of(entry.name);
    pieces = 0;
    if (entry.is_free() || entry.is_label() || entry.is_dots()) return false;
    if (!has_long) named = Named{.first_slot = slot};
    named.name.resize(std::min(named.name.find(u'\0'), named.name.size()));
    named.slot = slot;
    named.place = place;
    named.entry = entry;
    named.alias = short_name_of(entry);
    return true;
}

Result<Directory> Directory::open(Store& store, u32 first) {
    Directory directory{store};
    const u64 most = u64{most_entries} / store.geometry().entries_a_cluster() + 1;
    for (u32 cluster = first; cluster != no_cluster; cluster = TRY(store.next(cluster))) {
        if (directory.chain_.size() == most) return store.damaged();
        directory.chain_.push_back(cluster);
    }
    return directory;
}

Result<Named> Directory::find(std::u16string_view name) {
    std::optional<Named> found;
    TRY(for_each(0, [&](const Named& named) {
        if (named.is_called(name)) found = named;
        return found.has_value();
    }));
    if (!found) return fail(Error::not_found);
    return *std::move(found);
}

Result<bool> Directory::is_empty() {
    bool is_empty = true;
    TRY(for_each(0, [&](const Named&) {
        is_empty = false;
        return true;
    }));
    return is_empty;
}

Result<> Directory::grow() {
    const u32 each = store_->geometry().entries_a_cluster();
    if (u64{slots()} + each > most_entries) return fail(Error::no_space);
    // An end that is to be on the disk only after the commit cannot be led on from before.
    if (store_->table().is_cut(chain_.back())) TRY(store_->commit());
    const u32 cluster = TRY(store_->make_empty(chain_.back() + 1));
    store_->table().append(chain_.back(), cluster);
    chain_.push_back(cluster);
    return {};
}

Result<bool> Directory::clear_from(u32 slot) {
    constexpr std::array<std::byte, entry_bytes> nothing{};
    bool any = false;
    for (; slot < slots(); ++slot) {
        if (TRY(store_->entry(place_of(slot))).is_last()) continue;
        TRY(store_->put(place_of(slot), nothing));
        any = true;
    }
    return any;
}

Result<bool> Directory::clear_behind_end() {
    for (u32 slot = 0; slot < slots(); ++slot)
        if (TRY(store_->entry(place_of(slot))).is_last()) return clear_from(slot + 1);
    return false;
}

Result<u32> Directory::find_room(u32 count, const std::function<bool(u64 place)>& may_use) {
    const u32 sector = store_->geometry().entries_a_sector();
    bool at_end = false;
    u32 run = 0;
    for (u32 slot = 0;; ++slot) {
        if (slot == slots()) TRY(grow());
        const u64 place = place_of(slot);
        if (count <= sector && slot % sector == 0) run = 0;
        Entry entry = TRY(store_->entry(place));
        if (entry.is_last() && !at_end) {
            at_end = true;
            const bool any = TRY(clear_from(slot + 1));
            if (any) TRY(store_->commit());
        }
        run = (at_end || entry.is_free()) && may_use(place) ? run + 1 : 0;
        if (run == count) return slot + 1 - count;
    }
}

Result<Named> Directory::insert(std::u16string_view name, Entry entry,
                                const std::function<bool(u64 place)>& may_use) {
    ShortNames short_names{name};
    TRY(for_each(0, [&](const Named& named) {
        short_names.note(named.entry.name);
        return false;
    }));
    const auto short_name = short_names.pick();
    if (!short_name) return fail(Error::no_space);
    entry.name = *short_name;
    entry.flags &= Entry::moves;
    const u32 pieces = short_names.is_exact()
                           ? 0
                           : static_cast<u32>((name.size() + NamePiece::units - 1) / NamePiece::units);
    const u32 first = TRY(find_room(pieces + 1, may_use));
    // What was skipped for the sake of a sector's edge, and was the end, is not the end any more.
    for (u32 slot = first; slot > 0 && TRY(store_->entry(place_of(slot - 1))).is_last(); --slot) {
        Entry skipped{};
        skipped.name[0] = Entry::deleted;
        TRY(store_->put(place_of(slot - 1), skipped));
    }
    for (u32 i = 0; i < pieces; ++i) {
        const u32 number = pieces - i;
        NamePiece piece{};
        piece.raw[0] = static_cast<u8>(number | (i == 0 ? NamePiece::last : 0));
        piece.raw[11] = attribute::long_name;
        piece.raw[13] = sum_of(*short_name);
        for (u32 n = 0; n < NamePiece::units; ++n) {
            const u64 at = u64{number - 1} * NamePiece::units + n;
            piece.set_unit(n, at < name.size() ? name[at] : at == name.size() ? u'\0' : u'\uffff');
        }
        TRY(store_->put(place_of(first + i), bytes_of(piece)));
    }
    TRY(store_->put(place_of(first + pieces), entry));
    return Named{.first_slot = first,
                 .slot = first + pieces,
                 .place = place_of(first + pieces),
                 .entry = entry,
                 .name = std::u16string{name},
                 .alias = short_name_of(entry)};
}

Result<> Directory::erase(const Named& named) {
    for (u32 slot = named.first_slot; slot <= named.slot; ++slot) {
        Entry entry = TRY(store_->entry(place_of(slot)));
        entry.name[0] = Entry::deleted;
        TRY(store_->put(place_of(slot), entry));
    }
    return {};
}

bool Directory::is_one_sector(const Named& here, const Directory& other, const Named& there) const {
    const u64 sector = sector_of(here.slot);
    return sector_of(here.first_slot) == sector && other.sector_of(there.first_slot) == sector &&
           other.sector_of(there.slot) == sector;
}

} // namespace pith::fat
