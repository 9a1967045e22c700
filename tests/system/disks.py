"""Tests of disks: what the system wrote is there for the host, and the other way round, and outlives power and drivers."""
from __future__ import annotations

import pathlib
import re
import subprocess
import tarfile
import tempfile
from typing import Callable

import tables
from case import DISK_SIZE, Case, Outcome
from pithlib import build, disk, image

KILL_VIRTIO = "devices -r 00:02.0"


def _shell() -> bytes:
    with tarfile.open(build.INITRD) as archive:
        return archive.extractfile("bin/shell").read()  # type: ignore[union-attr]


def holds(**files: bytes) -> Callable[[pathlib.Path], str]:
    """The file system is whole and has these files, by the host's tools."""

    def judge(path: pathlib.Path) -> str:
        for name, content in files.items():
            found = disk.debugfs(path, f"cat /{name}")
            if found != content:
                return f"the host reads {found[:60]!r} ({len(found)} bytes) from {name}, not {content[:60]!r} ({len(content)})"
        return disk.checked(path)

    return judge


def then_writes(judge: Callable[[pathlib.Path], str], name: str, content: bytes) -> Callable[[pathlib.Path], str]:
    """After that, the host writes a file of its own."""

    def act(path: pathlib.Path) -> str:
        why = judge(path)
        if not why:
            disk.put(path, name, content)
            why = disk.checked(path)
        return why

    return act


PROMPT = r"pith:/> \Z"
PROMPT_HOME = r"pith:/home> \Z"
BIG = 8  # shells, one behind the other
HOSTS = bytes(range(256)) * 5000


def _files(**more: bytes) -> dict[str, bytes]:
    return {"a": b"kept\n", "big": _shell() * BIG, **more}


def kept(name: str, bus: str, **on: object) -> Case:
    """Written, synced, and the power is cut; the host reads it and writes; on another bus, the system reads that."""
    write = ["cd /home", "echo kept > a", f"cat {' '.join(['/bin/shell'] * BIG)} > big", "sync; echo is-safe"]
    read = ["cd /home", "cat a", "wc -c host", "cat host > copy", "echo last > last", "poweroff"]
    second = Case(name="read-again", disk="ahci" if bus != "ahci" else "nvme", input=read, timeout=60, ends="guest-shutdown",
                  output=[r"^kept$", rf"\b{len(HOSTS)}\b"],
                  on_disk=lambda path: holds(**_files(last=b"last\n", host=HOSTS, copy=HOSTS))(path))
    return Case(name=f"disks.{name}", on=on, disk=bus, input=write, killed="^is-safe", timeout=90,
                on_disk=lambda path: then_writes(holds(**_files()), "host", HOSTS)(path), then=second)


def fat_holds(**files: bytes) -> Callable[[pathlib.Path], str]:
    """The FAT32 file system is whole and has these files, by the host's tools."""

    def judge(path: pathlib.Path) -> str:
        for name, content in files.items():
            found = disk.mtools(path, "mtype", f"::{name.replace('_', ' ')}").stdout
            if found != content:
                return f"the host reads {found[:60]!r} ({len(found)} bytes) from {name}, not {content[:60]!r} ({len(content)})"
        return disk.checked_fat(path)

    return judge


def fat_then_writes(judge: Callable[[pathlib.Path], str], name: str, content: bytes) -> Callable[[pathlib.Path], str]:
    """After that, the host writes a file of its own."""

    def act(path: pathlib.Path) -> str:
        why = judge(path)
        if not why:
            with tempfile.NamedTemporaryFile() as file:
                file.write(content)
                file.flush()
                why = disk.mtools(path, "mcopy", file.name, f"::{name}").stderr.decode()
        return why or disk.checked_fat(path)

    return act


def fat_kept() -> Case:
    """A stick's FAT32 at /home: the same as `kept`, with long names, directories and a name that is replaced."""
    write = ["cd /home", "mkdir 'A directory'; echo kept > 'A directory/a'", f"cat {' '.join(['/bin/shell'] * BIG)} > big",
             "echo old > target; echo new > source.text; mv source.text target", "ln -s a b", "sync; echo is-safe"]
    read = ["cd /home", "cat 'a DIRECTORY/A'", "wc -c host", "cat HOST > 'a copy'; rm target", "ls", "poweroff"]
    second = Case(name="fat-again", disk="nvme", input=read, timeout=60, ends="guest-shutdown",
                  output=[r"^kept$", rf"\b{len(HOSTS)}\b", r"^a copy$"], never=[r"^target$"],
                  on_disk=lambda path: fat_holds(big=_shell() * BIG, host=HOSTS, a_copy=HOSTS)(path))
    return Case(name="disks.fat", disk="virtio", disk_made=disk.create_fat, input=write, killed="^is-safe", timeout=90,
                output=[r"^ln: .*: unsupported$"], then=second,
                on_disk=lambda path: fat_then_writes(fat_holds(big=_shell() * BIG, target=b"new\n"), "host", HOSTS)(path))


def driver_killed_under_files() -> Case:
    """The driver is killed while files are written; whoever writes does not notice, and nothing is lost."""
    copies = [f"cat {' '.join(['/bin/shell'] * BIG)} > big{n} &" for n in range(2)]
    kills = [KILL_VIRTIO, "echo between > between", KILL_VIRTIO, "sync", KILL_VIRTIO, KILL_VIRTIO]
    return Case(name="disks.driver-killed-under-files", disk="virtio", status=0, timeout=180,
                input=["cd /home", *copies, *kills, "wait", "sync", "cat between", "devices"],
                output=[r"^between$", r"^00:02.0 virtio_blk, restarted 4 times$"], log=[r"(devices: virtio_blk killed(.|\n)*){4}"],
                on_disk=lambda path: holds(between=b"between\n", big0=_shell() * BIG, big1=_shell() * BIG)(path))


def killed_by_number() -> Case:
    """Somebody at a terminal looks up the disk's driver and the file server in `ps` and kills both, while they are at work."""
    prompt = PROMPT_HOME
    numbers = r"(?=.* (?P<driver>\d+) virtio_blk )(?=.* (?P<server>\d+) home ).*" + prompt
    sums = 12
    return Case(name="disks.killed-by-number", disk="virtio", timeout=90, dialogue=[
        ("", PROMPT), (f"cd /home; cat {' '.join(['/bin/shell'] * BIG)} > big; sha256sum big > /tmp/sum; sync\r", prompt),
        (f"cat {' '.join(['/tmp/sum'] * sums)} > /tmp/sums; ps\r", "(?s)" + numbers),
        ("cat big big big > copy & kill {driver}; jobs; wait; cat big big big | sha256sum; sha256sum < copy; sync; ps\r",
         r"(?s)\[1\] cat\r\n.*(?P<sum>[0-9a-f]{64})  -\r\n(?P=sum)  -\r\n.*" + numbers),
        ("cp big /tmp/copy & sha256sum -c /tmp/sums > /tmp/checked & kill {driver} {server}; jobs; wait\r",
         r"(?s)\[1\] cp\r\n\[2\] sha256sum\r\n.*" + prompt),
        ("wc -l /tmp/checked; grep -v OK /tmp/checked; cmp big /tmp/copy && echo same; devices\r",
         rf"(?s)wc -l.* {sums} /tmp/checked\r\nsame\r\n.*virtio_blk, restarted 2 times\r\n"),
        ("kill {driver}; spin & ps\r", r"(?s)kill: \d+: no such process\r\n.* (?P<spin>\d+) spin .*" + prompt),
        ("kill {spin}; wait\r", r"spin: (.*)killed\r\n")],
        log=[r"devices: virtio_blk killed", r"init: home killed"],
        on_disk=lambda path: holds(big=_shell() * BIG, copy=_shell() * BIG * 3)(path))


def server_killed_unsynced() -> Case:
    """A file server is killed with changes that were not safe. Who wrote to it hears that they may be lost, and so does who syncs, once; who
    did not, or only reads, does not notice."""
    lost = "what was written before may be lost"
    prompt = PROMPT_HOME
    return Case(name="disks.server-killed-unsynced", disk="virtio", timeout=90, dialogue=[
        ("", PROMPT), ("cd /home; echo kept > kept; echo first > h; sync; echo > /tmp/in; touch /tmp/other; ps\r", rf"(?s) (?P<server>\d+) home .*{prompt}"),
        ("tail -f kept > /tmp/read & tail -f /tmp/other >> h & sleep 1; sync; echo ready\r", rf"(?s)\r\nready\r\n.*{prompt}"),
        ("tail -f /tmp/in > f & tail -f /tmp/in | tee g & sleep 1; kill {server}; echo more > /tmp/in; sleep 1; kill %3 %4; sleep 0.2\r",
         rf"(?s)tee: write: {lost}\r\n.*shell: f: {lost}\r\n.*{prompt}"),
        ("sync; sync && echo all is well\r", rf"(?s)sync: .home: {lost}\r\nall is well\r\n.*{prompt}"),
        ("echo second >> kept; echo x >> /tmp/other; sleep 1; kill %1 %2; wait; cat /tmp/read h\r",
         rf"(?s)\r\nkept\r\nsecond\r\nfirst\r\nx\r\n.*{prompt}")],
        log=["init: home killed", "home: what was not safe yet"], never=["shell: h:", "tail: .*lost"])


def mounted_by_hand() -> Case:
    """Partitions are mounted and taken away; what is in use is not; what was taken away is in order at once, whatever follows."""
    def judge(path: pathlib.Path) -> str:
        found = disk.debugfs(path, "cat /a", name="spare")
        if found != b"kept\n":
            return f"the host reads {found!r}"
        header = disk.debugfs(path, "show_super_stats -h", name="spare")
        if b"needs_recovery" in header:
            return "the journal is to be replayed"
        return disk.checked(path, "spare") or disk.checked(path)

    home, others = "ext4     read-write /home", "memory   read-write /tmp\nnothing  read-only  /boot"
    spare = "initrd   read-only  /\next4     read-write /mnt\n" + others
    steps = [
        ("mount spare /mnt; mount", f"{spare}\n{home}"),
        ("echo kept > /mnt/a; mkdir /mnt/d; mount disk0p2 /tmp/x", "mount: disk0p2: in use"),
        ("mount disk0 /tmp/x", "mount: disk0: in use"),
        ("mount fat /mnt", "mount: /mnt: exists already"),
        ("cd /mnt/d; umount /mnt; cd /", "umount: /mnt: in use"),
        ("sleep 1 < /mnt/a &", ""), ("umount /mnt; wait", "umount: /mnt: in use"),
        ("mount fat /mnt/d; mount", f"{spare}\n{home}\nFAT32    read-write /mnt/d"),
        ("umount /mnt", "umount: /mnt: in use"),
        ("echo below > /mnt/d/b; umount /mnt/d; cat /mnt/d/b", "cat: /mnt/d/b: not found"),
        ("cat /mnt/a; umount /mnt && echo gone; cat /mnt/a", "kept\ngone\ncat: /mnt/a: not found"),
        ("mount blank /mnt", "mount: blank: bad format"), ("mount nothing /mnt", "mount: nothing: not found"),
        ("mount spare /no/mnt", "mount: /no/mnt: not found"), ("mount spare /bin/ls", "mount: /bin/ls: not a directory"),
        ("mount fat /mnt; cat /mnt/b; umount /mnt", "below"), ("mount spare /mnt; cat /mnt/a; umount /mnt", "kept"),
        ("umount /home; mount home /mnt; mount home /home; umount /mnt; mount home /home", "mount: home: in use"),
        ("mount; echo is-safe", f"initrd   read-only  /\n{others.splitlines()[0]}\n{home}\n{others.splitlines()[1]}\nis-safe")]
    return Case(name="disks.mounted-by-hand", disk="virtio", disk_made=disk.create_several, killed=r"^is-safe\s", timeout=90,
                input=[typed for typed, _ in steps], exactly="".join(f"{said}\n" for _, said in steps if said), on_disk=judge)


def mounted_at_the_start() -> Case:
    """Two partitions by the system's table, a third by that of who lives here; the end of who mounts is no end of what is mounted."""
    volumes, server = r" (?P<volumes>\d+) volumes ", r" (?P<server>\d+) data "
    return Case(name="disks.mounted-at-the-start", disk="virtio", disk_made=disk.create_several, initrd=tables.with_mounts, timeout=90,
                log=[r"sys/mounted, line 4: DISK PATH TYPE was expected$", r"sys/mounted, line 8: sys/services does not allow it$",
                     r"lost: no disk: not found$", r"etc/mounts, line 2: DISK PATH TYPE was expected$"],
                never=[r"gone: no disk"],
                on_disk=lambda path: disk.checked(path, "spare") or disk.checked(path), dialogue=[
                    ("", PROMPT),
                    ("mount | grep data; echo x > /data/safe/a\r",
                     r"FAT32    read-write /data\r\next4     read-only  /data/safe\r\nshell: /data/safe/a: read-only\r\n"),
                    (f"cat {' '.join(['/bin/shell'] * BIG)} > /data/big; umount /data/safe; cd /home; mkdir etc\r", PROMPT_HOME),
                    ("echo 'spare /own ext4' > etc/mounts; echo what >> etc/mounts; cd /; ps\r", f"(?s)(?=.*{server}).*{volumes}.*{PROMPT}"),
                    ("cp /data/big /tmp/copy & kill {volumes} {server}; jobs; wait; cmp /data/big /tmp/copy && echo same\r",
                     r"\[1\] cp\r\n(.|\n)*^same\r\n"),
                    ("sleep 1; mount; ps\r", r"(?s)(?=.*FAT32    read-write /data\r)(?=.*ext4     read-write /own\r)" + f".*{volumes}.*{PROMPT}"),
                    ("echo mine > /own/m; sync; kill {volumes}; sleep 1; cat /own/m; umount /own; umount /data; ps\r",
                     rf"(?s)\r\nmine\r\n(?=.* (?P<mounts>\d+) mounts ).*{volumes}.*{PROMPT}"),
                    ("kill {volumes}; sleep 1; cd /home; cat etc/mounts; cd /; umount /home; mount; ps\r",
                     rf"(?s)\r\nspare /own ext4\r\nwhat\r\ninitrd   read-only  /\r\n(?=.*{volumes})((?!/data|/own|/home).)*{PROMPT}"),
                    ("kill {volumes} {mounts}; sleep 1; mount\r", r"(?s)\r\ninitrd   read-only  /\r\n" + f"((?!/data|/own|/home).)*{PROMPT}")])


def mounts_outlive_servers(name: str = "", **on: object) -> Case:
    """What was mounted and taken away by hand is there, and is not, when the servers that know of it are killed, under traffic too; open files
    stay open."""
    prompt = PROMPT
    numbers = r"(?s)(?=.* (?P<mounts>\d+) mounts )(?=.* (?P<volumes>\d+) volumes ).*" + prompt
    table = (r"initrd   read-only  /\r\nmemory   read-write /b\r\next4     read-write /mnt\r\nmemory   read-write /tmp\r\next4     read-write /home\r\n"
             r"FAT32    read-only  /tmp/f f\r\n")
    shell_twice = "cat /bin/shell /bin/shell | sha256sum"
    return Case(name=f"disks.mounts-outlive-servers{name}", on=on, disk="virtio", disk_made=disk.create_several, timeout=120, dialogue=[
        ("", PROMPT),
        ("umount /boot; mount spare /mnt; mkdir /tmp/a '/tmp/f f'; mount -b /tmp/a /b; mount -r fat '/tmp/f f'; echo kept > /mnt/kept; echo bound > /b/x\r", prompt),
        ("ps\r", numbers),
        (f"{shell_twice} > /tmp/sum; cat /bin/shell /bin/shell > /mnt/copy & kill {{mounts}}; mount; cat /mnt/kept /b/x; ls /boot; wait; ps\r",
         rf"(?s)\r\n{table}kept\r\nbound\r\n((?!not found).)*" + numbers[4:]),
        ("sha256sum < /mnt/copy | cmp - /tmp/sum && echo same; echo one > /mnt/log; sync; tail -f /mnt/log > /tmp/seen & sleep 1\r", rf"(?s)\r\nsame\r\n.*{prompt}"),
        (f"cat /bin/shell /mnt/copy > /tmp/read & kill {{volumes}}; cat /mnt/kept /b/x; echo two >> /mnt/log; echo no > '/tmp/f f/x'; mount; sleep 1; cat /tmp/seen\r",
         rf"(?s)\r\nkept\r\nbound\r\nshell: /tmp/f f/x: read-only\r\n{table}.*one\r\ntwo\r\n.*{prompt}"),
        ("kill %1; wait; cat /bin/shell /bin/shell /bin/shell | cmp - /tmp/read && echo whole; sync && ps\r", r"(?s)\r\nwhole\r\n.*" + numbers[4:]),
        ("kill {volumes}; sync && echo unharmed; ps\r", r"(?s)\r\nunharmed\r\n.*" + numbers[4:]),
        ("echo x > /mnt/x; kill {volumes}; sync; sync && echo well; ps\r", r"(?s)\r\nsync: /mnt: what was written before may be lost\r\nwell\r\n.*" + numbers[4:]),
        ("umount /b; umount '/tmp/f f'; umount /mnt; mount fat /mnt; umount /mnt; umount /home; kill {mounts} {volumes}; mount; ls /mnt /b; ps\r",
         r"(?s)\r\ninitrd   read-only  /\r\nmemory   read-write /tmp\r\nls: /mnt: not found\r\nls: /b: not found\r\n.*" + numbers[4:]),
        ("mount home /home; mount -b /home /b; kill {volumes} {mounts}; mount; mount spare /home\r",
         r"(?s)memory   read-write /tmp\r\next4     read-write /home\r\nmount: /home: exists already\r\n.*" + prompt),
        ("umount /b; umount /home; umount /home; sleep 1; mount\r",
         r"(?s)umount: /home: not found\r\ninitrd   read-only  /\r\nmemory   read-write /tmp\r\n.*" + prompt)],
        never=[r"volumes: .*(no sense|bad|denied)"], on_disk=lambda path: disk.checked(path, "spare") or disk.checked(path))


def judge_no_leak(outcome: Outcome) -> str:
    """After the first round, which makes room for what all share, each leaves as much memory in use as the one before."""
    used = [int(size) for size in re.findall(r"KiB, (\d+) KiB used", outcome.output)]
    outcome.note = f"in use after each round: {', '.join(map(str, used))} KiB"
    return "" if len(used) == 4 and used[3] <= used[1] else outcome.note


def mounts_leak_nothing() -> Case:
    """Rounds of mounting, the end of both servers, and unmounting leave nothing behind: neither memory nor what is kept for successors."""
    numbers = r"(?s)(?=.* (?P<mounts>\d+) mounts )(?=.* (?P<volumes>\d+) volumes ).*" + PROMPT
    mount = "mount spare /mnt; mount fat /f; mkdir /tmp/a; mount -b /tmp/a /b; echo x > /mnt/x; sync; ps\r"
    umount = "cat /mnt/x; umount /f; umount /b; umount /mnt; rmdir /tmp/a; mem -w\r"
    rounds = [step for _ in range(4) for step in ((mount, numbers), ("kill {mounts} {volumes}; sleep 0.5\r", PROMPT), (umount, r"\r\nx\r\n(.|\n)*KiB used(.|\n)*" + PROMPT))]
    return Case(name="disks.mounts-leak-nothing", disk="virtio", disk_made=disk.create_several, timeout=120, judge=judge_no_leak, dialogue=[("", PROMPT), *rounds],
                on_disk=lambda path: disk.checked(path, "spare") or disk.checked(path))


def mounts_taken_from_all() -> Case:
    """What is unmounted is taken from programs, too, that got it from the mount server's predecessor."""
    numbers = r"(?s)(?=.* (?P<mounts>\d+) mounts )(?=.* (?P<tail>\d+) tail ).*" + PROMPT
    reads_later = "tail -f /tmp/in | cat - /b/x > /tmp/{0} 2>&1 & sleep 0.5; ps\r"
    return Case(name="disks.mounts-taken-from-all", timeout=60, dialogue=[
        ("", PROMPT), ("mkdir /tmp/a; echo seen > /tmp/a/x; mount -b /tmp/a /b; touch /tmp/in\r", PROMPT),
        (reads_later.format("one"), numbers), ("kill {mounts} {tail}; wait; cat /tmp/one\r", r"(?s)tail: killed\r\n.*seen\r\n.*" + PROMPT),
        (reads_later.format("two"), numbers), ("kill {mounts}; umount /b; kill {tail}; wait; cat /tmp/two\r", r"(?s)cat: /b/x: bad handle\r\n.*" + PROMPT)])


def mounts_that_fail() -> Case:
    """What cannot be mounted again, because somebody wrote over it, is told and left out; whoever waits for it hears so, and all else is there."""
    volumes = r"(?s) (?P<volumes>\d+) volumes .*" + PROMPT
    return Case(name="disks.mounts-that-fail", disk="virtio", disk_made=disk.create_several, timeout=60, log=[r"volumes: /mnt: bad format$"], dialogue=[
        ("", PROMPT), ("mount fat /f; echo here > /f/x; mount spare /mnt; echo x > /mnt/x; mount -b /mnt /f/b; sync; ps\r", volumes),
        ("dd if=/bin/ls of=disk:spare bs=4096 count=8 status=none; kill {volumes}; cat /mnt/x; cat /f/x; mount; cat /mnt/x\r",
         r"(?s)\r\ncat: /mnt/x: (closed|not found)\r\nhere\r\nmount: /f/b: closed\r\ninitrd   read-only  /\r\nFAT32    read-write /f\r\nmemory   read-write /tmp\r\n"
         r"((?!/mnt).)*cat: /mnt/x: not found\r\n.*" + PROMPT),
        ("ps\r", volumes), ("umount /f/b; umount /f && mount fat /mnt; cat /mnt/x; kill {volumes}; cat /mnt/x; umount /mnt; mount\r",
         r"(?s)\r\nhere\r\nhere\r\ninitrd   read-only  /\r\nmemory   read-write /tmp\r\n((?!/mnt|/f|closed).)*" + PROMPT)])


def too_many_mounts() -> Case:
    """There is a limit, which says so; all of those below it outlive the server, and one that goes makes room for another."""
    numbers = r"(?s)(?=.* (?P<mounts>\d+) mounts ).*" + PROMPT
    binds = [f"mount -b /tmp/a /b{number}" for number in range(1, 30)]
    full = r"mount: /b29: no space left\r\n"
    return Case(name="disks.too-many-mounts", timeout=60, dialogue=[
        ("", PROMPT), ("mkdir /tmp/a; echo seen > /tmp/a/x; " + "; ".join(binds[:10]) + "\r", PROMPT), ("; ".join(binds[10:20]) + "\r", PROMPT),
        ("; ".join(binds[20:]) + "; ps\r", "(?s)" + full + numbers[4:]),
        ("kill {mounts}; mount | wc -l; cat /b1/x /b28/x; mount -b /tmp/a /b29; umount /b7; mount -b /tmp/a /b29; ps\r",
         r"(?s)\r\n +32 \r\nseen\r\nseen\r\n" + full + r"(?=.* (?P<mounts>\d+) mounts )((?!no space).)*" + PROMPT),
        ("kill {mounts}; cat /b29/x; ls /b7\r", r"(?s)\r\nseen\r\nls: /b7: not found\r\n.*" + PROMPT)])


def servers_killed_while_mounting() -> Case:
    """Both servers are killed while four mounts are under way, and while they are taken away again: whoever asked does not notice."""
    numbers = r"(?=.* (?P<mounts>\d+) mounts )(?=.* (?P<volumes>\d+) volumes ).*" + PROMPT
    listed = [r"/mnt\r\n", r"/f\r\n", r"/b\r\n", r"/c\r\n"]
    asked = ["mount -b /tmp/a /b", "mount spare /mnt", "mount fat /f", "mount -b /tmp/a /c"]
    back = ["umount /b", "umount /mnt", "umount /f", "umount /c"]
    kills = ["kill {mounts}", "kill {volumes}"]

    def line(commands: list[str], order: int) -> str:
        return " & ".join(commands[:order] + kills + commands[order:]) + " & wait; sleep 0.5; mount; ps\r"

    steps = [("", PROMPT), ("mkdir /tmp/a; ps\r", "(?s)" + numbers)]
    for order in (4, 2):
        steps += [(line(asked, order), "(?s)" + "".join(rf"(?=.*initrd.*{one})" for one in listed) + numbers),
                  (line(back, order), r"(?s)initrd   read-only  /\r\n((?!/mnt|/f\r|/b\r|/c\r).)*" + numbers)]
    return Case(name="disks.servers-killed-while-mounting", on={"cores": 2}, disk="virtio", disk_made=disk.create_several, timeout=90, dialogue=steps,
                never=[r"^u?mount: .*"], on_disk=lambda path: disk.checked(path, "spare") or disk.checked(path))


def gives_way() -> Case:
    """What a disk's blocks take of memory to spare is given back when somebody else needs it; no byte is lost."""
    return Case(name="disks.memory-gives-way", on={"memory": "256M"}, disk="virtio", initrd=tables.with_spare, input=[""], status=0, timeout=120,
                output=[r"^PASS which gives way$"], never=[r"^FAIL .*"], log=[r"home: gave memory to spare back"], on_disk=disk.checked)


def judge_same_memory(outcome: Outcome) -> str:
    """The second time, no server has more memory than after the first."""
    seen: dict[str, list[int]] = {}
    for name, size in re.findall(r"^ +\d+ (\S+) +\d+ +(\d+) KiB", outcome.output, re.MULTILINE):
        seen.setdefault(name, []).append(int(size))
    grown = [f"{name}: {sizes} KiB" for name, sizes in seen.items() if name != "ps" and (len(sizes) != 2 or sizes[1] > sizes[0])]
    return ", ".join(grown) if len(seen) > 10 else "ps shows too little"


def tree(name: str, files: int, mebibytes: int, timeout: int = 120, later: bool = False) -> Case:
    """Small files and a large one come and go without a trace, on the disk and in memory."""
    visit = f"/test/treetest /home {files} {mebibytes}"
    size = max(DISK_SIZE, (mebibytes << 20) * 3 // 2)
    return Case(name=f"disks.{name}", disk="virtio", disk_made=lambda path: disk.create(path, size), status=0, timeout=timeout, later=later,
                input=[visit, "ps", visit, "ps"],
                output=[r"^PASS all of it is free again$"], never=[r"^FAIL .*"], judge=judge_same_memory, on_disk=disk.checked)


def times() -> Case:
    """Another clock than the host's: the system reads it, and what it writes down is what other systems read."""
    def judge(path: pathlib.Path) -> str:
        shown = disk.debugfs(path, "stat /a").decode()
        for kind, second in (("mtime", 6), ("ctime", 9), ("atime", 9), ("crtime", 6)):
            found = re.search(rf"{kind}: 0x([0-9a-f]+)", shown)
            at = int(found[1], 16) if found else 0
            # 2031-02-03 04:05:00, and then so many seconds at least.
            if not 1927857900 + second <= at < 1927857900 + second + 120:
                return f"{kind} is {at}: {shown}"
        listed = subprocess.run(["mdir", "-i", disk.partition(path, "fat").replace("?offset=", "@@"), "::"], capture_output=True,
                                text=True, check=False).stdout
        return "" if re.search(r"^B .*2031-02-03 +4:0[5-7]", listed, re.MULTILINE) else f"mdir says: {listed}"

    day = r"2031-02-03 04:0[5-7]"
    return Case(name="disks.times", disk="virtio", disk_made=disk.create_several, timeout=60, on_disk=judge,
                on={"extra": ["-rtc", "base=2031-02-03T04:05:06"]}, status=0, log=[r"clock: 2031-02-03 04:0[5-7]"],
                input=["date", "date '+%F %T'", "echo hi > /tmp/c; mount fat /mnt; echo hi > /mnt/b; cd /home; echo hi > a", "sleep 3",
                       "cat a; mv a x; mv x a; stat a; ls -l /tmp", "touch /tmp/d",
                       "find /home /mnt /tmp -type f -newer a", "umount /mnt; sync; date +%Q || echo refused; true"],
                output=[r"^Mon Feb 03 04:0[5-7]:\d\d UTC 2031$", rf"^{day}:\d\d$", rf"^    modified {day}:\d\d\.\d+$",
                        rf"^    made     {day}", rf"^-   1        3 {day} c$", r"^/tmp/d$", r"^refused$"],
                never=[r"^/tmp/c$", r"^.home.a$", r"^/mnt/b$"])


def history_kept() -> Case:
    """What was typed before the machine was turned off is brought back by the up key."""
    again = Case(name="history-again", disk="virtio", dialogue=[("", PROMPT), ("\x1b[A\x1b[A\r", r"\r\nof yesterday\r\npith:/> \Z")],
                 timeout=60)
    return Case(name="disks.history", disk="virtio", ends="guest-shutdown", timeout=60, then=again,
                dialogue=[("", PROMPT), ("echo of yesterday\r", r"\r\nof yesterday\r\npith:/> \Z"), ("poweroff\r", "")],
                on_disk=lambda path: holds(**{".history": b"echo of yesterday\npoweroff\n"})(path))


def image_boots() -> Case:
    """What `./pith image` makes starts from a stick, whose files the system cannot reach yet, and from a disk, whose it can."""
    on = {"firmware": "uefi", "boots_disk": True}
    as_disk = Case(name="as-disk", on=on, disk="virtio", ends="guest-shutdown",
                   dialogue=[("", PROMPT), ("cd /home; echo kept > a; cat a\n", r"^kept\r?\n"),
                             ("ls /boot/efi/boot; cmp /boot/BOOTBOOT/INITRD /boot/bootboot/initrd && echo is-there\n",
                              r"^BOOTX64.EFI\r?\n(.|\n)*is-there"), ("poweroff\n", "")],
                   on_disk=lambda path: holds(a=b"kept\n")(path))
    return Case(name="disks.image", on=on, disk="usb", disk_made=image.create, ends="guest-shutdown",
                dialogue=[("", PROMPT), ("cat /sys/config\n", "^// Pith"), ("poweroff\n", "")], then=as_disk)
