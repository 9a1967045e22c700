// Files on a disk. While the disk works nobody else has anything to do, and time on such a machine would
// jump; so a thread of the lowest priority runs, counts how long, and what it took is not part of the
// figures.
#include "base/text.h"
#include "file_rows.h"
#include "proto/file_window.h"

namespace pith::bench {
namespace {

namespace file = proto::file;

constexpr u64 file_bytes = u64{16} << 20;
constexpr PageCount window = pages(64);
constexpr std::string_view directory = "/home";

alignas(64) constinit volatile u64 spun = 0; ///< with the thread that does nothing else

Result<os::Thread> start_spinning() {
    constexpr VirtAddr buffer{0x5800'0000};
    constexpr u64 lowest_priority = 1;
    os::Thread thread{TRY(os::invoke(abi::ThreadCreate{{}, buffer, lowest_priority, {}})).handle};
    const VirtAddr entry{std::bit_cast<u64>(&bench_spin_and_count)};
    TRY(thread.start(entry, buffer + (page_size - 8), std::bit_cast<u64>(&spun))); // it sends no messages
    return thread;
}

/// Instructions that everybody but the spinning thread executed, for each KiB of the file.
u64 per_kibibyte(auto work) {
    constexpr u64 loop = 2;
    const u64 spun_before = spun;
    const u64 all = time_of(work);
    const u64 spun_for = (spun - spun_before) * loop;
    return all == failed ? failed : (all - spun_for) / (file_bytes / 1024);
}

Result<> read_whole(proto::FileWindow& file) {
    for (u64 offset = 0; offset < file_bytes;) {
        const u64 read = TRY(file.read(offset, window.bytes()));
        if (read == 0) return fail(Error::end_of_data);
        offset += read;
    }
    return {};
}

Result<> write_whole(const proto::OpenFile& file, const os::Memory& memory) {
    for (u64 offset = 0; offset < file_bytes; offset += window.bytes())
        TRY(file.client.call(file::WriteFrom{.offset = offset, .length = window.bytes()}, memory));
    TRY(file.client.call(file::Sync{}));
    return {};
}

/// `cold-N` are files that nobody has read since the machine was turned on. Each is larger than the server's
/// own cache; with memory to spare it fits, so that what is read again comes from there.
Result<u64> read_cold(const proto::FileSpace& files, u64 number, const os::Memory& memory) {
    auto opened = TRY(files.open(Text<32>{}.format("{}/cold-{}", directory, number).view()));
    auto cold = TRY(proto::FileWindow::open(std::move(opened), memory));
    return per_kibibyte([&] { return read_whole(cold); });
}

Result<u64> write_new(const proto::FileSpace& files, const os::Memory& memory) {
    const std::string path{std::string{directory} + "/written"};
    namespace flags = file::open_flags;
    const auto made = TRY(files.open(path, flags::write | flags::create | flags::exclusive));
    const u64 cost = per_kibibyte([&] { return write_whole(made, memory); });
    TRY(files.remove(path, file::Kind::file));
    TRY(made.client.call(file::Sync{}));
    return cost;
}

/// A few runs: each moves 16 MiB.
class Row {
  public:
    static constexpr u64 runs = 5;
    void take(u64 number, Result<u64> cost) { costs_[number] = cost.value_or(failed); }
    void print(const proto::Terminal& terminal, std::string_view bus, std::string_view name) {
        // Not by the default order: that sort is compiled into the library, which is not linked here.
        std::sort(costs_.begin(), costs_.end(), [](u64 a, u64 b) { return a < b; });
        if (costs_.back() == failed)
            terminal.print("failed {}-{}\n", bus, name);
        else
            terminal.print("row {}-{} {} {} {}\n", bus, name, costs_.front(), costs_[runs / 2],
                           costs_.back());
    }

  private:
    std::array<u64, runs> costs_{};
};

} // namespace

Result<> files_on_disk(const proto::Program& program, std::string_view bus) {
    const auto memory = TRY(os::Memory::create(window));
    const auto spinning = TRY(start_spinning());
    Row cold, again, written;
    for (u64 i = 0; i < Row::runs; ++i) {
        cold.take(i, read_cold(program.files(), i, memory));
        again.take(i, read_cold(program.files(), i, memory));
    }
    for (u64 i = 0; i < Row::runs; ++i)
        written.take(i, write_new(program.files(), memory));
    cold.print(program.terminal(), bus, "read-cold");
    again.print(program.terminal(), bus, "read-again");
    written.print(program.terminal(), bus, "write-and-sync");
    return os::invoke(abi::ThreadKill{spinning.id()});
}

} // namespace pith::bench
