"""How the existing receiver is known to fail: one test for each way that a main connection can."""

import os
import socket
from pathlib import Path

import pytest

from captures import Ram, converse, descriptors_open, memfd
from ch_migration import (
    Aborted,
    Completed,
    Config,
    Configured,
    Defaults,
    Descriptor,
    MemoryFdsReceived,
    Receiver,
    Refusal,
    Reply,
    Started,
)
from ch_migration.runtime import (
    Cause,
    EndOfStream,
    MalformedMessage,
    RefusedMessage,
    UnknownMessage,
)
from ch_migration.runtime.sockets import accept, drive, listening
from frames import COMPLETE, CONFIG, ERROR, MEMORY_FD, OK, START, STATE


class Closing(Ram):
    """Counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("stream", "replies", "cause"),
    [
        pytest.param(
            bytes.fromhex("04000000000000001100000000000000") + b"x" * 17,
            ERROR,
            MalformedMessage(
                state="Configured",
                message="Memory",
                reason="its length 17 is not a multiple of 16",
            ),
            id="Memory length not a multiple of 16",
        ),
        pytest.param(
            bytes.fromhex("0400000000000000100000000000000000100000000000000000100000000000")
            + b"z" * 5000,
            ERROR,
            EndOfStream(
                state="Configured",
                message="Memory",
                where="1043576 bytes before the end of Memory",
            ),
            id="sender closes in the middle of Memory contents",
        ),
        pytest.param(
            bytes.fromhex("040000000000000010000000000000000010000000000000ffffffffffffffff"),
            ERROR,
            MalformedMessage(
                state="Configured",
                message="Memory",
                reason="gpa + length <= 2^64 does not hold in row 0",
            ),
            id="one Memory range of length 2^64-1",
        ),
        pytest.param(
            bytes.fromhex("77770000000000000000000000000000"),
            ERROR,
            UnknownMessage(state="Configured", code=0x7777),
            id="unknown command",
        ),
        pytest.param(
            b"",
            b"",
            EndOfStream(state="Configured", where="between two messages"),
            id="EOF in Configured",
        ),
        pytest.param(
            STATE,
            OK,
            EndOfStream(state="StateReceived", where="between two messages"),
            id="EOF after State",
        ),
        pytest.param(
            STATE + bytes.fromhex("05000000000000000800000000000000") + bytes(8),
            OK + ERROR,
            MalformedMessage(
                state="StateReceived", message="Complete", reason="its length is 8, not 0"
            ),
            id="Complete with another length",
        ),
        pytest.param(
            STATE + bytes.fromhex("06000000000000000800000000000000") + bytes(8),
            OK + ERROR,
            MalformedMessage(
                state="StateReceived", message="Abandon", reason="its length is 8, not 0"
            ),
            id="Abandon with another length",
        ),
    ],
)
def test_where_the_real_receiver_fails_ours_says_why_and_keeps_nothing(
    stream: bytes, replies: bytes, cause: Cause
) -> None:
    memory = Closing()
    with Receiver(Defaults(memory=lambda: memory)) as receiver:
        answers = receiver.feed(START + CONFIG + stream) + receiver.eof()

        assert (answers, receiver.termination) == (OK + OK + replies, Aborted(cause))
        assert (memory.closed, receiver.finished) == (1, True)


def test_a_config_of_2_to_the_64_bytes_is_answered_before_any_of_it_comes() -> None:
    with Receiver(Defaults()) as receiver:
        answers = receiver.feed(START + bytes.fromhex("0200000000000000ffffffffffffffff"))

    reason = "its length 18446744073709551615 is more than 4194304"
    cause = MalformedMessage(state="Started", message="Config", reason=reason)
    assert (answers, receiver.termination) == (OK + ERROR, Aborted(cause))


@pytest.mark.parametrize("length", [0, 3, 5, 8])
def test_a_memory_fd_of_another_length_is_malformed_and_its_descriptor_closed(length: int) -> None:
    header = bytes.fromhex("0700000000000000") + length.to_bytes(8, "little")
    before = descriptors_open()
    with Receiver(Defaults()) as receiver:
        answers = receiver.feed(START + header)
        answers += receiver.feed(bytes(length or 4), [Descriptor(memfd(4096))])

    reason = f"its length is {length}, not 4"
    cause = MalformedMessage(state="Started", message="MemoryFd", reason=reason)
    assert (answers, receiver.termination) == (OK + ERROR, Aborted(cause))
    assert descriptors_open() == before


def test_the_payload_of_a_start_is_never_taken_for_a_header() -> None:
    """The payload says Complete; behind it stands an Abandon, which a late sender may send."""
    header = bytes.fromhex("01000000000000001000000000000000")
    abandon = bytes.fromhex("06000000000000000000000000000000")
    with Receiver(Defaults()) as receiver:
        answers = receiver.feed(header + COMPLETE + abandon)

    reason = "its length is 16, not 0"
    cause = MalformedMessage(state="Established", message="Start", reason=reason)
    assert (answers, receiver.termination) == (ERROR + OK, Aborted(cause))


def test_a_slot_that_is_sent_twice_is_refused_and_both_descriptors_are_closed() -> None:
    before = descriptors_open()
    with Receiver(Defaults()) as receiver:
        answers = receiver.feed(START + MEMORY_FD)
        answers += receiver.feed(bytes(4), [Descriptor(memfd(4096))])
        answers += receiver.feed(MEMORY_FD)
        answers += receiver.feed(bytes(4), [Descriptor(memfd(4096))])

    guard = "message.slot not in state.memory_fds and size(state.memory_fds) < limits.slots"
    cause = RefusedMessage(state="MemoryFdsReceived", message="MemoryFd", guard=guard)
    assert (answers, receiver.termination) == (OK + OK + ERROR, Aborted(cause))
    assert descriptors_open() == before


class Slots(Defaults):
    """Knows the slots of its VM: 0 and 1, of 4 096 bytes each."""

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        found = state.memory_fds if isinstance(state, MemoryFdsReceived) else {}
        sizes = {slot: os.fstat(descriptor.fileno()).st_size for slot, descriptor in found.items()}
        if sizes != {0: 4096, 1: 4096}:
            raise Refusal(Reply.Error, f"wrong slots: {sizes}")
        return super().config(state, message)


@pytest.mark.parametrize(
    ("slots", "text"),
    [
        pytest.param({0: 4096, 77: 4096}, "wrong slots: {0: 4096, 77: 4096}", id="unknown slot"),
        pytest.param({0: 4096}, "wrong slots: {0: 4096}", id="a slot is missing"),
        pytest.param({0: 4096, 1: 512}, "wrong slots: {0: 4096, 1: 512}", id="too small"),
    ],
)
def test_a_handler_sees_all_slots_in_time_to_refuse_them(slots: dict[int, int], text: str) -> None:
    before = descriptors_open()
    with Receiver(Slots()) as receiver:
        answers = receiver.feed(START) + b"".join(
            receiver.feed(MEMORY_FD)
            + receiver.feed(slot.to_bytes(4, "little"), [Descriptor(memfd(size))])
            for slot, size in slots.items()
        )
        answers += receiver.feed(CONFIG)

    assert answers == OK * (1 + len(slots)) + ERROR
    assert isinstance(receiver.termination, Aborted)
    assert receiver.termination.cause.summary() == (
        f"Config was refused by its handler in MemoryFdsReceived: {text}"
    )
    assert descriptors_open() == before


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        pytest.param(
            bytes.fromhex("03000000000000000000000100000000"),
            ERROR,
            id="payload of a refused State",
        ),
        pytest.param(
            bytes.fromhex("06000000000000000000000000000000"), OK, id="bytes behind an Abandon"
        ),
    ],
)
def test_what_nobody_wants_is_drained_so_that_no_reset_swallows_the_reply(
    request_: bytes, reply: bytes, family: socket.AddressFamily
) -> None:
    """16 MiB are more than any socket buffers: a sender gets rid of all of them."""
    taken: list[bool] = []

    def talk(connection: socket.socket) -> None:
        connection.sendall(START + request_ + bytes(16 << 20))
        taken.append(True)

    assert (converse(family, Receiver(Defaults()), talk), taken) == (OK + reply, [True])


def test_connecting_and_closing_ends_nothing(tmp_path: Path) -> None:
    """A port scan, and a connection that stays silent, before the migration."""
    address = f"unix:{tmp_path / 'socket'}"
    with listening(address) as listener:
        scan, silent, sender = (socket.socket(socket.AF_UNIX) for _ in range(3))
        with silent, sender:
            scan.connect(listener.getsockname())
            scan.close()
            silent.connect(listener.getsockname())
            sender.connect(listener.getsockname())
            sender.sendall(START + CONFIG + STATE + COMPLETE)
            sender.shutdown(socket.SHUT_WR)
            receiver = Receiver(Defaults())

            drive(accept(listener), receiver)

            assert sender.recv(100) == OK * 4
            assert receiver.termination == Completed(paused=False)


def test_a_failure_tells_what_the_reply_cannot() -> None:
    with Receiver(Defaults()) as receiver:
        receiver.feed(START + CONFIG + bytes.fromhex("04000000000000001100000000000000"))

    assert isinstance(receiver.termination, Aborted)
    assert str(receiver.termination.cause) == (
        "Memory is malformed in Configured: its length 17 is not a multiple of 16\n"
        "  blame: the peer (malformed)\n"
        "  expected: State or Memory or Abandon\n"
        "  decided by: machine.Receiving.otherwise\n"
        "  last events:\n"
        "    Established: Start → Started, Ok\n"
        "    Started: Config → Configured, Ok"
    )
