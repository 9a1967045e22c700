#pragma once

#include "proto/block_device.h"
#include "servers/disk_files/disk.h"
#include "servers/disk_files/spare_memory.h"

#include <optional>
#include <vector>

namespace pith::disk_files {

/// A partition as a Disk: transfers go between the device and the cache without a copy.
class BlockDisk final : public Disk {
  public:
    /// `spare`: where more memory comes from, if from anywhere.
    /// `read_only`: whoever mounts it wants nothing written.
    BlockDisk(proto::block::Client disk, proto::BlockDevice device, std::optional<SpareMemory> spare,
              bool read_only)
        : disk_{std::move(disk)},
          device_{std::move(device)},
          spare_{std::move(spare)},
          read_only_{read_only} {}

    [[nodiscard]] u64 size() const override { return device_.sector_count() * device_.sector_size(); }
    [[nodiscard]] bool is_read_only() const override { return read_only_ || device_.is_read_only(); }
    [[nodiscard]] std::span<std::byte> memory() override { return device_.shared(); }
    [[nodiscard]] std::span<std::byte> borrow() override;
    void give_back(std::span<std::byte> memory) override;
    [[nodiscard]] Result<> read(std::span<const Piece> pieces) override {
        return transfer(pieces, proto::block::Operation::read);
    }
    [[nodiscard]] Result<> write(std::span<const Piece> pieces) override {
        return transfer(pieces, proto::block::Operation::write);
    }
    [[nodiscard]] Result<> flush() override { return device_.flush(); }

  private:
    static constexpr PageCount part_size = pages(1024);
    static constexpr u64 most_parts = 6;

    [[nodiscard]] Result<> transfer(std::span<const Piece> pieces, proto::block::Operation operation);
    /// Through which the bytes come and go.
    [[nodiscard]] const proto::BlockDevice& device_of(std::span<const std::byte> bytes) const;

    proto::block::Client disk_;
    proto::BlockDevice device_;
    std::optional<SpareMemory> spare_;
    bool read_only_;
    std::vector<proto::BlockDevice> borrowed_; ///< the same disk, with other memory
};

} // namespace pith::disk_files
