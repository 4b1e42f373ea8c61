"""The connections beside the main one: what ends them, and what they are asked for."""

import socket
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from captures import Ram
from ch_migration import Code, Refusal
from ch_migration.messages import LIMIT_PAGE, PageFault
from ch_migration.page_server import Serving
from ch_migration.runtime import AskingFailed
from ch_migration.runtime.memory import Places
from ch_snapshot.further import Pages, PageServer
from ch_snapshot.progress import Progress
from ch_snapshot.route import Route
from ch_snapshot.send import Migration
from ch_snapshot.sources import ROWS, opened
from peers import PATIENCE, Session
from snapshots import state_text, written
from sources import LOW, SIZE, request

BLOCK = 4096


def large(folder: Path, size: int, *pieces: tuple[int, bytes]) -> Path:
    """A snapshot of one mapping."""
    state = state_text(({**LOW, "size": size},), ((0, size),))
    return written(folder, *pieces, state=state, size=size)


def test_a_feeder_that_fails_ends_those_that_wait_for_their_reply(tmp_path: Path) -> None:
    both, end, ended = threading.Barrier(2), threading.Event(), list[bool]()

    class Stuck(Ram):
        """One request is refused once both have begun; the other one is not taken until `end`."""

        def receive(self, places: Places) -> Generator[memoryview, None, None]:
            yield from ()
            if both.wait(PATIENCE) == 0:
                raise OSError(f"no room for {len(list(places))} pieces")
            ended.append(end.wait(5.0))

    pieces = [(number * 2 * BLOCK, b"a" * BLOCK) for number in range(ROWS + 1)]  # two requests
    size = 2 * BLOCK * (ROWS + 1)
    with Session(size, ram=Stuck) as session, opened(large(tmp_path / "s", size, *pieces)) as sent:
        route = Route(address=session.address, connections=2)
        with pytest.raises(AskingFailed):
            Migration(sent, route, Progress(), lambda _: None).run()
        end.set()

    assert ended == [True]


def test_at_most_64_mib_are_given_at_once(tmp_path: Path) -> None:
    given: list[int] = []
    with opened(large(tmp_path / "s", LIMIT_PAGE + SIZE)) as snapshot:
        pages = Pages(snapshot, given.append)
        _, content = pages.page_fault(Serving(), PageFault(SIZE, LIMIT_PAGE))
        with pytest.raises(Refusal) as refused:
            pages.page_fault(Serving(), PageFault(0, LIMIT_PAGE + 1))

    assert (len(content), given) == (LIMIT_PAGE, [LIMIT_PAGE])
    assert refused.value.text == "67108865 bytes are asked for at once, not 1 to 67108864"


def test_a_peer_that_asks_on_is_waited_for(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()

    def ask() -> None:
        with theirs, theirs.makefile("rb") as stream:
            for _ in range(8):
                threading.Event().wait(0.1)
                theirs.sendall(request(Code.PageFault, bytes(8) + b"\1".ljust(8, b"\0")))
                assert len(stream.read(17)) == 17

    given: list[int] = []
    peer = threading.Thread(target=ask)
    with (
        opened(written(tmp_path / "s")) as snapshot,
        PageServer(ours, Pages(snapshot, given.append)) as server,
    ):
        peer.start()
        server.wait(0.5)
    peer.join()

    assert given == [1] * 8
