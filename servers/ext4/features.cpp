#include "servers/ext4/features.h"

namespace pith::ext4 {
namespace {

struct Name {
    u32 feature;
    std::string_view name;
};

constexpr u32 known_to_read = incompat::filetype | incompat::recover | incompat::extents | incompat::bits64 |
                              incompat::flex_bg | incompat::csum_seed;
constexpr u32 known_to_write = ro_compat::sparse_super | ro_compat::large_file | ro_compat::btree_dir |
                               ro_compat::huge_file | ro_compat::dir_nlink | ro_compat::extra_isize |
                               ro_compat::metadata_csum;

// As e2fsprogs calls them.
constexpr Name reading[] = {{1, "compression"},    {8, "journal_dev"},      {0x10, "meta_bg"},
                            {0x100, "mmp"},        {0x400, "ea_inode"},     {0x1000, "dirdata"},
                            {0x4000, "large_dir"}, {0x8000, "inline_data"}, {0x1'0000, "encrypt"},
                            {0x2'0000, "casefold"}};
constexpr Name writing[] = {{0x10, "uninit_bg"},         {0x80, "snapshot"},        {0x100, "quota"},
                            {0x200, "bigalloc"},         {0x800, "replica"},        {0x1000, "read-only"},
                            {0x2000, "project"},         {0x4000, "shared_blocks"}, {0x8000, "verity"},
                            {0x1'0000, "orphan_present"}};

template <std::size_t N>
Unknown first_of(u32 unknown, const Name (&names)[N]) {
    if (unknown == 0) return {};
    const u32 bit = unknown & -unknown;
    for (const Name& name : names)
        if (name.feature == bit) return {bit, name.name};
    return {bit, "a feature without a name"};
}

} // namespace

Unknown unknown_to_read(const Superblock& super) {
    return first_of(super.feature_incompat & ~known_to_read, reading);
}

Unknown unknown_to_write(const Superblock& super) {
    return first_of(super.feature_ro_compat & ~known_to_write, writing);
}

} // namespace pith::ext4
