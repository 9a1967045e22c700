#include "servers/ext4/file_system.h"
#include "servers/ext4/replay.h"

namespace pith::ext4 {
namespace {

constexpr u64 first_bytes = 4096; ///< hold the superblock, whatever the size of blocks and sectors

Result<Superblock> read_super(Disk& disk) {
    if (disk.size() < first_bytes || disk.memory().size() < first_bytes) return fail(Error::end_of_data);
    const Disk::Piece piece{0, disk.memory().first(first_bytes)};
    TRY(disk.read({&piece, 1}));
    return load<Superblock>(piece.bytes, superblock_offset);
}

/// Where nobody knows what time it is, it is not before what is written on the disk.
WallTime start_time(const Superblock& super, WallTime now) {
    return now.is_known() ? now : WallTime::from_seconds(std::max(super.write_time, super.made_time));
}

} // namespace

Result<std::unique_ptr<FileSystem>> FileSystem::open(Disk& disk) {
    const Superblock super = TRY(read_super(disk));
    const Geometry geometry = TRY(Geometry::from(super, disk.size()));
    std::unique_ptr<FileSystem> files{new FileSystem{disk, geometry}};
    TRY(files->blocks_.find_system_blocks());
    files->rule_ = HashRule::of(super);
    if (!TRY(files->inodes_.load(root_inode)).is_directory()) return fail(Error::bad_format);
    return files;
}

/// Where the journal lies, whose blocks belong to nobody else from now on, and what it says of itself.
Result<JournalMap> FileSystem::journal_map(JournalSuper& super) {
    const Geometry& g = store_.geometry();
    const u32 number = TRY(store_.super()).journal_inode;
    if (number < 1 || number >= g.first_free_inode) return fail(Error::unsupported);
    Inode inode = TRY(inodes_.load(number));
    if (!inode.is_file()) return fail(Error::bad_format);
    const u64 blocks = inode.size() / g.block_size;
    if (blocks < 8 || blocks > g.blocks) return fail(Error::bad_format);
    JournalMap map;
    Extents extents{store_, blocks_, inode};
    while (map.size() < blocks) {
        const Mapping mapping = TRY(extents.find(map.size()));
        if (mapping.start == 0 || mapping.unwritten) return fail(Error::bad_format);
        map.add(mapping.start, static_cast<u32>(std::min<u64>(mapping.count, blocks - map.size())));
    }
    {
        const BufferRef first = TRY(store_.cache().read(map.at(0)));
        super = load<JournalSuper>(first->bytes, 0);
    }
    TRY(check_journal(super, g.block_size, map.size()));
    map.for_each_run([&](u64 start, u32 count) { blocks_.add_system_blocks(start, count); });
    return map;
}

Result<std::unique_ptr<FileSystem>> FileSystem::mount(Disk& disk, WallTime now, MountReport& report) {
    auto files = TRY(open(disk));
    const auto read_only = [&](std::string_view why) {
        report.read_only = true;
        report.why = why;
    };
    const Superblock super = TRY(files->store_.super());
    files->store_.set_time(start_time(super, now));
    const Unknown unknown = unknown_to_write(super);
    if (disk.is_read_only())
        read_only("the disk is");
    else if (unknown.feature != 0)
        read_only(unknown.name);
    else if ((super.feature_compat & compat::has_journal) == 0)
        read_only("it has no journal");
    else if ((super.state & state_errors) != 0)
        read_only("it is marked as damaged");
    if (report.read_only) return files;
    JournalSuper journal{};
    auto map = files->journal_map(journal);
    if (!map) {
        read_only("its journal cannot be used");
        return files;
    }
    u32 next = journal.sequence;
    if (journal.start != 0) {
        Replay replay{files->store_.cache(), files->store_.geometry(), *map, journal};
        if (!replay.run()) {
            read_only("its journal is damaged");
            return files;
        }
        next = replay.next_sequence();
        report.replayed = replay.written();
        files = TRY(open(disk)); // all that was read may be otherwise now
        files->store_.set_time(start_time(super, now));
        const auto again = files->journal_map(journal);
        if (!again) {
            read_only("its journal is damaged");
            return files;
        }
        map = *again;
    }
    if (const auto writable = files->store_.make_writable(std::move(*map), journal, next); !writable) {
        if (writable.error() == Error::input_output) return fail(writable.error());
        read_only("its journal is too small");
        return files;
    }
    const auto orphans = files->finish_orphans();
    if (orphans) report.orphans = *orphans;
    if (!files->writable()) read_only("it is damaged");
    return files;
}

Result<u32> FileSystem::finish_orphans() {
    u32 count = 0;
    for (u32 number = TRY(orphans_.first()); number != 0; number = TRY(orphans_.first())) {
        const auto inode = inodes_.load(number);
        if (!inode) return store_.damaged();
        TRY(inode->raw.links == 0 ? destroy(number) : shorten(number));
        if (TRY(orphans_.first()) == number) return store_.damaged();
        ++count;
    }
    return count;
}

} // namespace pith::ext4
