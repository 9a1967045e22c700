#include "servers/fat/file_system.h"

namespace pith::fat {
namespace {

constexpr u64 first_bytes = 4096; ///< hold the boot sector, whatever the size of sectors

Result<ConstBlock> read_boot(Disk& disk) {
    if (disk.size() < first_bytes || disk.memory().size() < first_bytes) return fail(Error::end_of_data);
    const Disk::Piece piece{0, disk.memory().first(first_bytes)};
    TRY(disk.read({&piece, 1}));
    return ConstBlock{piece.bytes};
}

} // namespace

bool FileSystem::is_on(Disk& disk) {
    const auto sector = read_boot(disk);
    return sector && Geometry::is_fat(*sector);
}

Result<std::unique_ptr<FileSystem>> FileSystem::mount(Disk& disk, MountReport& report) {
    const ConstBlock sector = TRY(read_boot(disk));
    const Geometry geometry = TRY(Geometry::from(sector, disk.size(), report.why));
    constexpr u64 least_blocks = 64;
    if (disk.memory().size() / geometry.block_bytes < least_blocks) return fail(Error::no_memory);
    std::unique_ptr<FileSystem> files{new FileSystem{disk, geometry}};
    const auto prepared = files->prepare(disk, report);
    if (!prepared && prepared.error() != Error::bad_format && prepared.error() != Error::read_only)
        return fail(prepared.error());
    report.read_only = !prepared.has_value();
    if (report.read_only) files->store_.set_read_only();
    return files;
}

/// An error: it can only be read, and `why` says why.
Result<> FileSystem::prepare(Disk& disk, MountReport& report) {
    const bool are_equal = TRY(store_.table().read_all());
    const bool was_left_in_order = TRY(store_.is_marked_clean());
    store_.set_clean(was_left_in_order);
    const bool repairs = !was_left_in_order && !disk.is_read_only();
    TRY(Check(store_, repairs).run(report));
    const auto refuse = [&](Error error, std::string_view why) {
        report.why = why;
        return fail(error);
    };
    if (disk.is_read_only()) return refuse(Error::read_only, "the disk is");
    if (!are_equal && was_left_in_order) return refuse(Error::bad_format, "its two tables are not equal");
    if (!are_equal) TRY(store_.table().make_equal());
    return repairs ? store_.sync() : Result<>{};
}

} // namespace pith::fat
