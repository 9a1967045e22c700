// Never ends by itself: to see that the others go on.
#include "os/start.h"

pith::Result<int> program_main(pith::os::Start&) {
    for (;;)
        asm volatile("pause");
}
