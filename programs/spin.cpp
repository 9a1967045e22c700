// Never ends by itself: to see that the others go on.
#include "os/start.h"

pith::Result<int> program_main(pith::os::Start&) {
    for (volatile pith::u64 turns = 0;; turns = turns + 1) {
    }
}
