#include "kernel/debug/log.h"

#include <algorithm>
#include <cstring>

namespace pith::kernel {
namespace {

std::string_view name_of(LogLevel level) {
    switch (level) {
    case LogLevel::error: return "error";
    case LogLevel::warning: return "warning";
    case LogLevel::info: return "info";
    case LogLevel::debug: return "debug";
    }
    return "?";
}

} // namespace

std::optional<LogLevel> log_level_named(std::string_view name) {
    if (name == "quiet") return LogLevel::warning;
    if (name == "info") return LogLevel::info;
    if (name == "debug") return LogLevel::debug;
    return std::nullopt;
}

void Log::start(TextWriter& writer, LogLevel level, std::string_view module) {
    const LogPort::Stamp stamp = port_.stamp(port_.self);
    const u64 micros = stamp.time.raw / 1000;
    format_to(writer, "[{:>5}.{:06}] {} {} {}: ", micros / 1'000'000, micros % 1'000'000, stamp.core,
              name_of(level), module);
}

void Log::store(std::string_view text, LogSource source) {
    const std::size_t at = written_ % capacity, first = std::min(text.size(), capacity - at);
    std::memcpy(&ring_[at], text.data(), first);
    std::memcpy(&ring_[0], text.data() + first, text.size() - first);
    written_ += text.size();
    port_.write(port_.self, text, source);
}

std::size_t Log::read(u64& position, std::span<char> out) const {
    const u64 oldest = written_ > capacity ? written_ - capacity : 0;
    position = std::clamp(position, oldest, written_);
    const std::size_t size = std::min<u64>(out.size(), written_ - position);
    const std::size_t at = position % capacity, first = std::min(size, capacity - at);
    std::memcpy(out.data(), &ring_[at], first);
    std::memcpy(out.data() + first, &ring_[0], size - first);
    position += size;
    return size;
}

} // namespace pith::kernel
