#pragma once

#include "base/format.h"
#include "base/time.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace pith::kernel {

enum class LogLevel : u8 { error, warning, info, debug };

/// `log=` of the environment: `quiet` (errors and warnings), `info`, `debug`.
[[nodiscard]] std::optional<LogLevel> log_level_named(std::string_view name);

/// Whose line it is.
enum class LogSource : u8 { kernel, program };

/// Where lines get their time and core from, and where else they go. Must outlive the log.
struct LogPort {
    struct Stamp {
        Instant time;
        u32 core;
    };
    void* self;
    Stamp (*stamp)(void* self);
    void (*write)(void* self, std::string_view line, LogSource source);
};

/// The kernel's log: the newest lines in a ring, each also written out at once.
///     [    0.001234] 0 info memory: 128 MiB
/// Not locked: whoever writes holds the kernel's lock, or is alone.
class Log {
  public:
    static constexpr std::size_t capacity = 16384;

    Log(LogPort port, LogLevel level) : port_{port}, level_{level} {}
    Log(const Log&) = delete;

    void set_level(LogLevel level) { level_ = level; }
    [[nodiscard]] bool wants(LogLevel level) const { return level <= level_; }

    template <class... A>
    void error(std::string_view module, FormatString<A...> text, const A&... args) {
        line<A...>(LogSource::kernel, LogLevel::error, module, text, args...);
    }
    template <class... A>
    void warning(std::string_view module, FormatString<A...> text, const A&... args) {
        line<A...>(LogSource::kernel, LogLevel::warning, module, text, args...);
    }
    template <class... A>
    void info(std::string_view module, FormatString<A...> text, const A&... args) {
        line<A...>(LogSource::kernel, LogLevel::info, module, text, args...);
    }
    /// A line of somebody else's.
    void info_from(std::string_view program, std::string_view text) {
        line<std::string_view>(LogSource::program, LogLevel::info, program, "{}", text);
    }
    template <class... A>
    void debug(std::string_view module, FormatString<A...> text, const A&... args) {
        line<A...>(LogSource::kernel, LogLevel::debug, module, text, args...);
    }

    /// Bytes ever written: the position behind the newest.
    [[nodiscard]] u64 end() const { return written_; }
    /// Copies what lies from `position` on, as far as it fits; a position that the ring has lost moves to the
    /// oldest byte it has. `position` ends behind what was copied.
    [[nodiscard]] std::size_t read(u64& position, std::span<char> out) const;

  private:
    static constexpr std::size_t max_line = 384; // a program's longest, with time and name

    template <class... A>
    void line(LogSource source, LogLevel level, std::string_view module, FormatString<A...> text,
              const A&... args) {
        if (!wants(level)) return;
        std::array<char, max_line> buffer;
        TextWriter writer{std::span{buffer}.first(max_line - 1)};
        start(writer, level, module);
        format_to<A...>(writer, text, args...);
        const std::size_t size = writer.view().size();
        buffer[size] = '\n';
        store({buffer.data(), size + 1}, source);
    }
    void start(TextWriter& writer, LogLevel level, std::string_view module);
    void store(std::string_view text, LogSource source);

    LogPort port_;
    LogLevel level_;
    u64 written_ = 0;
    std::array<char, capacity> ring_{};
};

} // namespace pith::kernel
