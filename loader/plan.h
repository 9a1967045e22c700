#pragma once

#include "loader/boot_environment.h"
#include "loader/kernel_image.h"

namespace pith::loader {

/// What shall be started, worked out from the initrd and the words around it, before anything is changed.
struct Plan {
    Bytes initrd;
    BootEnvironment environment;
    KernelImage kernel;
    ScreenSize screen = default_screen;
    bool one_core = false;

    /// `configuration`: the file that comes with the loader and stands in for the initrd's sys/config.
    [[nodiscard]] static Outcome<Plan> make(Bytes initrd, std::optional<std::string_view> configuration,
                                            std::string_view command_line);
};

} // namespace pith::loader
