#pragma once

#include "servers/ext4/store.h"

namespace pith::ext4 {

/// Which blocks are in use.
class BlockAllocator {
  public:
    explicit BlockAllocator(Store& store) : store_{store} {}

    /// Learns where the file system's own structures lie: those are never given out, given back or taken for
    /// a file's, whatever the disk says. Without that, nothing works.
    [[nodiscard]] Result<> find_system_blocks();
    void add_system_blocks(u64 start, u64 count);
    /// Whether these are blocks of the disk, and not the file system's own.
    [[nodiscard]] bool may_belong_to_a_file(u64 start, u64 count) const;

    /// From one block up to `wanted`, as near to `goal` as can be.
    [[nodiscard]] Result<Run> allocate(u64 goal, u32 wanted);
    [[nodiscard]] Result<> free(u64 start, u32 count);
    [[nodiscard]] u64 first_of_group(u32 group) const { return store_.geometry().group_start(group); }

  private:
    struct Range {
        u64 start;
        u64 end;
    };
    [[nodiscard]] Result<BufferRef> bitmap(u32 group, GroupDescriptor& descriptor);
    [[nodiscard]] Result<> fill_new_bitmap(u32 group, Block bits) const;
    [[nodiscard]] Result<Run> find_in(u32 group, u32 from, u32 wanted, bool first_only);
    [[nodiscard]] Result<Run> find(u64 goal, u32 wanted);
    [[nodiscard]] Result<> mark(u32 group, Run run, bool used);

    Store& store_;
    std::vector<Range> system_; ///< in order, none touching the next
};

} // namespace pith::ext4
