"""Tests of what one types at the shell: its own commands, and options of the utilities."""
from __future__ import annotations

from case import Case

PROMPT = r"pith:/> \Z"


def _shell(name: str, *lines: str, **expected: object) -> Case:
    return Case(name=f"shell.{name}", input=list(lines), **expected)  # type: ignore[arg-type]


def _ends_no_service(terminal: int) -> Case:
    """The shells of the other terminals were not given the right to have others' processes ended; all of the first numbers are that."""
    typed = [key for number in range(1, 10) for key in ("spc", str(number))]
    return Case(name=f"keyboard.terminal-{terminal}-ends-no-service", keys=[f"alt-f{terminal}", *"kill", *typed, "ret"],
                shows=[rf"^kill: {number}: permission denied$" for number in range(1, 10)], never=[r"^.*(init|devices|volumes): \S+ killed"])


WITH_USAGE = ("budget cat cmp cp crash date dd devices df disks dmesg du env find free grep head hexdump keymap ktrace ln ls lspci mem mkdir "
              "mount mv poweroff ps reboot rm rmdir sha256sum sleep stat sync tail tee top touch umount uptime wc").split()


def _misused() -> Case:
    """Each program that is misused shows its usage where complaints go, nothing where results go, and ends with status 2."""
    return _shell("utilities.misused", "cd /tmp", *(f"{name} -! > o 2> e; echo {name} $?; wc -c < o; grep -c 'usage: {name}' e" for name in WITH_USAGE),
                  "debug > o 2> e; echo $?; wc -c < o; cat e; mem x > o; ps x; top 1 2 > o; echo -! x | wc -l; budget 600 mem > o 2> e; cat o; wc -l < e; debug true 2> e | wc -c; tail -n 1 e; ls /sys | budget 600 grep -c config 2> e", status=0, timeout=60,
                  exactly="".join(f"{name} 2\n      0 \n1\n" for name in WITH_USAGE)
                  + "2\n      0 \nusage: debug PROGRAM WORDS…\nusage: mem [-w]\nusage: ps [-e | -A | -f | aux]\nusage: top [[-n] ROUNDS]\n      1 \n      2 \n      0 \n[exited with status 0]\n1\n")


def _links_and_streams() -> Case:
    """Links are shown as links where they are asked for; dd copies from and to streams; df knows what holds a path; cmp and rm as others do."""
    return _shell("utilities.as-expected", "cd /tmp; mkdir d; ln -s d l; ln -s no dangling; echo 1 > d/x; echo hi > z",
                  "ls l; ls -l l | grep -c 'l -> d'; ls l/ -l | wc -l; ls dangling; ls -l dangling | grep -c 'dangling -> no'; ls -d l; ls dangling/; ls no l",
                  "df /tmp z l /bin | wc -l; df z | grep -c /tmp; df nope; echo $?",
                  "echo hello | dd status=none; echo hello | dd bs=1 count=3 skip=1 status=none; echo; dd if=z 2> e; cat e; echo abcde | dd of=q bs=4 status=none; cat q",
                  "cat /bin/ls | dd bs=1000 status=none | cmp - /bin/ls && echo same; dd if=/bin/ls status=none | true; dd if= of=q; dd seek=1 < z",
                  "cmp z nope; cmp nope z; echo $?; rm -f; echo $?; rm -r; echo $?",
                  "X=1 env | grep -c X=1; X=1 Y='2 3' env | grep Y; echo $X; X=8; X=9 env | grep X=; X=7 env 2> e | grep X=; echo $X; env | grep pwd; A=1 nope; echo $?",
                  "echo x | sha256sum -c; echo $?; sha256sum z > s; echo x >> s; sha256sum z >> s; sha256sum -c s 2> e; cat e; budget 300 date 2> e; grep 'date: ' e; budget 200 dd if=z of=q bs=1M 2> e; grep 'dd: ' e",
                  "find . -maxdepth 1 -name '[dl]*'; find d -maxdepth 0; find . -maxdepth x 2>&1 | grep -c usage; echo [dl] [!a-y] '[dl]'",
                  "echo 'echo script' > s; ./s; echo $?; . s", "exit 1 2", "echo still here", status=0,
                  exactly="x\n1\n      1 \ndangling\n1\nl\nls: dangling/: not found\nls: no: not found\nl:\nx\n"
                  "      5 \n1\ndf: nope: not found\n1\n"
                  "hello\nell\nhi\n0+1 records in\n0+1 records out\n3 bytes copied\nabcde\n"
                  "same\n" + "usage: dd [if=FROM] [of=TO] [bs=SIZE] [count=N] [skip=N] [seek=N] [conv=notrunc,sync,fsync] [status=none]\n" * 2
                  + "cmp: nope: not found\ncmp: nope: not found\n2\n0\nusage: rm [-rf] PATH…\n2\n"
                  "1\nY=2 3\n\nX=9\nX=7\n8\npwd=/tmp\nnope: command not found\n127\n"
                  "sha256sum: -: bad format\n1\nz: OK\nz: OK\nsha256sum: s: bad format\ndate: nobody knows what time it is\ndd: no memory\n"
                  "./d\n./dangling\n./l\nd\n1\nd l z [dl]\n"
                  "./s: cannot run: it is no program (`. FILE` runs a script)\n126\nscript\nexit: too many arguments\nstill here\n")


CASES = [
    _misused(), _links_and_streams(),
    _ends_no_service(2),
    _ends_no_service(3),
    _shell("utilities.options", "cd /tmp; echo one > .hidden; echo two > b; sleep 0.1; echo three > a", "ls; ls -a; ls -t; ls -tr; ls -d .",
          "mkdir d; cp -a a b d; find d -newer b", "grep -rl t d; grep -q two b && echo is-there; grep -r two d; grep -q no b || echo is-not",
          "ls | head -1; ls | tail -1", "ln -s a l; ln -sf b l; cat l; ln a d; ln a d/x; ln -f b d/x; cat d/x",
          "ln -f none d/x; cat d/x; ln -f b b; ln -sf b b; cat b; ls",
          "head -n 1 b none .hidden; tail -n +2 a; cat a b | tail -n +2; ls -i b | grep -c b; date -u +x; du -b; du -s .",
          "cat /bin/ls > big; du -h b; cd /; cd -; cd nowhere; sleep 0.x; kill 99999; kill %7 -1 %; rm nothing; rm -f nothing; rmdir /tmp",
          exactly="a\nb\n.hidden\na\nb\na\nb\nb\na\n.\n" "d\nd/a\n" "d/a\nd/b\nis-there\nd/b:two\nis-not\n" "a\nd\n"
                  "two\nln: d: exists already\ntwo\n" "ln: d/x: not found\ntwo\nln: b: exists already\ntwo\na\nb\nd\nl\n"
                  "head: none: not found\n==> b <==\ntwo\n\n==> .hidden <==\none\ntwo\n1\nx\n       10 ./d\n       25 .\n        1 .\n" "        4 b\n/tmp\ncd: /tmp/nowhere: not found\nusage: sleep SECONDS\n" + "kill: 99999: no such process\nkill: %7: no such job\nkill: -1: bad argument\nkill: %: bad argument\n"
                  + "rm: nothing: not found\nrmdir: /tmp: in use\n", status=1),
    _shell("language.complaints", "ls /nope 2> /tmp/e; cat /tmp/e", "nope 2>> /tmp/e; cd /nope 2>> /tmp/e; cat /tmp/e | wc -l",
          "ls /nope /sys/config &> /tmp/e; wc -l < /tmp/e", "cat /nope 2>&1 | grep -c nope", "cat /nope 2>&1 > /tmp/e | grep -c nope",
          "echo shown >&2 | wc -c", "crash null 2> /tmp/e; echo $?", "cd ~; pwd; echo ~/a | grep -c /home",
          exactly="ls: /nope: not found\n      3 \n      2 \n1\n1\nshown\n      0 \ncrash: page fault at 0x0\n142\n/home\n1\n", status=0),
    _shell("utilities.more", "cd /tmp; echo -n 'zwölf x' > a; wc -m a; wc -c < a; cat -n a a; echo; head -c 2 a; echo; tail -c 1 a; echo; stat -c '%n %s %F %h' a",
          "dd if=/bin/ls of=b bs=1k count=2; dd if=a of=b bs=4 seek=1 status=none; wc -c b; dd if=a of=b bs=4 conv=notrunc,sync status=none; wc -c b",
          "dd if=a of=b bs=16 conv=sync seek=3; hexdump -C -s 40 b; hexdump -n 3 -s 1 a; hexdump -v -n 32 b | wc -l; tail -n x a; dd if=a of=c conv=swab; dd if=/bin of=c",
          "echo more > f; tail -f f > g & sleep 0.5; echo and more >> f; sleep 0.5; kill %1; wait; cat g", "free -h | grep Memory | wc -w; ps aux | grep -c ps; ps -x -q; dmesg -w > l & sleep 0.5; kill %1; grep -c ready l > n && echo logged",
          output=[r"\A {6}7 a\n {6}8 \n {5}1  zwölf xzwölf x\nzw\nx\na 8 file 1$", r"^2\+0 records in\n2\+0 records out\n2048 bytes copied\n +12 b\n +12 b$",
                  r"^0\+1 records in\n0\+1 records out\n16 bytes copied\n00000028  (00 ){8}7a 77 c3 b6 6c 66 20 78  \|\.{8}zw\.\.lf x\|$",
                  r"^00000040\n00000001  77 c3 b6 +\|w\.\.\|\n00000004\n {6}3 $", r"^tail: how many\?: bad argument\nusage: dd (.*\n)dd: /bin: is a directory$",
                  r"^more\nand more$", r"^ +4 $", r"^[1-9]$", r"^usage: ps ", r"^logged$"],
          status=0),
    _shell("language.own-commands", "export a=b c; export | grep a=; set > /tmp/s; grep a= /tmp/s; unset a; set | grep a= || echo no a; sleep 9 & jobs | cat; kill -9 %1",
          "cd / | cat; exit 3 > /tmp/s; echo | wait", "kill -l; kill -HUP 1; kill; kill -TERM 1 init", "ls | jobs; jobs | true; echo $?", "''; '' | cat; ''; echo nobody: $?",
          output=[r"^a=b\na=b\nno a$", r"^\[1\] sleep$", r"^cd: it is the shell's own", r"^exit: it is", r"^wait: it is", r"^KILL TERM$",
                  r"^kill: there are no signals", r"^kill: usage: ", r"^kill: 1: permission denied$", r"^kill: init: bad argument$", r"^0$", r"^nobody: 12[67]$"],
          status=0),
    _shell("language.input-of-programs", "cat; wc -l; echo one | cat", "echo two", output=[r"^ *0 *\none\ntwo$"], status=0),
    # The first of them reads while the shell still starts the others.
    Case(name="terminal.typed-before-all-run", on={"cores": 4},
         dialogue=[("", PROMPT), ("cat | cat | cat | cat | cat | cat\rax\x7fb\r", r"ax\x08 \x08b\r\nab\r\n"), ("\x04", PROMPT)]),
    # Each line comes in while the one before is still going out.
    Case(name="terminal.typed-while-it-prints", on={"cores": 4},
         dialogue=[("", PROMPT), ("cat\r", r"cat\r\n"), *[("ab\r", r"ab\r\nab")] * 200, ("\x04", PROMPT)]),
    Case(name="terminal.interrupt-reading",
         dialogue=[("", PROMPT), ("cat\r", r"cat\r\n"), ("onx\x7fe\r", r"onx\x08 \x08e\r\none\r\n"), ("\x03", PROMPT), ("echo on\r", r"\r\non\r\npith:/> \Z"),
                   ("cat; echo not-reached\r", r"cat; echo not-reached\r\n"), ("\x03", r"killed\r\npith:/> \Z"),
                   ("top\r", r"(?s)cores \d+ % busy.*\x1b\[H.* busy"), ("q", PROMPT), ("top\r", r"busy"), ("\x03", PROMPT), ("echo off\r", r"\r\noff\r\npith:/> \Z")]),
]
