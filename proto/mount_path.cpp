#include "proto/mount_path.h"

#include "proto/path.h"

namespace pith::proto {

std::string follow_link(std::string_view path, std::size_t used, std::string_view target) {
    const std::string_view link = path.substr(0, used);
    const std::string there = absolute_path(link.substr(0, link.rfind('/')), target);
    return absolute_path(there, std::string{"."}.append(path.substr(used)));
}

} // namespace pith::proto
