"""What the tests of the runtime share: sessions over several connections that leave nothing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.crews import Begin, Session, Start, descriptors, terms
from runtime.ends import PAIRS, Pair
from wirechart.runtime.crew import Factory
from wirechart.runtime.lanes import Terms


@pytest.fixture(params=["unix", "tcp"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Begin a session; it is ended with the test, and neither a thread nor a descriptor is left."""
    yield from _sessions({"unix": f"unix:{tmp_path}/s", "tcp": "tcp:127.0.0.1:0"}[request.param])


@pytest.fixture
def start_tcp() -> Iterator[Start]:
    """The same, over TCP."""
    yield from _sessions("tcp:127.0.0.1:0")


@pytest.fixture
def start_unix(tmp_path: Path) -> Iterator[Start]:
    """The same, over a unix socket."""
    yield from _sessions(f"unix:{tmp_path}/s")


def _sessions(address: str) -> Iterator[Start]:
    before = descriptors(), threading.enumerate()
    sessions: list[Session] = []

    def begin(
        handlers: object = None,
        demands: Terms | None = None,
        *,
        worker: Factory | None = None,
        main: Begin | None = None,
    ) -> Session:
        sessions.append(Session(address, demands or terms(), handlers, worker=worker, main=main))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()
    assert (descriptors(), threading.enumerate()) == before


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Two ends of a connection: ours, and the peer's."""
    return PAIRS[request.param]
