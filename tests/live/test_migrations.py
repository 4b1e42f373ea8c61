"""Cloud Hypervisor itself on the other side: what it sends is stored, and what is stored goes on.

The guest's output is one text, wherever its pieces were printed: where one ends the next begins,
to the character. A guest that starts again, misses a count or loses a page prints something else.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from live import guest
from live.programs import Program, Vmm, booting, restoring, running, storing
from runtime import certificates
from snapshots import sending


@dataclass(frozen=True, slots=True)
class Way:
    """Where the two meet, and what each is told beside that."""

    name: str
    url: str
    receive: tuple[str, ...] = ()
    send_migration: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    receive_migration: tuple[str, ...] = ()


UNIX, TCP, TLS = "unix:{folder}/socket", "tcp:127.0.0.1:{port}", "tcp:localhost:{port}"
MANY_ROUNDS = ("downtime_ms=1", "timeout_s=1", "timeout_strategy=ignore")
WAYS = (
    Way("local", UNIX, send_migration=("local=on",), send=("--local",)),
    Way("unix", UNIX),
    Way("tcp", TCP, send_migration=MANY_ROUNDS),
    Way(
        "connections",
        TCP,
        send_migration=("connections=4", *MANY_ROUNDS),
        send=("--connections", "4"),
    ),
    Way(
        "tls",
        TLS,
        receive=("--tls-dir", "{folder}/tls"),
        send_migration=("tls_dir={folder}/tls",),
        send=("--tls-dir", "{folder}/tls"),
        receive_migration=("tls_dir={folder}/tls",),
    ),
    Way(
        "postcopy",
        TCP,
        send_migration=("memory_mode=postcopy",),
        send=("--postcopy",),
        receive_migration=("memory_mode=postcopy",),
    ),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot, and what its guest had printed."""

    directory: Path
    printed: str


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return guest.build(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def stored(kernel: Path, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Of a VM that ran; whoever sends it does not change it."""
    folder = tmp_path_factory.mktemp("stored")
    url = f"unix:{folder}/socket"
    with running(folder / "source", *booting(kernel)) as source:
        source.prints()
        with storing(folder / "snapshot", url) as receiver:
            source.tell("send-migration", f"destination_url={url}")
            assert ends(receiver, source) == (0, 0)
    return Stored(folder / "snapshot", source.printed)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"unix:{tmp_path}/socket"


@pytest.fixture
def port() -> Iterator[int]:
    """Of TCP. It is bound so long, but nobody listens, so that another one may."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, tmp_path: Path, port: int) -> Way:
    """Each of them, with places of this test."""
    certificates.write(tmp_path / "tls", certificates.authority())
    template: Way = request.param

    def filled(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text.format(folder=tmp_path, port=port) for text in texts)

    return replace(
        template,
        url=filled((template.url,))[0],
        receive=filled(template.receive),
        send_migration=filled(template.send_migration),
        send=filled(template.send),
        receive_migration=filled(template.receive_migration),
    )


def ends(first: Program, source: Vmm) -> tuple[int, int]:
    """The exit codes of who takes a VM, and of who has given it."""
    return first.ended(), source.program.ended()


def test_a_running_vm_is_stored_and_goes_on_from_there(
    way: Way, kernel: Path, tmp_path: Path
) -> None:
    with running(tmp_path / "source", *booting(kernel)) as source:
        source.prints()
        with storing(tmp_path / "snapshot", way.url, *way.receive) as receiver:
            words = (f"destination_url={way.url}", *way.send_migration)
            source.tell("send-migration", ",".join(words))
            assert ends(receiver, source) == (0, 0)
    with running(tmp_path / "restored", *restoring(tmp_path / "snapshot")) as restored:
        restored.resume()
        restored.prints()

    text = source.printed + restored.printed
    assert text == guest.output(len(text))


def test_a_kept_source_runs_on_and_its_snapshot_goes_on_too(
    url: str, kernel: Path, tmp_path: Path
) -> None:
    with running(tmp_path / "source", *booting(kernel)) as source:
        source.prints()
        before = source.printed
        with storing(tmp_path / "snapshot", url, "--keep-source") as receiver:
            # It is refused in the end: versions differ in whether this command says so.
            source.ask("send-migration", f"destination_url={url}")
            assert receiver.ended() == 0
        source.prints()
    with running(tmp_path / "restored", *restoring(tmp_path / "snapshot")) as restored:
        restored.resume()
        restored.prints()

    text, rest = source.printed, restored.printed
    assert text == guest.output(len(text))
    assert guest.output(len(text) + len(rest)).find(rest) >= len(before)


def test_a_snapshot_goes_on_in_a_vmm_that_waits_for_it(
    way: Way, stored: Stored, tmp_path: Path
) -> None:
    with running(tmp_path / "destination") as destination:
        with destination.receiving(way.url, *way.receive_migration) as remote:
            sent = sending(stored.directory, way.url, *way.send)
            assert (sent.code, sent.errors) == (0, [])
            assert remote.ended() == 0
        destination.prints()

    text = stored.printed + destination.printed
    assert text == guest.output(len(text))


def test_a_snapshot_waits_in_a_vmm_until_it_is_resumed(
    url: str, stored: Stored, tmp_path: Path
) -> None:
    with running(tmp_path / "destination") as destination:
        with destination.receiving(url) as remote:
            sent = sending(stored.directory, url, "--paused")
            assert (sent.code, sent.errors) == (0, [])
            assert remote.ended() == 0
        destination.resume()
        destination.prints()

    text = stored.printed + destination.printed
    assert text == guest.output(len(text))
