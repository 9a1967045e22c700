#include "ext4_image.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pith::ext4 {

Said run(const std::string& command) {
    Said said{.status = -1, .text = {}};
    FILE* const pipe = popen(("PATH=$PATH:/usr/sbin:/sbin; " + command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return said;
    char buffer[4096];
    for (std::size_t length; (length = fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
        said.text.append(buffer, length);
    const int status = pclose(pipe);
    said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return said;
}

Image::Image(const std::string& options, const std::string& size) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / ("pith-ext4-" + std::string(6, 'X'))).string();
    const int file = mkstemp(pattern.data());
    EXPECT_GE(file, 0);
    close(file);
    path_ = pattern;
    const Said made =
        run("truncate -s " + size + " " + path_ + " && mkfs.ext4 -q -F " + options + " " + path_);
    EXPECT_EQ(made.status, 0) << made.text;
}

Image::~Image() { unlink(path_.c_str()); }

void Image::check() const {
    const Said said = run("e2fsck -fn " + path_);
    ASSERT_EQ(said.status, 0) << said.text;
}

std::string Image::debugfs(const std::string& request, bool writes) const {
    const Said said = run("(debugfs " + std::string{writes ? "-w " : ""} + "-R '" + request + "' " + path_ +
                          " 2>/dev/null)");
    EXPECT_EQ(said.status, 0) << said.text;
    return said.text;
}

ImageDisk::ImageDisk(const std::string& path, u64 memory_bytes)
    : file_{open(path.c_str(), O_RDWR)}, size_{std::filesystem::file_size(path)}, memory_(memory_bytes) {}

ImageDisk::~ImageDisk() { close(file_); }

Result<> ImageDisk::read(std::span<const Piece> pieces) {
    for (const Piece& piece : pieces) {
        if (reads_left == 0) return fail(Error::input_output);
        --reads_left;
        if (!within(piece.offset, piece.bytes.size(), size_)) return fail(Error::end_of_data);
        if (pread(file_, piece.bytes.data(), piece.bytes.size(), static_cast<off_t>(piece.offset)) !=
            static_cast<ssize_t>(piece.bytes.size()))
            return fail(Error::input_output);
    }
    return {};
}

Result<> ImageDisk::write(std::span<const Piece> pieces) {
    if (read_only) return fail(Error::read_only);
    for (const Piece& piece : pieces) {
        if (writes_left == 0) return fail(Error::input_output);
        --writes_left;
        if (!within(piece.offset, piece.bytes.size(), size_)) return fail(Error::end_of_data);
        if (record != nullptr)
            record->push_back({piece.offset, {piece.bytes.begin(), piece.bytes.end()}, false});
        if (pwrite(file_, piece.bytes.data(), piece.bytes.size(), static_cast<off_t>(piece.offset)) !=
            static_cast<ssize_t>(piece.bytes.size()))
            return fail(Error::input_output);
    }
    return {};
}

Result<> ImageDisk::flush() {
    if (writes_left == 0) return fail(Error::input_output);
    if (record != nullptr) record->push_back({0, {}, true});
    return {};
}

proto::file::Inode make(FileSystem& files, proto::file::Inode directory, std::string_view name,
                        proto::file::Kind kind, std::string_view target) {
    const auto inode = files.create(directory, name, kind, target);
    EXPECT_TRUE(inode) << name << ": " << describe(inode.error());
    return inode ? *inode : proto::file::Inode{};
}

void write(FileSystem& files, proto::file::Inode inode, u64 offset, std::string_view text) {
    const auto written = files.write(inode, offset, std::as_bytes(std::span{text}));
    ASSERT_TRUE(written) << describe(written.error());
    ASSERT_EQ(*written, text.size());
}

std::string content(FileSystem& files, proto::file::Inode inode) {
    const auto about = files.info(inode);
    if (!about) return "no inode";
    std::string text(about->size, '?');
    EXPECT_EQ(files.read(inode, 0, std::as_writable_bytes(std::span{text})), Result<u64>{text.size()});
    return text;
}

std::vector<std::string> names(FileSystem& files, proto::file::Inode directory) {
    std::vector<std::string> all;
    auto entry = files.list(directory, 0);
    for (; entry; entry = files.list(directory, entry->next))
        all.emplace_back(entry->bytes.view());
    EXPECT_EQ(entry.error(), Error::not_found);
    return all;
}

} // namespace pith::ext4
