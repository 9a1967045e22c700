#include "proto/byte_source.h"

#include "base/bytes.h"

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
        const auto memory = TRY(os::Memory::create(window_pages));
        source.mapped_ = TRY(os::Mapping::create(memory, window_pages, abi::rights::memory::read));
        source.window_ = TRY(FileWindow::open(*std::move(source.file_), memory));
    }
    return source;
}

Result<std::string_view> ByteSource::next() {
    if (!file_) {
        bytes_ = TRY(program_->read_input());
        return std::string_view{bytes_};
    }
    if (!window_) {
        bytes_ = TRY(file_->client.call(file::Read{.offset = offset_, .length = small})).bytes.view();
        offset_ += bytes_.size();
        return std::string_view{bytes_};
    }
    const u64 read = TRY(window_->read(offset_, window_pages.bytes()));
    if (read > window_pages.bytes()) return fail(Error::bad_format);
    offset_ += read;
    return as_text(mapped_.bytes().first(read));
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
