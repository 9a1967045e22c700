#include "servers/ext4/orphans.h"

namespace pith::ext4 {

Result<u32> Orphans::first() { return TRY(store_.super()).last_orphan; }

Result<> Orphans::add(Inode& inode) {
    auto super = TRY(store_.super());
    inode.raw.delete_time = super.last_orphan;
    super.last_orphan = inode.number;
    return store_.put_super(super);
}

Result<> Orphans::remove(Inode& inode) {
    const u32 next = inode.raw.delete_time;
    inode.raw.delete_time = 0;
    auto super = TRY(store_.super());
    if (super.last_orphan == inode.number) {
        super.last_orphan = next;
        return store_.put_super(super);
    }
    u32 number = super.last_orphan;
    for (u32 steps = 0; number != 0 && steps < store_.geometry().inodes; ++steps) {
        Inode before = TRY(inodes_.load(number));
        number = before.raw.delete_time;
        if (number != inode.number) continue;
        before.raw.delete_time = next;
        return inodes_.save(before);
    }
    return store_.damaged(); // not in the list, or the list goes round
}

} // namespace pith::ext4
