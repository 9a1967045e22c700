#include "proto/byte_source.h"

namespace pith::proto {
namespace {

/// Files larger than a message come in pieces of this size.
constexpr PageCount window_pages = pages(16);
constexpr u64 small = 480;

} // namespace

Result<ByteSource> ByteSource::open(const Program& program, std::string_view path) {
    ByteSource source{program};
    if (path == "-") return source;
    source.file_ = TRY(program.open_file(path));
    if (source.file_->is_directory()) return fail(Error::is_directory);
    if (source.file_->info.size > small) {
        source.memory_ = TRY(os::Memory::create(window_pages));
        source.window_ = TRY(os::Mapping::create(*source.memory_, window_pages, abi::rights::memory::read));
    }
    return source;
}

Result<std::string_view> ByteSource::next() {
    if (!file_) {
        bytes_ = TRY(program_->read_input());
        return std::string_view{bytes_};
    }
    if (!memory_) {
        bytes_ = TRY(file_->client.call(file::Read{.offset = offset_, .length = small})).bytes.view();
        offset_ += bytes_.size();
        return std::string_view{bytes_};
    }
    const auto read =
        TRY(file_->client.call(file::ReadInto{.offset = offset_, .length = window_pages.bytes()}, *memory_));
    if (read.length > window_pages.bytes()) return fail(Error::bad_format);
    offset_ += read.length;
    const auto bytes = window_.bytes().first(read.length);
    return std::string_view{static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

Result<std::optional<std::string>> LineSource::next() {
    for (;;) {
        const std::size_t end = held_.find('\n');
        if (end != std::string::npos || (ended_ && !held_.empty())) {
            std::string line = held_.substr(0, end);
            held_.erase(0, end == std::string::npos ? held_.size() : end + 1);
            return std::optional{std::move(line)};
        }
        if (ended_) return std::optional<std::string>{};
        const std::string_view more = TRY(bytes_.next());
        ended_ = more.empty();
        held_ += more;
    }
}

} // namespace pith::proto
