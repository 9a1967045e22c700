#pragma once

#include "proto/block_device.h"
#include "servers/disk_files/disk.h"

#include <vector>

namespace pith::disk_files {

/// A partition as a Disk: transfers go between the device and the cache without a copy.
class BlockDisk final : public Disk {
  public:
    explicit BlockDisk(proto::BlockDevice device) : device_{std::move(device)} {}

    [[nodiscard]] u64 size() const override { return device_.sector_count() * device_.sector_size(); }
    [[nodiscard]] bool is_read_only() const override { return device_.is_read_only(); }
    [[nodiscard]] std::span<std::byte> memory() override { return device_.shared(); }
    [[nodiscard]] Result<> read(std::span<const Piece> pieces) override {
        return transfer(pieces, proto::block::Operation::read);
    }
    [[nodiscard]] Result<> write(std::span<const Piece> pieces) override {
        return transfer(pieces, proto::block::Operation::write);
    }
    [[nodiscard]] Result<> flush() override { return device_.flush(); }

  private:
    [[nodiscard]] Result<> transfer(std::span<const Piece> pieces, proto::block::Operation operation);

    proto::BlockDevice device_;
};

} // namespace pith::disk_files
