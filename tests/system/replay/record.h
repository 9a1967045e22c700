#pragma once

#include "base/types.h"

#include <cstddef>
#include <span>

namespace pith::replay {

/// What tests/model/recorder.cpp has written. Numbers of seven bits a byte, the lowest first:
///
///   system    processes; threads, each: process, priority, its buffer's address; objects, each: Kind,
///   number;
///             handles, each: process, object, rights; then sequences, each behind a 1; 0
///   sequence  steps; 0
///   step      thread + 1, number of the call, six words, each: Word, number; whether nobody ran then until
///   what
///             is done in the background was done; how many calls are done, each:
///             thread, rax, and
///             of a message  rdi, digest of the words
///             of a call that succeeded and makes a handle  whose it is
///             of another one that succeeded  rdx, rsi, r8
///
/// Of a message the words are: handle, deadline (0: none), a handle to send (0: none), the first word (0:
/// 11), how often the handle is sent (0: once), the fourth word (0: 14). Its other words count up from 11.
class Record {
  public:
    explicit Record(std::span<const std::byte> bytes) : rest_{bytes} {}
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    u64 next() {
        u64 number = 0;
        for (u32 shift = 0; !rest_.empty(); shift += 7) {
            const u64 byte = static_cast<u64>(rest_.front());
            rest_ = rest_.subspan(1);
            number |= (byte & 0x7f) << shift;
            if (byte < 0x80) break;
        }
        return number;
    }

  private:
    std::span<const std::byte> rest_;
};

enum class Word : u8 { number, handle, later };
enum class Kind : u8 { process, thread, endpoint, notification, queue, memory };

} // namespace pith::replay
