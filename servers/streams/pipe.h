#pragma once

#include "base/types.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>

namespace pith::os::streams {

/// Bytes between who writes and who reads. Reader and Writer are the rights to answer one that waits:
/// `answer(bytes)`, `answer_written()`, `answer_closed()`.
template <class Reader, class Writer>
class Pipe {
  public:
    static constexpr u64 capacity = 4096;
    static constexpr u64 longest_read = 480;

    /// Empty: the reader has to wait, or has come to the end (`at_end`).
    [[nodiscard]] std::string read(u64 most) {
        std::string bytes = held_.substr(0, std::min(most, longest_read));
        held_.erase(0, bytes.size());
        admit_writers();
        return bytes;
    }
    [[nodiscard]] bool at_end() const { return held_.empty() && writer_gone_; }
    void wait(Reader reader, u64 most) { readers_.push_back({std::move(reader), most}); }

    [[nodiscard]] bool closed() const { return reader_gone_; }
    /// False: it does not fit behind what waits, and the writer has to wait.
    [[nodiscard]] bool write(std::string_view bytes) {
        if (!writers_.empty() || held_.size() + bytes.size() > capacity) return false;
        held_ += bytes;
        serve_readers();
        return true;
    }
    void wait(Writer writer, std::string_view bytes) {
        writers_.push_back({std::move(writer), std::string{bytes}});
    }

    void end_writing() {
        writer_gone_ = true;
        serve_readers();
    }
    void end_reading() {
        reader_gone_ = true;
        for (auto& waiting : writers_)
            waiting.writer.answer_closed();
        writers_.clear();
    }
    [[nodiscard]] bool unused() const { return writer_gone_ && reader_gone_; }

  private:
    struct WaitingReader {
        Reader reader;
        u64 most;
    };
    struct WaitingWriter {
        Writer writer;
        std::string bytes;
    };
    void serve_readers() {
        while (!readers_.empty() && (!held_.empty() || writer_gone_)) {
            WaitingReader next = std::move(readers_.front());
            readers_.pop_front();
            next.reader.answer(read(next.most));
        }
    }
    void admit_writers() {
        while (!writers_.empty() && held_.size() + writers_.front().bytes.size() <= capacity) {
            held_ += writers_.front().bytes;
            WaitingWriter next = std::move(writers_.front());
            writers_.pop_front();
            next.writer.answer_written();
        }
    }

    std::string held_;
    std::deque<WaitingReader> readers_;
    std::deque<WaitingWriter> writers_; ///< in front of the pipe, in their order
    bool writer_gone_ = false;
    bool reader_gone_ = false;
};

} // namespace pith::os::streams
