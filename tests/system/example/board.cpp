// The board: keeps notes until somebody takes them, and lets wait who comes before there is one.
#include "board.h"
#include "os/server.h"
#include "os/start.h"

#include <vector>

using namespace pith;

namespace {

using namespace example::board;

class Board {
  public:
    Result<os::Done> on(const Put& m, const os::Caller<Put>& /*caller*/) {
        if (notes_.size() == most) return fail(Error::no_space);
        notes_.push_back({++last_number_, m.bytes});
        if (!waiting_.empty()) {
            waiting_.front().answer(take_oldest());
            waiting_.erase(waiting_.begin());
        }
        return os::Done{};
    }
    os::MaybeAnswer<Take> on(const Take& /*m*/, const os::Caller<Take>& caller) {
        if (!notes_.empty()) return take_oldest();
        if (waiting_.size() == most) return fail(Error::busy);
        waiting_.push_back(TRY(caller.keep()));
        return std::nullopt; // answered by who puts a note
    }

  private:
    static constexpr u64 most = 8; // nobody makes this process grow

    [[nodiscard]] Note take_oldest() {
        const Note note = notes_.front();
        notes_.erase(notes_.begin());
        return note;
    }

    u64 last_number_ = 0;
    std::vector<Note> notes_;
    std::vector<os::Pending<Take>> waiting_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    Board board;
    os::log_line("ready");
    TRY(os::serve<Protocol>(endpoint, board));
    return 0;
}
