"""Cloud Hypervisor's askers, written by hand: the data of an asking machine suffices for them."""

import os
import socket
import struct
import threading
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import pytest

from captures import recording
from ch_migration import (
    Code,
    Complete,
    Completed,
    CompletePaused,
    Config,
    Defaults,
    Memory,
    MemoryFd,
    Receiver,
    Refusal,
    Reply,
    Start,
    State,
)
from ch_migration import states as receiving
from ch_migration.runtime import (
    AskingFailed,
    Descriptor,
    EndOfStream,
    FileRange,
    Json,
    NotAllowedError,
    PeerRefused,
    Table,
)
from ch_migration.runtime.connect import connect
from ch_migration.runtime.sockets import accept, address_of, drive, listening
from runtime.source_machine import (
    REQUEST,
    WIRE,
    Established,
    Faulting,
    Kept,
    Migrated,
    PageFault,
    PageFaults,
    Source,
    Unserved,
    page_faults,
    source,
)

MIB = 1 << 20
CONFIG = Config(Json.of(b'{"vm_config": {}}'))
STATE = State(Json.of(b'{"snapshots": {}}'))


class Ram:
    """Guest memory that is kept."""

    def __init__(self) -> None:
        self.content = bytearray(4 * MIB)

    def receive(self, places: Iterable[tuple[int, int]]) -> Generator[memoryview, None, None]:
        for address, size in places:
            if size:
                yield memoryview(self.content)[address : address + size]

    def close(self) -> None:
        pass


class Destination(Defaults):
    """Keeps what the descriptors hold, too."""

    def __init__(self, ram: Ram) -> None:
        super().__init__(memory=lambda: ram)
        self.slots: dict[int, bytes] = {}

    def config(
        self, state: receiving.Started | receiving.MemoryFdsReceived, message: Config
    ) -> receiving.Configured:
        if isinstance(state, receiving.MemoryFdsReceived):
            for slot, memory in state.memory_fds.items():
                self.slots[slot] = os.pread(memory.fileno(), 5, 0)
        return super().config(state, message)


class Running:
    """The generated receiver, which waits for one connection."""

    def __init__(self, listener: socket.socket, handlers: Defaults) -> None:
        self.receiver = Receiver(handlers)
        self._listener = listener
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        drive(accept(self._listener, 20), self.receiver)

    def __enter__(self) -> Receiver:
        return self.receiver

    def __exit__(self, *_: object) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


def table(*rows: tuple[int, int]) -> Memory:
    return Memory(Table[tuple[int, int]].of("<QQ", rows))


def memory(content: bytes) -> Descriptor:
    """A slot of guest memory."""
    number = os.memfd_create("slot", os.MFD_CLOEXEC)
    os.pwrite(number, content, 0)
    return Descriptor(number)


def numbers() -> set[str]:
    """The open descriptors of this process."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_a_migration_passes_memory_by_descriptor(tmp_path: Path) -> None:
    before = numbers()
    handlers = Destination(Ram())
    slots = [memory(b"zero "), memory(b"one  ")]
    with listening(f"unix:{tmp_path / 's'}") as listener, Running(listener, handlers) as receiver:
        connection = connect(address_of(listener), seconds=20)
        with Source(connection, source()) as asking:
            started = asking.send(Established(), Start(0))
            for number, slot in enumerate(slots):
                started = asking.send(started, MemoryFd(number, slot))
            configured = asking.send(started, CONFIG)
            paused = asking.send(configured, STATE)
            end = asking.send(paused, Complete())
    for slot in slots:
        slot.close()

    assert (end, receiver.termination) == (Migrated(paused=False), Completed(paused=False))
    assert handlers.slots == {0: b"zero ", 1: b"one  "}
    assert numbers() == before


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_migration_sends_memory(tmp_path: Path, kind: str) -> None:
    ram = Ram()
    address = {"unix": f"unix:{tmp_path / 's'}", "tcp": "tcp:127.0.0.1:0"}[kind]
    image = memory(b"guest")
    with listening(address) as listener, Running(listener, Destination(ram)) as receiver:
        connection = connect(address_of(listener), seconds=20)
        with Source(connection, source()) as asking:
            started = asking.send(Established(), Start(0))
            configured = asking.send(started, CONFIG)
            configured = asking.send(
                configured, table((0, 5), (MIB, 3)), contents=[b"first", b"abc"]
            )
            configured = asking.send(
                configured, table((2, 5)), contents=[FileRange(image.fileno(), 0, 5)]
            )
            paused = asking.send(configured, STATE)
            end = asking.send(paused, CompletePaused())
    image.close()

    assert (end, receiver.termination) == (Migrated(paused=True), Completed(paused=True))
    assert bytes(ram.content[:9] + ram.content[MIB : MIB + 4]) == b"figuest\0\0" + b"abc\0"


class KeepSource(Defaults):
    """Takes everything and refuses the last step."""

    def complete(self, state: receiving.StateReceived, message: Complete) -> Completed:
        del state, message
        raise Refusal(Reply.Error, "the VM stays where it is")


def test_a_refused_complete_leaves_the_vm_here_without_a_doubt() -> None:
    with listening("tcp:127.0.0.1:0") as listener, Running(listener, KeepSource()):
        connection = connect(address_of(listener), seconds=20)
        with Source(connection, source()) as asking:
            configured = asking.send(asking.send(Established(), Start(0)), CONFIG)
            paused = asking.send(configured, STATE)
            with pytest.raises(AskingFailed) as raised:
                asking.send(paused, Complete())

    refused = PeerRefused(state="Paused", message="Complete", reply="Error")
    assert (raised.value.termination, raised.value.in_doubt) == (Kept(refused), False)


def test_a_step_that_is_skipped_is_not_sent() -> None:
    ours, peer = socket.socketpair()
    with peer, Source(ours, source()) as asking:
        with pytest.raises(NotAllowedError, match="Complete cannot be asked in Established"):
            asking.send(Established(), Complete())  # type: ignore[call-overload]  # the type says so
        asking.close()

        assert peer.recv(9) == b""


def exactly(peer: socket.socket, count: int) -> bytes:
    """So many bytes; fewer only at the end of the stream."""
    taken = bytearray()
    while len(taken) < count and (more := peer.recv(count - len(taken))):
        taken += more
    return bytes(taken)


class Recorder:
    """A peer that answers as one once did, and keeps what it is sent."""

    def __init__(self, peer: socket.socket, replies: bytes) -> None:
        self.came = bytearray()
        self._peer = peer
        self._replies = replies
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        size = WIRE.reply.size
        with self._peer:
            for begin in range(0, len(self._replies), size):
                self._take()
                self._peer.sendall(self._replies[begin : begin + size])

    def _take(self) -> None:
        header = exactly(self._peer, REQUEST.size)
        code, _, length = REQUEST.unpack(header)
        payload = exactly(self._peer, length)
        contents = exactly(self._peer, announced(payload)) if code == Code.Memory else b""
        self.came += header + payload + contents

    def end(self) -> bytes:
        """All that came."""
        self._thread.join(20)
        assert not self._thread.is_alive()
        return bytes(self.came)


def announced(rows: bytes) -> int:
    return sum(size for _, size in struct.iter_unpack("<QQ", rows))


def recorded_requests(stream: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Code, payload and contents of each; no descriptor is among them."""
    at = 0
    while at < len(stream):
        code, _, length = REQUEST.unpack_from(stream, at)
        at += REQUEST.size
        payload = stream[at : at + length]
        at += length
        size = announced(payload) if code == Code.Memory else 0
        yield code, payload, stream[at : at + size]
        at += size


def message(code: int, payload: bytes) -> object:
    """The message of a recorded request."""
    match code:
        case Code.Start:
            return Start(0)
        case Code.Config:
            return Config(Json.of(payload))
        case Code.Memory:
            return table(*struct.iter_unpack("<QQ", payload))
        case Code.MemoryFd:
            return MemoryFd(int.from_bytes(payload, "little"), memory(b""))
        case Code.State:
            return State(Json.of(payload))
        case Code.Complete:
            return Complete()
        case _:
            return CompletePaused()


def ask_all(asking: Source, stream: bytes) -> object:
    """Ask all that was recorded; where it ends."""
    for code, payload, contents in recorded_requests(stream):
        supplied = [contents] if code == Code.Memory else None
        asking.exchange(asking.asker.state, message(code, payload), contents=supplied)
    return asking.asker.termination


@pytest.mark.parametrize(
    ("name", "paused"),
    [
        ("tcp-precopy", False),
        ("tcp-paused", True),
        ("tcp-two-zones", False),
        ("unix-local", True),
        ("unix-local-2slot", True),
        ("unix-precopy", False),
    ],
)
def test_a_recorded_migration_is_asked_byte_for_byte(name: str, *, paused: bool) -> None:
    recorded = recording(name)
    ours, peer = socket.socketpair()
    recorder = Recorder(peer, recorded.server)
    with Source(ours, source()) as asking:
        end = ask_all(asking, recorded.client)

    assert (end, recorder.end() == recorded.client) == (Migrated(paused=paused), True)


def test_a_recorded_refusal_keeps_the_vm_here() -> None:
    recorded = recording("receiver-rejects-start")
    ours, peer = socket.socketpair()
    recorder = Recorder(peer, recorded.server)
    with Source(ours, source()) as asking, pytest.raises(AskingFailed) as raised:
        ask_all(asking, recorded.client)
    recorder.end()

    refused = PeerRefused(state="Established", message="Start", reply="Error")
    assert (raised.value.termination, raised.value.in_doubt) == (Kept(refused), False)


def serve(peer: socket.socket, *replies: bytes) -> threading.Thread:
    """Answer requests for pages, and close."""

    def run() -> None:
        with peer:
            for reply in replies:
                exactly(peer, 32)
                peer.sendall(reply)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def page(status: int, content: bytes) -> bytes:
    return WIRE.reply.pack(status, len(content)) + content


def test_pages_are_asked_for_on_a_connection_of_their_own() -> None:
    ours, peer = socket.socketpair()
    content = bytes(range(256)) * 16
    into = memoryview(bytearray(4096))
    server = serve(peer, page(1, content), page(1, b""))
    with PageFaults(ours, page_faults()) as asking:
        faulting, first = asking.send(Faulting(), PageFault(0x1000, 4096), into=into)
        faulting, second = asking.send(faulting, PageFault(0x2000, 4096), into=into)
    server.join(20)

    assert (faulting, bytes(first), bytes(second)) == (Faulting(), content, b"")


def test_a_page_that_is_refused_ends_the_connection() -> None:
    ours, peer = socket.socketpair()
    server = serve(peer, page(2, b""))
    with PageFaults(ours, page_faults()) as asking, pytest.raises(AskingFailed) as raised:
        asking.send(Faulting(), PageFault(0x1000, 4096))
    server.join(20)

    assert raised.value.termination == Unserved(
        PeerRefused(state="Faulting", message="PageFault", reply="Error")
    )


def test_a_source_that_dies_is_seen_when_the_next_page_is_asked_for() -> None:
    ours, peer = socket.socketpair()
    peer.close()
    with PageFaults(ours, page_faults()) as asking, pytest.raises(AskingFailed) as raised:
        asking.send(Faulting(), PageFault(0x1000, 4096))

    assert raised.value.cause == EndOfStream(state="Faulting", where="before the next request")
