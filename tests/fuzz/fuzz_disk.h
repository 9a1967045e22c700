#pragma once

#include "base/bytes.h"
#include "base/checked.h"
#include "servers/disk_files/disk.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace pith::disk_files {

/// A disk in memory that goes back to what it was: only the blocks that were written since are copied.
class FuzzDisk : public Disk {
  public:
    static constexpr u64 block = 1024;

    explicit FuzzDisk(std::vector<std::byte> content)
        : base_{std::move(content)}, now_{base_}, memory_(cache_bytes) {}

    [[nodiscard]] u64 size() const override { return now_.size(); }
    [[nodiscard]] bool is_read_only() const override { return false; }
    [[nodiscard]] std::span<std::byte> memory() override { return memory_; }
    [[nodiscard]] Result<> read(std::span<const Piece> pieces) override {
        for (const Piece& piece : pieces) {
            check(piece);
            if (!within(piece.offset, piece.bytes.size(), now_.size())) return fail(Error::end_of_data);
            std::memcpy(piece.bytes.data(), now_.data() + piece.offset, piece.bytes.size());
        }
        return {};
    }
    [[nodiscard]] Result<> write(std::span<const Piece> pieces) override {
        for (const Piece& piece : pieces) {
            check(piece);
            if (!within(piece.offset, piece.bytes.size(), now_.size())) return fail(Error::end_of_data);
            put(piece.offset, piece.bytes);
        }
        return {};
    }
    [[nodiscard]] Result<> flush() override { return {}; }

    void put(u64 offset, std::span<const std::byte> bytes) {
        for (u64 at = offset / block; at * block < offset + bytes.size(); ++at)
            touched_.push_back(at);
        std::memcpy(now_.data() + offset, bytes.data(), bytes.size());
    }
    void restore() {
        for (const u64 at : touched_)
            std::memcpy(now_.data() + at * block, base_.data() + at * block, block);
        touched_.clear();
    }
    [[nodiscard]] const std::vector<std::byte>& content() const { return now_; }

  private:
    static constexpr u64 cache_bytes = u64{512} << 10;
    void check(const Piece& piece) const {
        const auto offset = static_cast<u64>(piece.bytes.data() - memory_.data());
        if (!within(offset, piece.bytes.size(), memory_.size())) std::abort(); // not the disk's to reach
    }

    std::vector<std::byte> base_, now_, memory_;
    std::vector<u64> touched_;
};

inline void must(bool condition) {
    if (!condition) std::abort();
}

/// An image with something of everything in it, and which of its blocks are worth changing.
class ChangedImage {
  public:
    explicit ChangedImage(std::vector<std::byte> content) : disk_{std::move(content)} {
        const auto& bytes = disk_.content();
        for (u64 at = 0; at < bytes.size(); at += FuzzDisk::block)
            if (std::ranges::any_of(std::span{bytes}.subspan(at, FuzzDisk::block),
                                    [](std::byte byte) { return byte != std::byte{}; }))
                blocks_.push_back(at);
    }
    [[nodiscard]] FuzzDisk& disk() { return disk_; }

    /// Changes, one behind the other: which block (2 bytes), where in it (2 bytes), how many bytes, these.
    void change(std::span<const u8> input) {
        while (input.size() > 5) {
            const u64 block = blocks_[(input[0] | u64{input[1]} << 8) % blocks_.size()];
            const u64 offset = (input[2] | u64{input[3]} << 8) % FuzzDisk::block;
            const u64 length = std::min({u64{input[4]}, input.size() - 5, FuzzDisk::block - offset});
            disk_.put(block + offset, std::as_bytes(input.subspan(5, length)));
            input = input.subspan(5 + length);
        }
    }

  private:
    FuzzDisk disk_;
    std::vector<u64> blocks_; ///< that are not all zeros
};

/// What this command writes into a new file, whose name follows it.
inline std::vector<std::byte> image_made_by(const std::string& size, const std::string& command) {
    std::string path = "/tmp/pith-fuzz-" + std::string(6, 'X');
    must(mkstemp(path.data()) >= 0);
    const std::string all = "PATH=$PATH:/usr/sbin:/sbin; truncate -s " + size + " " + path + " && " +
                            command + " " + path + " >/dev/null 2>&1";
    must(std::system(all.c_str()) == 0);
    std::ifstream stream{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    std::remove(path.c_str());
    const Bytes bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

} // namespace pith::disk_files
