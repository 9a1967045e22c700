#include "proto/output.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    proto::Output output{terminal};
    output.write(
        "Files:    cat cmp cp du df find grep head hexdump ln ls mkdir mount mv rm rmdir sha256sum stat sync "
        "tail\n"
        "          tee touch umount wc\n"
        "System:   clear date devices disks dmesg echo env free help keymap ktrace lspci mem poweroff ps pwd "
        "reboot\n"
        "          sleep top true uname uptime false\n"
        "          debug PROGRAM shows its system calls and faults; pin CORE COMMAND runs it on that core "
        "only\n"
        "          budget PAGES PROGRAM runs it with so much memory\n"
        "To try:   captest ipctest spin, and crash KIND (divide, null, jump, write-code, opcode, "
        "privileged,\n"
        "          stack, memory)\n"
        "Shell:    cd [PATH]  exit [STATUS]  . FILE  jobs  wait  kill ID|%JOB  set  export  unset  "
        "NAME=VALUE\n");
    output.write("          a | b    a > file    a >> file    a < file    a && b    a || b    a ; b    a &\n"
                 "          a 2> file    a > file 2>&1    ~ * ? [a-z] $NAME $? '...' \"...\" \\ #\n"
                 "A program that is misused shows its usage.\n");
    return 0;
}
