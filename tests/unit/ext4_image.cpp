#include "ext4_image.h"

namespace pith::ext4 {

Image::Image(const std::string& options, const std::string& size) {
    const Said made =
        run("truncate -s " + size + " " + path() + " && mkfs.ext4 -q -F " + options + " " + path());
    EXPECT_EQ(made.status, 0) << made.text;
}

void Image::check() const {
    const Said said = run("e2fsck -fn " + path());
    ASSERT_EQ(said.status, 0) << said.text;
}

std::string Image::debugfs(const std::string& request, bool writes) const {
    const Said said = run("(debugfs " + std::string{writes ? "-w " : ""} + "-R '" + request + "' " + path() +
                          " 2>/dev/null)");
    EXPECT_EQ(said.status, 0) << said.text;
    return said.text;
}

} // namespace pith::ext4
