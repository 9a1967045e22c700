#include "os/start.h"

pith::Result<int> program_main(pith::os::Start&) { return 1; }
