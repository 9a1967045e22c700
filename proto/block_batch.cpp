#include "proto/block_batch.h"

#include <algorithm>

namespace pith::proto::block {

Result<> Batch::begin(std::string_view bytes, const Disk& disk, Range range, std::span<const u64> pages) {
    if (bytes.empty() || bytes.size() % sizeof(Request) != 0 || bytes.size() > sizeof requests_)
        return fail(Error::bad_argument);
    *this = Batch{};
    disk_ = &disk;
    range_ = range;
    pages_ = pages;
    count_ = static_cast<u8>(bytes.size() / sizeof(Request));
    std::memcpy(requests_.data(), bytes.data(), bytes.size());
    std::fill_n(errors_.begin(), count_, u8{0});
    return {};
}

Result<> Batch::check(const Request& request) const {
    const u64 length = request.sectors * disk_->sector_size;
    switch (request.operation) {
    case Operation::read:
        if (request.flags != 0) return fail(Error::bad_argument);
        break;
    case Operation::write:
        if (disk_->is_read_only) return fail(Error::read_only);
        if ((request.flags & ~Request::force_unit_access) != 0) return fail(Error::bad_argument);
        break;
    case Operation::flush:
        if (request.flags != 0 || request.sectors != 0) return fail(Error::bad_argument);
        return {};
    }
    // A number that came from outside may be none of these.
    if (request.operation != Operation::read && request.operation != Operation::write)
        return fail(Error::bad_argument);
    if (request.sectors == 0 || request.offset % disk_->sector_size != 0) return fail(Error::bad_argument);
    if (!within(request.offset, length, pages_.size() * page_size)) return fail(Error::bad_argument);
    if (!within(request.sector, request.sectors, range_.count)) return fail(Error::end_of_data);
    return {};
}

void Batch::skip(Error error) {
    errors_[at_++] = static_cast<u8>(error);
    failed_ = true;
}

bool Batch::settle() {
    while (at_ < count_) {
        if (barrier_) {
            if (under_way_ != 0) return false;
            barrier_ = false;
            cancelled_ = failed_;
        }
        const Request& request = requests_[at_];
        if (taken_ != 0) return true;
        const auto good = check(request);
        if (cancelled_)
            skip(Error::cancelled);
        else if (!good)
            skip(good.error());
        else if (request.operation != Operation::flush)
            return true;
        else if (under_way_ != 0)
            return false;
        else if (failed_) {
            cancelled_ = true;
            skip(Error::cancelled);
        } else if (disk_->has_write_cache) {
            return true;
        } else {
            ++at_; // nothing to empty
        }
    }
    return under_way_ == 0 && must_flush_;
}

bool Batch::next(Access& access) {
    if (!settle()) return false;
    if (at_ == count_)
        start_flush(access, first_forced_, last_forced_);
    else if (requests_[at_].operation == Operation::flush) {
        start_flush(access, at_, at_);
        barrier_ = true;
        ++at_;
    } else {
        start_transfer(access);
    }
    ++under_way_;
    return true;
}

void Batch::start_flush(Access& access, u8 first, u8 last) {
    access.operation = Operation::flush;
    access.force = false;
    access.sector = 0;
    access.sectors = 0;
    access.count = 0;
    access.first = first;
    access.last = last;
    must_flush_ = false;
}

void Batch::start_transfer(Access& access) {
    const Request& request = requests_[at_];
    const bool forced = (request.flags & Request::force_unit_access) != 0 && disk_->has_write_cache;
    access.operation = request.operation;
    access.force = forced && disk_->forces;
    access.sector = range_.first + request.sector + taken_;
    access.sectors = 0;
    access.count = 0;
    access.first = access.last = at_;
    if (forced && !disk_->forces) {
        if (!must_flush_) first_forced_ = at_;
        last_forced_ = at_;
        must_flush_ = true;
    }
    while (add_pieces(access)) {
        taken_ = 0;
        ++at_;
        if (!continues(access)) return;
        if (forced) last_forced_ = at_;
        access.last = at_;
    }
}

bool Batch::continues(const Access& access) const {
    if (at_ == count_ || access.sectors >= disk_->most_sectors) return false;
    const Request& before = requests_[at_ - 1];
    const Request& request = requests_[at_];
    return request.operation == before.operation && request.flags == before.flags &&
           request.sector == before.sector + before.sectors && check(request).has_value() &&
           fits(access, next_address());
}

bool Batch::fits(const Access& access, u64 address) const {
    if (access.count == 0) return true;
    const Piece& last = access.pieces[access.count - 1];
    const u64 end = last.address + last.length;
    if (end == address) return true;
    if (access.count == access_pieces()) return false;
    return !disk_->pieces_are_pages || (end % page_size == 0 && address % page_size == 0);
}

bool Batch::add_pieces(Access& access) {
    const Request& request = requests_[at_];
    while (taken_ < request.sectors) {
        const u64 address = next_address();
        if (!fits(access, address)) return false;
        const u64 in_page = (page_size - address % page_size) / disk_->sector_size;
        const u32 room = disk_->most_sectors - access.sectors;
        const u32 sectors = std::min({static_cast<u32>(in_page), request.sectors - taken_, room});
        if (sectors == 0) return false;
        const u32 length = sectors * static_cast<u32>(disk_->sector_size);
        Piece* const last = access.count != 0 ? &access.pieces[access.count - 1] : nullptr;
        if (last != nullptr && last->address + last->length == address)
            last->length += length;
        else
            access.pieces[access.count++] = {address, length};
        access.sectors += sectors;
        taken_ += sectors;
    }
    return true;
}

void Batch::finished(u8 first, u8 last, Result<> how) {
    --under_way_;
    if (how) return;
    failed_ = true;
    for (u32 i = first; i <= last; ++i)
        if (errors_[i] == 0) errors_[i] = static_cast<u8>(how.error());
}

bool Batch::is_done() const { return at_ == count_ && under_way_ == 0 && !must_flush_; }

Outcome Batch::outcome() const {
    Outcome outcome;
    if (!failed_) return outcome;
    outcome.bytes.length = count_;
    std::copy_n(errors_.begin(), count_, outcome.bytes.data.begin());
    return outcome;
}

} // namespace pith::proto::block
