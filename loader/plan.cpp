#include "loader/plan.h"

#include "base/archive.h"
#include "base/environment.h"

namespace pith::loader {

namespace {

bool starts_with(Bytes bytes, std::string_view start) { return as_text(bytes).starts_with(start); }

Outcome<Archive> open_archive(Bytes initrd) {
    auto archive = Archive::open(initrd);
    if (archive) return *std::move(archive);
    if (starts_with(initrd, "\x1f\x8b")) return give_up("the initrd is compressed");
    return give_up("the initrd is not a ustar or cpio (newc) archive");
}

Outcome<Bytes> find_kernel(const Archive& archive, const Environment& environment) {
    const auto path = environment.get("kernel");
    if (const auto file = archive.read(path.value_or("sys/core"))) return *file;
    return path ? give_up("the initrd does not hold the kernel that kernel= names")
                : give_up("the initrd holds no kernel (sys/core)");
}

} // namespace

Outcome<Plan> Plan::make(Bytes initrd, std::optional<std::string_view> configuration,
                         std::string_view command_line) {
    const bool bare_kernel = starts_with(initrd, "\177ELF");
    Plan plan{.initrd = initrd};
    Bytes kernel = initrd;
    if (bare_kernel) {
        plan.environment = BootEnvironment::merge(configuration.value_or(""), command_line);
    } else {
        const Archive archive = TRY(open_archive(initrd));
        if (const auto file = archive.read("sys/config"); file && !configuration)
            configuration = as_text(*file);
        plan.environment = BootEnvironment::merge(configuration.value_or(""), command_line);
        kernel = TRY(find_kernel(archive, Environment{plan.environment.text()}));
    }
    plan.kernel = TRY(KernelImage::read(kernel));

    const Environment environment{plan.environment.text()};
    if (const auto screen = environment.get("screen"))
        plan.screen = parse_screen_size(*screen).value_or(default_screen);
    plan.one_core = environment.get("nosmp") == "1";
    return plan;
}

} // namespace pith::loader
