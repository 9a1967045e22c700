#pragma once

#include "os/client.h"

/// A board for notes: each is taken once, the oldest first.
namespace pith::example::board {

using Text = os::Chunk<200>;

struct Put {
    using Reply = os::Done;
    static constexpr bool repeatable = false; // twice would be two notes
    Text bytes;
};
/// Answered when there is a note.
struct Take {
    using Reply = struct Note;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct Note {
    u64 number;
    Text bytes;
};
struct Protocol {
    using Messages = TypeList<Put, Take>;
};
using Client = os::Client<Protocol>;

} // namespace pith::example::board
