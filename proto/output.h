#pragma once

#include "proto/terminal.h"

#include <string>

namespace pith::proto {

/// Collects what a program prints, so that it travels in few messages. Prints the rest at the end of its
/// life.
class Output {
  public:
    explicit Output(const Terminal& terminal) : terminal_{terminal} {}
    Output(const Output&) = delete;
    ~Output() { flush(); }

    void write(std::string_view text) {
        held_ += text;
        if (held_.size() >= most_held) flush();
    }
    template <class... A>
    void print(FormatString<A...> text, const A&... args) {
        Text<480> line;
        line.format<A...>(text, args...);
        write(line.view());
    }
    void flush() {
        terminal_.write(held_);
        held_.clear();
    }

  private:
    static constexpr std::size_t most_held = 4096;
    const Terminal& terminal_;
    std::string held_;
};

} // namespace pith::proto
