#include "fat_image.h"

namespace pith::fat {

Image::Image(const std::string& options, const std::string& size) {
    const Said made =
        run("truncate -s " + size + " " + path() + " && mkfs.fat -F 32 " + options + " " + path());
    EXPECT_EQ(made.status, 0) << made.text;
}

void Image::check() const {
    const Said said = run("fsck.fat -n " + path());
    ASSERT_EQ(said.status, 0) << said.text;
}

Said Image::mtools(const std::string& program, const std::string& operands) const {
    return run("MTOOLS_SKIP_CHECK=1 " + program + " -i " + path() + " " + operands);
}

} // namespace pith::fat
