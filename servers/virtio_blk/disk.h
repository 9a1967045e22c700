#pragma once

#include "proto/block_batch.h"
#include "servers/driver/virtio_device.h"

namespace pith::os::virtio_blk {

namespace block = proto::block;

/// The driver of a virtio block device (VIRTIO 1.2, 5.2; block::IsDriver says what each function does).
class VirtioDisk {
  public:
    static constexpr u64 interrupt_bit = 1;
    [[nodiscard]] static Result<VirtioDisk> open(proto::Device device, const Notification& interrupts);

    [[nodiscard]] u32 units() const { return 1; }
    [[nodiscard]] const block::Disk& disk(u32 /*unit*/) const { return disk_; }
    [[nodiscard]] bool has_room(u32 /*unit*/) const { return free_count_ != 0; }
    void start(u32 unit, const block::Access& access, u32 number);
    void kick(u32 /*unit*/) {
        if (queue_.publish()) notify_.write<driver::VirtioDevice::Notify>(0);
    }
    [[nodiscard]] Result<> collect(const auto& end) {
        TRY(device_.acknowledge());
        for (;;) {
            const std::optional<u16> slot = TRY(queue_.take());
            if (!slot) return {};
            end(numbers_[*slot], outcome(*slot));
            free_[free_count_++] = static_cast<u8>(*slot);
        }
    }
    [[nodiscard]] const DmaDomain& dma() const { return device_.dma(); }
    [[nodiscard]] const proto::Device& device() const { return device_; }

  private:
    static constexpr u16 entries = driver::VirtQueue::entries;
    /// Each request's memory: its table of descriptors, and in another page what the device reads and
    /// answers.
    static constexpr u32 most_descriptors = 64;
    static constexpr u64 table_bytes = most_descriptors * sizeof(driver::VirtDescriptor);
    static constexpr u64 tables_at = driver::VirtQueue::bytes;
    static constexpr u64 headers_at = tables_at + entries * table_bytes;
    static constexpr u64 header_bytes = 32; ///< 16 for the device to read; then one that it writes
    static constexpr PageCount memory_size = PageCount::holding(headers_at + entries * header_bytes);
    static_assert(page_size % table_bytes == 0 && page_size % header_bytes == 0, "none lies in two pages");

    /// VIRTIO 1.2, 5.2.3 and 5.2.4.
    static constexpr u64 read_only = u64{1} << 5, block_size = u64{1} << 6, flush = u64{1} << 9,
                         most_segments = u64{1} << 2;
    using CapacityLow = Register<u32, 0, Access::read_only>;
    using CapacityHigh = Register<u32, 4, Access::read_only>;
    using MostSegments = Register<u32, 12, Access::read_only>;
    using BlockSize = Register<u32, 20, Access::read_only>;

    VirtioDisk(proto::Device device, driver::VirtioDevice virtio, DmaBuffer memory)
        : device_{std::move(device)}, virtio_{virtio}, memory_{std::move(memory)} {}
    [[nodiscard]] Result<> read_geometry();
    void put_descriptor(u64 table, u32 index, const driver::VirtDescriptor& descriptor);
    [[nodiscard]] Result<> outcome(u16 slot) const;

    proto::Device device_;
    driver::VirtioDevice virtio_;
    DmaBuffer memory_;
    driver::VirtQueue queue_;
    Registers notify_;
    block::Disk disk_;
    std::array<u8, entries> free_{};
    u32 free_count_ = 0;
    std::array<u32, entries> numbers_{};
};

} // namespace pith::os::virtio_blk
