"""Where the data of a state comes from."""

from pathlib import Path

import pytest

from wirechart.chart import Chart, build, data
from wirechart.dataflow import flows, owned, same
from wirechart.decisions import rows
from wirechart.model import List, Map, Ref
from wirechart.reader import read
from wirechart.record import replace
from wirechart.syntax import parse

HERE = Path(__file__).parent


def load(path: str) -> Chart:
    spec, _ = read(parse((HERE / path).read_text()))
    assert spec is not None
    return build(spec)


FLAGSHIP = load("../spec/ch-migration.yaml")
LOGIN = load("specs/good/login.yaml")
DISK = load("specs/good/disk.yaml")


@pytest.mark.parametrize(
    ("chart", "state", "event", "origins"),
    [
        (FLAGSHIP, "Established", "Start", []),
        (FLAGSHIP, "Started", "MemoryFd", [("memory_fds", "put")]),
        (FLAGSHIP, "Started", "Config", [("config", "message"), ("memory", "handler")]),
        (FLAGSHIP, "Configured", "Memory", [("config", "carried"), ("memory", "carried")]),
        (
            FLAGSHIP,
            "Configured",
            "State",
            [("config", "carried"), ("memory", "carried"), ("state", "message")],
        ),
        (FLAGSHIP, "StateReceived", "Complete", [("paused", "set")]),
        (FLAGSHIP, "StateReceived", "Abandon", [("cause", "cause")]),
        (FLAGSHIP, "StateReceived", "eof", [("cause", "cause")]),
        (LOGIN, "Empty", "Letter", [("heap", "handler")]),
        (DISK, "Opened", "Open", [("files", "put"), ("image", "carried")]),
    ],
)
def test_data_comes_from_set_put_what_was_held_the_message_or_the_handler(
    chart: Chart, state: str, event: str, origins: list[tuple[str, str]]
) -> None:
    row = next(row for row in rows(chart) if (row.state, row.event) == (state, event))
    message = event if event in chart.messages else None

    # The transition is the first outcome of each of these rows.
    found = flows(chart, state, message, row.outcomes[0])

    assert [(flow.field.name, flow.origin) for flow in found] == origins


@pytest.mark.parametrize(
    ("chart", "state", "name", "expected"),
    [
        (FLAGSHIP, "MemoryFdsReceived", "memory_fds", True),
        (FLAGSHIP, "Configured", "memory", True),
        (FLAGSHIP, "Configured", "config", False),
        (LOGIN, "Filling", "heap", False),
        (DISK, "Opened", "files", True),
    ],
)
def test_what_holds_descriptors_or_memory_is_owned(
    chart: Chart, state: str, name: str, expected: bool
) -> None:
    item = next(item for item in data(chart, state) if item.name == name)

    assert owned(chart, item.type) is expected


def test_a_named_type_is_the_same_as_what_it_stands_for() -> None:
    named = next(item for item in data(LOGIN, "Filling")).type
    written = LOGIN.types["heap"]

    assert same(LOGIN, named, written) is True


def test_lists_with_other_maxima_are_not_the_same() -> None:
    heap = LOGIN.types["heap"]
    assert isinstance(heap, List)

    assert same(LOGIN, heap, replace(heap, max=Ref("other", heap.span))) is False


def test_maps_with_other_maxima_are_not_the_same() -> None:
    fds = FLAGSHIP.types["fds"]
    assert isinstance(fds, Map)

    assert same(FLAGSHIP, fds, replace(fds, max=Ref("other", fds.span))) is False


def test_maps_with_other_values_are_not_the_same() -> None:
    files = next(item for item in data(DISK, "Opened")).type
    fds = FLAGSHIP.types["fds"]

    assert same(DISK, files, fds) is False
