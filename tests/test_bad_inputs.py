"""Wrong input that was sent to the real receiver: what ours answers, and why it sometimes differs.

The rows are facts about the real receiver. Where the table here says nothing, ours answers alike.
Those that take further connections are in `test_bad_connections`.
"""

import os
import socket
from collections.abc import Mapping

import pytest

from bad_inputs import ROWS, Difference, Row, Sent
from captures import Ram, Talk, converse, descriptors_open, memfd
from ch_migration import Defaults, Descriptor, Receiver
from frames import ERROR, OK

FAMILIES = {"unix": socket.AF_UNIX, "tcp": socket.AF_INET}

EVERY_REQUEST_IS_ANSWERED = "closes without a word; here every request is answered"
LENGTHS_ARE_CHECKED = "ignores the length, and takes the payload for the next header or drops it"
LENGTHS_ARE_LIMITED = "tries to allocate as much, and dies; here every length has a limit"
MAPS_ARE_EXACT = "lets the last descriptor win, and the VM runs on wrong memory"

DIFFERENCES: Mapping[str, Difference] = {
    "unknown command 0x7777": Difference((OK, ERROR), EVERY_REQUEST_IS_ANSWERED),
    "unknown command 10": Difference((OK, OK, ERROR), EVERY_REQUEST_IS_ANSWERED),
    "matrix: unknown 0x7777 in Established": Difference((ERROR,), EVERY_REQUEST_IS_ANSWERED),
    "matrix: unknown 0x7777 in Started": Difference((OK, ERROR), EVERY_REQUEST_IS_ANSWERED),
    "matrix: unknown 0x7777 in MemoryFdsReceived": Difference(
        (OK, OK, ERROR), EVERY_REQUEST_IS_ANSWERED
    ),
    "matrix: unknown 0x7777 in Configured": Difference((OK, OK, ERROR), EVERY_REQUEST_IS_ANSWERED),
    "matrix: unknown 0x7777 in StateReceived": Difference(
        (OK, OK, OK, ERROR), EVERY_REQUEST_IS_ANSWERED
    ),
    "Start with length 16 and payload": Difference((ERROR,), LENGTHS_ARE_CHECKED),
    "Complete with length 8 and payload": Difference((OK, OK, OK, ERROR), LENGTHS_ARE_CHECKED),
    "CompletePaused with length 8 and payload": Difference(
        (OK, OK, OK, ERROR), LENGTHS_ARE_CHECKED
    ),
    "Abandon with length 8 and payload": Difference((OK, ERROR), LENGTHS_ARE_CHECKED),
    "MemoryFd length 0": Difference((OK, ERROR), LENGTHS_ARE_CHECKED),
    "MemoryFd length 8": Difference((OK, ERROR), LENGTHS_ARE_CHECKED),
    "Memory length 17": Difference((OK, OK, ERROR), "aborts as a whole; here it is malformed"),
    "Config length 2^64-1 (header only)": Difference((OK, ERROR), LENGTHS_ARE_LIMITED),
    "State length 2^64-1 (header only)": Difference((OK, OK, ERROR), LENGTHS_ARE_LIMITED),
    "Memory range of length 2^64-1 (table only)": Difference(
        (OK, OK, ERROR), "waits and spins for ever; here no range may go beyond 2^64"
    ),
    "Memory contents truncated, then end of stream": Difference(
        (OK, OK, ERROR), "spins for ever; here a request that is cut short is answered as well"
    ),
    "MemoryFd slot twice": Difference((OK, OK, ERROR, b"", b"", b""), MAPS_ARE_EXACT),
    "matrix: MemoryFd in MemoryFdsReceived": Difference((OK, OK, ERROR), MAPS_ARE_EXACT),
    "Config with JSON of the wrong shape": Difference(
        (OK, OK), "reads the configuration; here it is any JSON object, and a handler may refuse it"
    ),
}


ON_MAIN = tuple(row for row in ROWS if row.on_main)


def demanded(row: Row) -> tuple[bytes, ...]:
    """What ours has to answer: the same, unless the table says otherwise."""
    return DIFFERENCES[row.name].answers if row.name in DIFFERENCES else row.answers


def take(receiver: Receiver, sent: Sent) -> bytes:
    """Hand one part of a step to a receiver; the replies."""
    if sent.end:
        return receiver.eof()
    memory = [] if sent.memory is None else [Descriptor(memfd(sent.memory))]
    return receiver.feed(sent.data, memory)


def ram() -> Receiver:
    """A receiver with the memory that the VM of the rows has."""
    return Receiver(Defaults(memory=Ram))


def test_a_difference_is_told_for_each_row_that_has_one_and_for_no_other() -> None:
    differing = {row.name for row in ON_MAIN if row.answers != demanded(row)}

    assert (differing, len(DIFFERENCES)) == (set(DIFFERENCES), 21)


@pytest.mark.parametrize("row", ON_MAIN, ids=str)
def test_a_bad_input_gets_its_answer_in_each_step(row: Row) -> None:
    with ram() as receiver:
        answers = tuple(b"".join(take(receiver, sent) for sent in step) for step in row.steps)

    assert answers == demanded(row)


def send(row: Row) -> Talk:
    """Send all steps; files in memory go along with their bytes."""

    def talk(connection: socket.socket) -> None:
        for sent in (sent for step in row.steps for sent in step if sent.data):
            if sent.memory is None:
                connection.sendall(sent.data)
                continue
            number = memfd(sent.memory)
            socket.send_fds(connection, [sent.data], [number])
            os.close(number)

    return talk


@pytest.mark.parametrize("row", ON_MAIN, ids=str)
def test_over_a_socket_a_bad_input_gets_all_its_answers_and_leaks_nothing(row: Row) -> None:
    before = descriptors_open()

    answers = converse(FAMILIES[row.transport], ram(), send(row))

    assert (answers, descriptors_open()) == (b"".join(demanded(row)), before)
