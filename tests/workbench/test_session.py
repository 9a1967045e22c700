"""Piped input: what comes out, and the exit status."""
import pathlib
import sys
import time
import unittest
from unittest import mock

from pithlib import Failure
from pithlib.guest import EmulatorCrash, Guest
from pithlib.session import Script

FAKE = pathlib.Path(__file__).with_name("fake_qemu.py")


def run(kind, *chunks, seconds=20.0):
    shown = []
    with Guest([sys.executable, str(FAKE), str(kind)]) as guest:
        status = Script(guest, time.monotonic() + seconds, shown.append).run(iter(chunks))
        return status, b"".join(shown), guest.end_reason


class Session(unittest.TestCase):
    def test_output_is_clean_and_the_status_is_the_shells(self):
        self.assertEqual(run(0, b"hello\n"), (0, b"you said hello\n", "guest-shutdown"))
        self.assertEqual(run(7, b"a\n", b"", b"b\n"), (7, b"you said a\nyou said b\n", "guest-shutdown"))

    def test_no_input_is_an_end_of_input(self):
        self.assertEqual(run(3), (3, b"", "guest-shutdown"))

    def test_the_last_line_needs_no_line_end(self):
        self.assertEqual(run(0, b"x", b"y")[1], b"you said xy\n")

    def test_much_input(self):
        lines = b"".join(b"line %d\n" % n for n in range(2000))
        status, output, _ = run(0, lines)
        self.assertEqual(status, 0)
        self.assertEqual(output.count(b"you said "), 2000)

    def check_failure(self, kind, status, text, seconds=20.0):
        with self.assertRaises(Failure) as caught:
            run(kind, b"x\n", seconds=seconds)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(text, str(caught.exception))

    def test_an_emulator_that_stays_when_the_machine_has_ended(self):
        begin = time.monotonic()
        with mock.patch("pithlib.guest.PATIENCE", 0.3):
            self.assertEqual(run("lingers", b"x\n"), (5, b"you said x\n", "guest-shutdown"))
        self.assertLess(time.monotonic() - begin, 15)

    def test_a_machine_that_dies(self):
        self.check_failure("dies", 125, "console: ready")

    def test_an_emulator_that_crashes(self):
        with self.assertRaises(EmulatorCrash) as caught:
            run("crashes", b"x\n")
        self.assertIn("SIGABRT: an assertion of its own failed", str(caught.exception))

    def test_who_ends_the_emulator_sees_no_crash(self):
        for end in (Guest.kill, Guest.stop):
            with Guest([sys.executable, str(FAKE), "silent"]) as guest:
                end(guest)
                guest.stop()
                guest.check_emulator()

    def test_a_loader_that_gives_up(self):
        self.check_failure("loader-error", 125, "pith-loader: no initrd")

    def test_time_out_before_the_console(self):
        self.check_failure("silent", 124, "did not come up", seconds=0.5)

    def test_time_out_in_the_shell(self):
        self.check_failure("hangs", 124, "hanging on", seconds=0.7)
