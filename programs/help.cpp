#include "proto/terminal.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::open(start));
    terminal.write("cat FILE…        show files\n"
                   "cd [PATH]        go to a directory\n"
                   "crash KIND       fault on purpose: divide, null, jump, write-code, opcode, privileged, "
                   "stack, memory\n"
                   "echo WORDS…      print words\n"
                   "exit [STATUS]    end the shell, and with it the system\n"
                   "help             show this\n"
                   "ipctest          test messages between processes\n"
                   "captest          test handing out and taking back\n");
    terminal.write("ls [-l] [PATH…]  list directories\n"
                   "mem              show memory and messages\n"
                   "top [ROUNDS]     show what each process does within a second\n"
                   "ktrace [on|off]  have the kernel note what it does; show it\n"
                   "poweroff         turn the machine off\n"
                   "ps               list processes\n"
                   "pwd              show the directory\n"
                   "reboot           start the machine again\n"
                   "spin             never end; Ctrl-C stops it\n"
                   "true, false      end with status 0, 1\n");
    return 0;
}
