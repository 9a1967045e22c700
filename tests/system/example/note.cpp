// note [TEXT]: puts a note on the board; without one, waits for a note and takes it.
#include "board.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto note = TRY(proto::Utility::open(start, "", "note [TEXT]", 0, 1));
    if (!note) return proto::status_misuse;
    const auto board = TRY(start.take<example::board::Client>("board"));
    if (note->operands().empty()) {
        const auto taken = TRY(board.call(example::board::Take{}));
        note->program.output().print("{}: {}\n", taken.number, taken.bytes.view());
        return 0;
    }
    const std::string_view text = note->operands()[0];
    const auto put = text.size() <= example::board::Text::capacity
                         ? board.call(example::board::Put{example::board::Text::of(text)})
                         : fail(Error::too_large);
    if (put) return 0;
    note->complain("the board", put.error());
    return 1;
}
