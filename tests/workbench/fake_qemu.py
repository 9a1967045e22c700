"""Plays QEMU for the session's tests: fake_qemu.py KIND, then QEMU's own options for the serial ports."""
import os
import socket
import sys
import time


def ports():
    found = {}
    for argument in sys.argv:
        if argument.startswith("socket,id="):
            fields = dict(part.split("=") for part in argument.split(",")[1:])
            found[fields["id"]] = socket.socket(fileno=int(fields["fd"]))
    return found["com1"], found["com2"], found["monitor"]


def shell(com1, com2, status):
    """Answers every line with itself; ends at Ctrl-D."""
    line = b""
    while True:
        byte = com1.recv(1)
        if byte == b"\x04":
            assert line == b"", "end of input inside a line"
            com2.sendall(b"[    0.2] 0 info init: init: shell ended with status %d\n" % status)
            return
        line += byte
        if byte == b"\n":
            com1.sendall(b"you said " + line)
            line = b""


def main():
    kind = sys.argv[1]
    com1, com2, monitor = ports()
    monitor.sendall(b'{"QMP": {}}\n{"return": {}}\n')
    com1.sendall(b"[    0.0] noise of the kernel\n")
    if kind == "silent":
        time.sleep(60)
    if kind == "loader-error":
        com2.sendall(b"pith-loader: no initrd\n")
        time.sleep(60)
    com2.sendall(b"[    0.1] 0 info console: console: ready\n")
    if kind == "dies":
        os._exit(1)
    if kind == "crashes":
        print("an assertion of its own failed", file=sys.stderr, flush=True)
        os.abort()
    if kind == "hangs":
        com2.sendall(b"[    0.2] 0 info hanging on\n")
        time.sleep(60)
    shell(com1, com2, 5 if kind == "lingers" else int(kind))
    monitor.sendall(b'{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}\n')
    if kind == "lingers":
        time.sleep(60)


main()
