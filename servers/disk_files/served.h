#pragma once

#include "os/log.h"
#include "os/timer.h"
#include "proto/file_service.h"
#include "proto/wall_clock.h"
#include "servers/disk_files/disk.h"

#include <memory>

namespace pith::disk_files {

/// The file system as it is served: what changed is safe some seconds later, whether anybody asks for that or
/// not. Without a file system, because there is no disk, an empty directory.
template <class FileSystem>
class Served {
  public:
    using Inode = proto::file::Inode;
    using Kind = proto::file::Kind;

    Served(std::unique_ptr<Disk> disk, std::unique_ptr<FileSystem> files, os::Timer timer,
           proto::WallClock clock, proto::file::Epoch& epoch)
        : disk_{std::move(disk)},
          files_{std::move(files)},
          timer_{std::move(timer)},
          clock_{std::move(clock)},
          epoch_{epoch} {}

    [[nodiscard]] Result<proto::file::Info> info(Inode inode) {
        if (!files_) return empty(inode);
        return files_->info(inode);
    }
    [[nodiscard]] Result<u32> generation(Inode inode) {
        if (!files_) return empty(inode).transform([](const auto& /*directory*/) { return u32{0}; });
        return files_->generation(inode);
    }
    [[nodiscard]] Result<Inode> lookup(Inode directory, std::string_view name) {
        return files_ ? files_->lookup(directory, name) : Result<Inode>{fail(Error::not_found)};
    }
    [[nodiscard]] Result<u64> read(Inode inode, u64 offset, std::span<std::byte> bytes) {
        if (!files_) return fail(Error::is_directory);
        files_->set_time(clock_.now());
        auto length = files_->read(inode, offset, bytes);
        start_timer(); // when it was read may have to be noted
        return length;
    }
    [[nodiscard]] Result<proto::file::Entry> list(Inode directory, u64 cursor) {
        return files_ ? files_->list(directory, cursor) : Result<proto::file::Entry>{fail(Error::not_found)};
    }
    [[nodiscard]] Result<std::string> link_target(Inode inode) {
        return files_ ? files_->link_target(inode) : Result<std::string>{fail(Error::wrong_kind)};
    }
    [[nodiscard]] proto::file::SpaceReply space() {
        return files_ ? files_->space() : proto::file::SpaceReply{};
    }

    [[nodiscard]] Result<u64> write(Inode inode, u64 offset, std::span<const std::byte> bytes) {
        return change([&](FileSystem& files) { return files.write(inode, offset, bytes); });
    }
    [[nodiscard]] Result<> resize(Inode inode, u64 size) {
        return change([&](FileSystem& files) { return files.resize(inode, size); });
    }
    [[nodiscard]] Result<Inode> create(Inode directory, std::string_view name, Kind kind,
                                       std::string_view target) {
        return change([&](FileSystem& files) { return files.create(directory, name, kind, target); });
    }
    [[nodiscard]] Result<> remove(Inode directory, std::string_view name, Kind kind) {
        return change([&](FileSystem& files) { return files.remove(directory, name, kind); });
    }
    [[nodiscard]] Result<> rename(Inode from, std::string_view old_name, Inode to,
                                  std::string_view new_name) {
        return change([&](FileSystem& files) { return files.rename(from, old_name, to, new_name); });
    }
    [[nodiscard]] Result<> link(Inode inode, Inode directory, std::string_view name) {
        return change([&](FileSystem& files) { return files.link(inode, directory, name); });
    }
    [[nodiscard]] Result<> set_times(Inode inode, WallTime modified, WallTime accessed) {
        return change([&](FileSystem& files) { return files.set_times(inode, modified, accessed); });
    }
    [[nodiscard]] Result<> sync() {
        if (files_) TRY(files_->sync());
        epoch_.made_safe();
        return {};
    }
    /// Nobody holds a file: the disk is left in order, and free for somebody else.
    [[nodiscard]] Result<> leave() {
        TRY(sync());
        files_.reset();
        disk_.reset();
        return {};
    }
    void opened(Inode inode) {
        if (files_) files_->opened(inode);
    }
    void closed(Inode inode) {
        if (!files_) return;
        files_->closed(inode);
        start_timer();
    }

    /// The time has come.
    void on_timer() {
        timer_runs_ = false;
        write_all();
        if (owes_memory_) give_way();
    }
    /// Somebody else needs the memory that was to spare. Of what is written nothing must be kept in memory.
    void on_little_memory() {
        write_all();
        give_way();
    }

  private:
    static constexpr Duration delay = milliseconds(5000);

    [[nodiscard]] static Result<proto::file::Info> empty(Inode inode) {
        if (inode != proto::file::root) return fail(Error::not_found);
        return proto::file::Info{static_cast<u64>(Kind::directory), 0, inode.raw, 2};
    }
    void write_all() {
        if (!sync()) os::log_line("what was written may be lost: the disk failed");
    }
    void give_way() {
        owes_memory_ = files_ && !files_->give_way();
        os::log_line(owes_memory_ ? "cannot give all memory to spare back yet" : "gave memory to spare back");
    }
    template <class F>
    auto change(F&& action) -> decltype(action(std::declval<FileSystem&>())) {
        if (!files_) return fail(Error::read_only);
        files_->set_time(clock_.now());
        auto result = action(*files_);
        if (files_->has_changes()) epoch_.changed(); // also where it failed, but not all of it
        start_timer();
        return result;
    }
    void start_timer() {
        if (timer_runs_ || !files_->has_changes()) return;
        timer_runs_ = timer_.set(clock_.clock().now() + delay).has_value();
    }

    std::unique_ptr<Disk> disk_;
    std::unique_ptr<FileSystem> files_; ///< on that
    os::Timer timer_;
    proto::WallClock clock_;
    proto::file::Epoch& epoch_;
    bool timer_runs_ = false;
    bool owes_memory_ = false;
};
} // namespace pith::disk_files
