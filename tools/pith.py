"""What ./pith runs: builds, runs, tests and debugs Pith. CMake, CTest and QEMU do the work."""
import sys

if sys.version_info < (3, 9):
    sys.exit("pith: needs Python 3.9 or later")
sys.dont_write_bytecode = True

from pithlib import command  # noqa: E402

sys.exit(command.main(sys.argv[1:]))
