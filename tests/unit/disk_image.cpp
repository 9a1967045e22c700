#include "disk_image.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace pith::disk_files {

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

TemporaryFile::TemporaryFile() {
    path_ = (std::filesystem::temp_directory_path() / ("pith-disk-" + std::string(6, 'X'))).string();
    const int file = mkstemp(path_.data());
    EXPECT_GE(file, 0);
    close(file);
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

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

u32 chance(u32 usual) { return usual + 1000 * static_cast<u32>(GTEST_FLAG_GET(random_seed)); }

void cut_power(const std::string& path, std::span<const ImageDisk::Write> writes, u64 sector,
               std::mt19937& random) {
    u64 flushed = 0;
    for (u64 i = 0; i < writes.size(); ++i)
        if (writes[i].flush) flushed = i;
    std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
    const auto put = [&](u64 offset, Bytes bytes) {
        file.seekp(static_cast<std::streamoff>(offset));
        file.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
    };
    for (u64 i = 0; i < writes.size(); ++i) {
        const ImageDisk::Write& each = writes[i];
        const bool in_parts = i > flushed && random() % 4 == 0;
        if (each.flush || (i > flushed && !in_parts && random() % 2 == 0)) continue;
        if (!in_parts) put(each.offset, each.bytes);
        for (u64 at = 0; in_parts && at < each.bytes.size(); at += sector)
            if (random() % 2 == 0)
                put(each.offset + at,
                    Bytes{each.bytes}.subspan(at, std::min<u64>(sector, each.bytes.size() - at)));
    }
}

void undo(const std::string& path, const std::string& before, std::span<const ImageDisk::Write> writes) {
    std::ifstream from{before, std::ios::binary};
    std::fstream to{path, std::ios::binary | std::ios::in | std::ios::out};
    for (const ImageDisk::Write& each : writes) {
        std::string bytes(each.bytes.size(), '\0');
        from.seekg(static_cast<std::streamoff>(each.offset));
        from.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        to.seekp(static_cast<std::streamoff>(each.offset));
        to.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
}

} // namespace pith::disk_files
