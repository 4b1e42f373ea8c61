"""Resident memory stays small, whatever arrives. Measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys, threading, socket
sys.path[:0] = {path!r}
from runtime import link
from wirechart.runtime import Image, Mapped, Nowhere
from wirechart.runtime.sockets import drive

def send(peer, pieces):
    for piece, times in pieces:
        for _ in range(times):
            peer.sendall(piece)
    peer.shutdown(socket.SHUT_WR)
    replies = b"".join(iter(lambda: peer.recv(4096), b""))
    peer.close()
    told.append(replies)

told = []
ours, peer = socket.socketpair()
pieces = {pieces}
thread = threading.Thread(target=send, args=(peer, pieces))
thread.start()
drive(ours, link.Receiver(link.Handlers({memory})))
thread.join()
status = open("/proc/self/status").read()
peak = int(status.partition("VmHWM:")[2].split()[0])
print(told[0].hex(), peak)
"""
LIMIT = 64_000  # kB
MIB = 1 << 20


def contents(size: int) -> str:
    """Pieces to send, as text of the program: one range, and its bytes."""
    table = f"link.request(link.Code.Blocks, link.rows((0, {size})))"
    return f"[(link.HELLO + {table}, 1), (bytes({MIB}), {size // MIB}), (link.BYE, 1)]"


def table(size: int) -> str:
    """The same: a table of empty ranges."""
    header = f"link.REQUEST.pack(link.Code.Blocks, {size})"
    return f"[(link.HELLO + {header}, 1), (bytes({MIB}), {size // MIB}), (link.BYE, 1)]"


def scattered(count: int) -> str:
    """The same: a table of ranges of one byte, none beside its neighbour."""
    header = f"link.REQUEST.pack(link.Code.Blocks, {8 * count})"
    rows = f"(link.rows(*((2 * n, 1) for n in range({MIB // 8}))), {8 * count // MIB})"
    return f"[(link.HELLO + {header}, 1), {rows}, (bytes({count}), 1), (link.BYE, 1)]"


def text(size: int) -> str:
    """The same: an object with a long array of numbers."""
    header = f"link.REQUEST.pack(link.Code.Text, {size})"
    numbers = f"(b'1,' * {MIB // 2}, {size // MIB - 2})"
    begin = f"b'{{\"a\":[' + b' ' * {MIB - 6}"
    end = f"b'1,' * {MIB // 2 - 2} + b'1 ]}}' + link.BYE"
    return f"[(link.HELLO + {header}, 1), ({begin}, 1), {numbers}, ({end}, 1)]"


@pytest.mark.parametrize(
    ("pieces", "memory"),
    [
        (contents(1024 * MIB), "Nowhere()"),
        (contents(256 * MIB), "Image({image!r})"),
        (scattered(MIB), "Image({image!r})"),
        (scattered(MIB), "Mapped(bytearray({size}))"),
        (table(64 * MIB), ""),
        (text(32 * MIB), ""),
    ],
    ids=[
        "contents",
        "contents to an image",
        "ranges to an image",
        "ranges to memory",
        "a table",
        "a text",
    ],
)
def test_resident_memory_stays_below_64_mb(pieces: str, memory: str, tmp_path: Path) -> None:
    image = tmp_path / "image"
    program = PROGRAM.format(
        path=[str(Path(__file__).parents[1])],
        pieces=pieces,
        memory=memory.format(image=str(image), size=MIB // 4),
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    image.unlink(missing_ok=True)
    replies, peak = done.stdout.split()

    assert replies == "0100" * 3
    assert int(peak) < LIMIT


MANY = """
import os, sys
sys.path[:0] = {path!r}
from wirechart.runtime import Descriptor, Image

image = Image(Descriptor(os.memfd_create("contents")))
places = [(page * 8192, 4096) for page in range(2048)]
receivers = [image.receive(iter(places)) for _ in range({count})]
for _ in range(4):
    for receiver in receivers:
        target = next(receiver)
        target[:] = bytes(target.nbytes)
for receiver in receivers:
    receiver.close()
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]))
"""


def test_resident_memory_stays_below_100_mb_however_many_connections_bring_pages() -> None:
    program = MANY.format(path=[str(Path(__file__).parents[1])], count=128)

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )

    assert int(done.stdout) < 100_000
