"""The smaller parts: the initial ram disk, QEMU's command line, missing packages."""
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

from pithlib import ROOT, Failure, command, packages
from pithlib.qemu import Machine


class Initrd(unittest.TestCase):
    def pack(self, *names):
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "out"
            source = pathlib.Path(folder) / "in"
            source.write_text("text")
            done = subprocess.run([sys.executable, ROOT / "tools/initrd.py", output,
                                   *(f"{name}={source}" for name in names)], capture_output=True, text=True)
            if done.returncode:
                return done.stderr.strip()
            with tarfile.open(output) as archive:
                self.assertTrue(all(e.mtime == 0 and e.uid == 0 and e.gid == 0 for e in archive))
                return archive.getnames()

    def test_order(self):
        self.assertEqual(self.pack("bin/ls", "sys/config", "a", "sys/core"), ["sys/core", "sys/config", "a", "bin/ls"])

    def test_refused_names(self):
        for name in ("/abs", "./dot", "a/../b", "sys/core.old", "sys/configuration", "x" * 100):
            self.assertRegex(self.pack("sys/core", name), "^initrd: ")
        self.assertRegex(self.pack("a", "a"), "^initrd: twice")


class Options(unittest.TestCase):
    def test_machine(self):
        machine, options = command._machine("run", ["--cores", "4", "--memory", "64M", "--timeout", "5", "--", "-s"])
        line = machine.command()
        self.assertEqual(options.timeout, 5.0)
        self.assertEqual(line[line.index("-smp") + 1], "4")
        self.assertEqual(line[line.index("-m") + 1], "64M")
        self.assertEqual(line[-1], "-s")
        self.assertIn("-no-reboot", line)

    def test_mistakes_are_told(self):
        for arguments in (["--cores", "0"], ["--memory", "lots"], ["--icount", "--cores", "2"], ["--firmware", "x"],
                          ["--nonsense"], ["stray"]):
            with self.assertRaises(Failure, msg=str(arguments)) as caught:
                command._machine("run", arguments)
            self.assertEqual(caught.exception.status, 2)

    def test_environment_reaches_the_loader(self):
        line = Machine(environment={"terminal": "plain", "log": "quiet"}).command()
        self.assertEqual(line[line.index("-append") + 1], "terminal=plain log=quiet")


class Packages(unittest.TestCase):
    def test_missing(self):
        there = packages.Package("python", [sys.executable])
        gone = packages.Package("gone", ["/nowhere/at/all", "no-such-program"])
        self.assertEqual(packages.missing([there, gone]), [gone])
