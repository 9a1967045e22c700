#pragma once

#include "base/bytes.h"
#include "loader/outcome.h"
#include "loader/uefi/firmware.h"

#include <optional>

namespace pith::loader::uefi {

/// The file system that the loader itself was started from.
class Volume {
  public:
    [[nodiscard]] static Outcome<Volume> of(const LoadedImage& image, const BootServices& boot);

    /// The whole file, in pages of its own below 4 GiB; nothing if there is no such file.
    [[nodiscard]] Outcome<std::optional<Bytes>> read(const char16_t* path) const;

  private:
    Volume(File& root, const BootServices& boot) : root_(&root), boot_(&boot) {}
    File* root_;
    const BootServices* boot_;
};

} // namespace pith::loader::uefi
