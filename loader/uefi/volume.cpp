#include "loader/uefi/volume.h"

#include "loader/physical.h"

namespace pith::loader::uefi {

namespace {

constexpr u64 highest_address = (u64{1} << 32) - 1;

Outcome<u64> size_of(File& file) {
    u64 size = 0;
    if (file.set_position(&file, File::position_end) != Status::success ||
        file.get_position(&file, &size) != Status::success || file.set_position(&file, 0) != Status::success)
        return give_up("a file on the boot volume cannot be measured");
    return size;
}

Outcome<> read_all(File& file, std::span<std::byte> to) {
    while (!to.empty()) {
        u64 size = to.size();
        if (file.read(&file, &size, to.data()) != Status::success || size == 0 || size > to.size())
            return give_up("a file on the boot volume cannot be read");
        to = to.subspan(size);
    }
    return {};
}

Outcome<Bytes> read_whole(File& file, const BootServices& boot) {
    const u64 size = TRY(size_of(file));
    if (size == 0) return Bytes{};
    if (size > highest_address) return give_up("a file on the boot volume is too large");
    u64 address = highest_address;
    const u64 count = PageCount::holding(size).raw;
    if (boot.allocate_pages(AllocateType::below_address, MemoryType::loader_data, count, &address) !=
        Status::success)
        return give_up("not enough memory for a file on the boot volume");
    const auto bytes = physical_bytes({address}, size);
    TRY(read_all(file, bytes));
    return bytes;
}

} // namespace

Outcome<Volume> Volume::of(const LoadedImage& image, const BootServices& boot) {
    void* found = nullptr;
    if (boot.handle_protocol(image.device, &FileSystem::guid, &found) != Status::success)
        return give_up("the boot device has no file system");
    auto* const system = static_cast<FileSystem*>(found);
    File* root = nullptr;
    if (system->open_volume(system, &root) != Status::success)
        return give_up("the boot volume cannot be opened");
    return Volume{*root, boot};
}

Outcome<std::optional<Bytes>> Volume::read(const char16_t* path) const {
    File* file = nullptr;
    if (root_->open(root_, &file, path, File::mode_read, 0) != Status::success) return std::nullopt;
    const auto bytes = read_whole(*file, *boot_);
    file->close(file); // what is lost if that fails, the firmware takes back when it ends
    return TRY(bytes);
}

} // namespace pith::loader::uefi
