"""Witnesses of every kind of step, run through the two generated receivers: green, then red."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from breaking.pairing import HERE, LINK, changed, example
from random_specs import read
from wirechart import build
from wirechart.breaking.compare import compare
from wirechart.loading import importable, run
from wirechart.names import package
from wirechart.renaming import renamed
from wirechart.targets import witnesses

# Descriptors, a table, its contents, a further machine with an end inside a message,
# lingering, data that no peer sees, a map that is filled, and a refusal that is broken off.
SHOWN = ("BRW011", "BRW013", "BRW014", "BRB007", "BRB008", "BRB009", "BRB010", "BRB005")


@cache
def packages(text: str) -> Mapping[str, str]:
    """All that is generated from a spec, by path."""
    return build.outputs(read(text), "spec/link.yaml", ("generated",))


def failing(text: str, module: str) -> list[str]:
    """The tests of a module that fail on what is generated from a spec."""
    failed: list[str] = []
    with importable(packages(text), package(read(text).protocol)):
        names: dict[str, Any] = {"__name__": "witnesses"}
        run(module, "witnesses", names)
        for name in [name for name in names if name.startswith("test_")]:
            try:
                names[name]()
            except AssertionError:
                failed.append(name)
    return failed


@pytest.mark.parametrize("code", SHOWN)
def test_a_witness_is_green_on_the_old_receiver_and_red_on_the_new(code: str) -> None:
    new = changed(LINK, example(HERE / "pairs" / f"{code}.yaml").changes)
    before, after = read(LINK), read(new)
    found = compare(before, after, renamed(before, after)).breaks
    (each,) = (each for each in found if each.code == code and each.witness is not None)
    module = witnesses.tests("old", "new", [each])
    (name,) = (line.partition("(")[0][4:] for line in module.splitlines() if line[:4] == "def ")

    assert (failing(LINK, module), failing(new, module)) == ([], [name])


@pytest.mark.parametrize(
    "usual",
    [
        "on_idle: {after: limits.idle, to: Failed",
        "on_eof: {to: Failed",
        "otherwise: {reply: Error, to: Failed",
    ],
)
def test_a_witness_tells_a_cause_with_a_name_from_the_usual_one(usual: str) -> None:
    new = LINK.replace(usual, f"{usual}, cause: special")
    (each,) = compare(read(LINK), read(new)).breaks
    module = witnesses.tests("old", "new", [each])
    (name,) = (line.partition("(")[0][4:] for line in module.splitlines() if line[:4] == "def ")

    assert (failing(LINK, module), failing(new, module)) == ([], [name])


@pytest.mark.parametrize("longer", ["spare: 2 bytes, length: u64}", "spare: 4 bytes, length: u32}"])
def test_a_witness_shows_that_frames_have_another_size(longer: str) -> None:
    new = LINK.replace("spare: 2 bytes, length: u32}", longer)
    (each,) = compare(read(LINK), read(new)).breaks
    module = witnesses.tests("old", "new", [each])

    assert (failing(LINK, module), failing(new, module)) == ([], ["test_brw002_wire_request"])


def test_a_witness_fills_a_map_that_the_handler_began() -> None:
    disk = (HERE.parent / "specs/good/disk.yaml").read_text(encoding="utf-8")
    old = disk.replace("& 1 == 0, put: {files: {message.slot: message.file}}}", "& 1 == 0}")
    new = old.replace("files: 32", "files: 16")
    (each,) = compare(read(old), read(new)).breaks
    module = witnesses.tests("old", "new", [each])

    assert (failing(old, module), failing(new, module)) == (
        [],
        ["test_brb010_machine_linked_opened_on_open"],
    )


def test_a_value_that_is_left_to_the_handler_has_no_witness() -> None:
    new = LINK.replace("End: {to: Done, set: {clean: true}}", "End: Done")

    (each,) = compare(read(LINK), read(new)).breaks

    assert (each.code, each.witness) == ("BRB009", None)


def test_a_witness_tells_a_failure_from_a_success_of_the_same_name() -> None:
    new = LINK.replace(
        "Done: {data: {clean: bool}, final: success}", "Done: {data: {clean: bool}, final: failure}"
    )
    found = compare(read(LINK), read(new)).breaks
    (each,) = (each for each in found if each.code == "BRB006")
    module = witnesses.tests("old", "new", [each])
    (name,) = (line.partition("(")[0][4:] for line in module.splitlines() if line[:4] == "def ")

    assert (failing(LINK, module), failing(new, module)) == ([], [name])
