#include "proto/path.h"

#include <algorithm>

namespace pith::proto {
namespace {

void append_names(std::string& to, std::string_view path) {
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(name.size() + 1, path.size()));
        if (name.empty() || name == ".") continue;
        if (name == "..") {
            to.resize(to.empty() ? 0 : to.rfind('/'));
        } else {
            to += '/';
            to += name;
        }
    }
}

} // namespace

std::string absolute_path(std::string_view directory, std::string_view path) {
    std::string result; // empty for the root while it is put together
    if (!path.starts_with('/')) append_names(result, directory);
    append_names(result, path);
    return result.empty() ? "/" : result;
}

std::string path_in(std::string_view directory, std::string_view name) {
    return std::string{directory}.append(directory.ends_with('/') ? "" : "/").append(name);
}

} // namespace pith::proto
