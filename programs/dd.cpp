// dd [if=FROM] [of=TO] [bs=SIZE] [count=N] [skip=N] [seek=N] [conv=WORD,…] [status=none]: copies blocks of
// SIZE bytes (64K), from the input and to the output where nothing is said. FROM and TO are files, or disks
// and partitions as `disk:NAME` (`disk:disk0`, `disk:disk0p1`, `disk:home`). A file ends where what was
// written ends, but for conv=notrunc; conv=sync fills a last block up with zeros, conv=fsync returns when all
// is safe from a power cut.
#include "base/bytes.h"
#include "base/number.h"
#include "proto/block_device.h"
#include "proto/devices.h"
#include "proto/file_window.h"
#include "proto/utility.h"

using namespace pith;

namespace {

constexpr std::string_view disk_prefix = "disk:";
constexpr u64 most_block = 1 << 20;

/// The program's input and output, from front to back.
class Streams {
  public:
    explicit Streams(const proto::Program& program) : program_{&program} {}

    [[nodiscard]] Result<u64> read(u64 offset, std::span<std::byte> bytes) {
        while (at_ < offset) { // what is skipped
            const u64 passed = TRY(take(bytes.first(std::min(bytes.size(), offset - at_))));
            if (passed == 0) return u64{0};
        }
        return take(bytes);
    }
    u64 write(std::span<const std::byte> bytes) const {
        program_->output().write(as_text(bytes));
        return bytes.size();
    }

  private:
    /// As many as there is room for, fewer only at the end.
    [[nodiscard]] Result<u64> take(std::span<std::byte> bytes) {
        u64 taken = 0;
        while (taken < bytes.size()) {
            if (held_.empty()) held_ = TRY(program_->read_input());
            if (held_.empty()) break;
            const auto some =
                std::as_bytes(std::span{held_}).first(std::min(held_.size(), bytes.size() - taken));
            std::ranges::copy(some, bytes.subspan(taken).begin());
            taken += some.size();
            held_.erase(0, some.size());
        }
        at_ += taken;
        return taken;
    }

    const proto::Program* program_;
    std::string held_;
    u64 at_ = 0;
};

/// A disk or a file, read and written at any offset; or a stream.
class Place {
  public:
    using Server = Result<proto::devices::Client>;
    [[nodiscard]] static Result<Place> open(const Server& server, const proto::Program& program,
                                            std::string_view name, u64 flags, const os::Memory& memory) {
        if (name.empty()) return Place{Streams{program}};
        if (!name.starts_with(disk_prefix)) {
            auto opened = TRY(program.open_file(name, flags));
            return Place{TRY(proto::FileWindow::open(std::move(opened), memory))};
        }
        if (!server) return fail(Error::denied);
        proto::devices::OpenDisk message;
        message.bytes = os::Chunk<112>::of(name.substr(disk_prefix.size()));
        auto disk_opened = TRY(server->call(message));
        const proto::block::Client disk{std::get<0>(std::move(disk_opened.handles))};
        return Place{TRY(proto::BlockDevice::open(disk))};
    }

    /// Fewer than asked for only at the end.
    [[nodiscard]] Result<u64> read(u64 offset, std::span<std::byte> bytes) {
        if (streams_) return streams_->read(offset, bytes);
        if (!disk_) return file_->read(offset, bytes.size());
        const u64 size = disk_->sector_count() * disk_->sector_size();
        if (offset >= size) return u64{0};
        bytes = bytes.first(std::min(bytes.size(), size - offset));
        TRY(disk_->read(offset / disk_->sector_size(), bytes));
        return bytes.size();
    }
    [[nodiscard]] Result<u64> write(u64 offset, std::span<std::byte> bytes, u64 length) {
        if (streams_) return streams_->write(bytes.first(length));
        if (!disk_) return file_->write(offset, length);
        const u64 sector = disk_->sector_size(), whole = align_up(length, sector);
        if (whole != length) { // what follows in the last sector stays
            std::vector<std::byte> last(sector);
            TRY(disk_->read((offset + whole) / sector - 1, last));
            std::ranges::copy(std::span{last}.subspan(length % sector),
                              bytes.begin() + static_cast<std::ptrdiff_t>(length));
        }
        TRY(disk_->write(offset / sector, bytes.first(whole)));
        return length;
    }
    /// What lies behind is thrown away, where it is a file.
    [[nodiscard]] Result<> cut(u64 size) { return file_ ? file_->resize(size) : Result<>{}; }
    [[nodiscard]] Result<> finish(bool is_safe) {
        if (streams_) return {};
        if (disk_) return disk_->flush();
        return is_safe ? file_->sync() : file_->check();
    }
    [[nodiscard]] u64 sector_size() const { return disk_ ? disk_->sector_size() : 1; }

  private:
    explicit Place(Streams streams) : streams_{std::move(streams)} {}
    explicit Place(proto::FileWindow file) : file_{std::move(file)} {}
    explicit Place(proto::BlockDevice disk) : disk_{std::move(disk)} {}

    std::optional<Streams> streams_; ///< or:
    std::optional<proto::FileWindow> file_;
    std::optional<proto::BlockDevice> disk_;
};

struct Order {
    std::string_view from, to;
    u64 block = 64 << 10;
    u64 count = ~u64{0};
    u64 skip = 0, seek = 0;
    bool truncates = true;
    bool fills_up = false;
    bool is_safe = false;
    bool is_quiet = false;
};

/// How many blocks, whole ones and the last that was not.
struct Count {
    u64 whole = 0, part = 0, bytes = 0;
};

/// `conv=` and `status=`. False: there is no such word.
bool take_words(std::string_view key, std::string_view words, Order& order) {
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(','));
        words.remove_prefix(std::min(word.size() + 1, words.size()));
        if (key == "status" && (word == "none" || word == "noxfer"))
            order.is_quiet = word == "none";
        else if (key == "conv" && word == "notrunc")
            order.truncates = false;
        else if (key == "conv" && word == "sync")
            order.fills_up = true;
        else if (key == "conv" && (word == "fsync" || word == "fdatasync"))
            order.is_safe = true;
        else
            return false;
    }
    return true;
}

std::optional<u64> parse_size(std::string_view text) {
    u64 unit = 1;
    if (text.ends_with('K') || text.ends_with('k')) unit = 1 << 10;
    if (text.ends_with('M')) unit = 1 << 20;
    if (text.ends_with('G')) unit = 1 << 30;
    if (unit != 1) text.remove_suffix(1);
    const auto number = parse_number(text);
    if (!number || *number > ~u64{0} / unit) return std::nullopt;
    return *number * unit;
}

std::optional<Order> parse_order(const std::vector<std::string_view>& operands) {
    Order order;
    for (const std::string_view operand : operands) {
        const u64 at = std::min(operand.find('='), operand.size() - 1);
        const std::string_view key = operand.substr(0, at), value = operand.substr(at + 1);
        if (key == "if" || key == "of") {
            if (value.empty()) return std::nullopt;
            (key == "if" ? order.from : order.to) = value;
            continue;
        }
        if (key == "conv" || key == "status") {
            if (!take_words(key, value, order)) return std::nullopt;
            continue;
        }
        u64* const number = key == "bs"      ? &order.block
                            : key == "count" ? &order.count
                            : key == "skip"  ? &order.skip
                            : key == "seek"  ? &order.seek
                                             : nullptr;
        const auto size = parse_size(value);
        if (number == nullptr || !size) return std::nullopt;
        *number = *size;
    }
    const bool good = order.block != 0 && order.block <= most_block && (order.seek == 0 || !order.to.empty());
    return good ? std::optional{order} : std::nullopt;
}

Result<> copy(const Order& order, Place& from, Place& to, std::span<std::byte> buffer, Count& done) {
    if (order.block % from.sector_size() != 0 || order.block % to.sector_size() != 0)
        return fail(Error::bad_argument);
    if (order.truncates) TRY(to.cut(order.seek * order.block));
    for (u64 i = 0; i < order.count; ++i) {
        const auto block = buffer.first(order.block);
        u64 read = TRY(from.read((order.skip + i) * order.block, block));
        if (read == 0) break;
        const bool is_last = read < order.block;
        ++(is_last ? done.part : done.whole);
        if (is_last && order.fills_up) {
            std::ranges::fill(block.subspan(read), std::byte{});
            read = order.block;
        }
        const u64 written = TRY(to.write((order.seek + i) * order.block, block, read));
        done.bytes += written;
        if (written != read) return fail(Error::no_space);
        if (is_last) break;
    }
    return to.finish(order.is_safe);
}

} // namespace

Result<int> program_main(os::Start& start) {
    constexpr std::string_view usage =
        "dd [if=FROM] [of=TO] [bs=SIZE] [count=N] [skip=N] [seek=N] [conv=notrunc,sync,fsync] [status=none]";
    const auto dd = TRY(proto::Utility::open(start, "", usage));
    if (!dd) return proto::status_misuse;
    const auto order = parse_order(dd->operands());
    if (!order) {
        dd->program.errors().print("usage: {}\n", usage);
        return proto::status_misuse;
    }
    const os::Memory memory = TRY(os::Memory::create(PageCount::holding(order->block)));
    const os::Mapping buffer =
        TRY(os::Mapping::whole(memory, abi::rights::memory::read | abi::rights::memory::write));
    using namespace proto::file;
    const auto server = start.take<proto::devices::Client>("disks");
    auto from = Place::open(server, dd->program, order->from, open_flags::read, memory);
    if (!from) {
        dd->complain(order->from, from.error());
        return 1;
    }
    auto to = Place::open(server, dd->program, order->to, open_flags::write | open_flags::create, memory);
    if (!to) {
        dd->complain(order->to, to.error());
        return 1;
    }
    Count done;
    const auto copied = copy(*order, *from, *to, buffer.bytes(), done);
    if (!copied) dd->complain(order->from.empty() ? "copy" : order->from, copied.error());
    if (!order->is_quiet)
        dd->program.errors().print("{}+{} records in\n{}+{} records out\n{} bytes copied\n", done.whole,
                                   done.part, done.whole, done.part, done.bytes);
    return copied ? 0 : 1;
}
