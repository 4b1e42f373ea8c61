"""Send a recorded migration to the generated receiver, and print how it went.

    $ .venv/bin/python examples/replay_migration.py
    Start            Established → Started                        Ok
    ...
    Complete         StateReceived → Completed                    Ok

The receiver is `python -m ch_migration receive`, a process of its own. The client sends what a real
Cloud Hypervisor sent; the replies have to be those that it was given, byte for byte.
"""

import gzip
import json
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from wirechart.walk import walk_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CAPTURES = Path(__file__).parent.parent / "tests" / "data" / "captures"
# --discard: nothing is stored, and saying so is what lets the migration succeed.
RECEIVE = (sys.executable, "-m", "ch_migration", "receive", "--discard", "--listen")


def main(scenario: str = "tcp-precopy") -> int:
    """Replay a recorded migration; 0 when it succeeds with the recorded replies."""
    stream, recorded = (unpacked(scenario, side) for side in ("client", "server"))
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/migration.sock"
        with receiving(address) as receiver:
            replies = exchanged(address, stream)
            told, complaints = receiver.communicate()
    for line in walk(json.loads(event) for event in told.splitlines()):
        print(line)
    same = replies == recorded
    print(f"{scenario}: {len(stream):,} bytes sent, replies {'' if same else 'not '}as recorded")
    print(complaints, end="", file=sys.stderr)
    return 0 if same and receiver.returncode == 0 else 1


def unpacked(scenario: str, side: str) -> bytes:
    """What one side once sent."""
    return gzip.decompress((CAPTURES / scenario / f"0.{side}.bin.gz").read_bytes())


def receiving(address: str) -> "subprocess.Popen[str]":
    """A receiver that already listens."""
    receiver = subprocess.Popen(  # noqa: S603 -- this very Python
        (*RECEIVE, f"unix:{address}"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    ready = receiver.stderr.readline() if receiver.stderr else ""
    if not ready.startswith("listening "):
        sys.exit(f"the receiver does not listen: {ready}{receiver.communicate()[1]}")
    return receiver


def exchanged(address: str, stream: bytes) -> bytes:
    """Send all of a stream; whatever comes back until the receiver closes."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
        sending = Thread(target=send, args=(client, stream))
        sending.start()
        replies = b"".join(iter(lambda: client.recv(4096), b""))
        sending.join()
    return replies


def send(client: socket.socket, stream: bytes) -> None:
    """All of a stream and its end, or as much as the receiver takes."""
    with suppress(ConnectionError):
        client.sendall(stream)
        client.shutdown(socket.SHUT_WR)


def walk(events: "Iterable[dict[str, Any]]") -> "Iterator[str]":
    """A line for every message: where it led, and the reply to it."""
    message, source, target, reply = "", "", "", None
    for event in events:
        match event:
            case {"event": "message"}:
                if message:
                    yield walk_line(message, source, target, reply)
                message, reply = event["message"] or f"code {event['code']}", None
                source = target = event["state"]
            case {"event": "reply"}:
                reply = event["reply"]
            case _:  # a state was entered, or the machine has ended in one
                target = event["state"]
    yield walk_line(message, source, target, reply)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
