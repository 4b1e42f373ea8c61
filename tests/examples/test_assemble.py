"""Config is made of what a snapshot holds: what a recorded source sent, and what cannot be made."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from captures import CAPTURES, recording, snapshot
from ch_snapshot.assemble import config
from ch_snapshot.layout import CannotStoreError, OpaqueStateError
from snapshots import CPUID, state_text
from sources import HIGH, LOW, VM_CONFIG

ALIKE = [
    "tcp-paused",
    "tcp-two-zones",
    "tls-precopy",
    "unix-local",
    "unix-precopy",
]
# The source asked another processor when it wrote State: its number is all that differs.
APART = ["tcp-precopy", "unix-local-2slot"]
NUMBER_OF_THE_PROCESSOR = [
    (".common_cpuid[1: function=1,index=0].ebx", 0x01020800, 0x00020800),
    (".common_cpuid[12: function=11,index=0].edx", 1, 0),
]


@cache
def payload(name: str, command: str) -> bytes:
    """What a recorded source sent."""
    about: dict[str, Any] = json.loads((Path(CAPTURES) / name / "capture.json").read_text())
    (found,) = (one for one in about["decoded"] if one["command"] == command)
    return recording(name).client[found["offset"] + 16 : found["end"]]


def made(name: str) -> bytes:
    """Config of the snapshot that came of it."""
    return config(snapshot(name).config, payload(name, "State"))


@pytest.mark.parametrize("name", ALIKE)
def test_config_is_byte_for_byte_what_the_recorded_source_sent(name: str) -> None:
    assert made(name) == payload(name, "Config")


@pytest.mark.parametrize("name", APART)
def test_config_differs_at_most_in_the_number_of_the_processor_that_was_asked(name: str) -> None:
    recorded = dict(leaves(json.loads(payload(name, "Config"))))
    ours = dict(leaves(json.loads(made(name))))

    differ = [(path, recorded[path], ours[path]) for path in ours if recorded[path] != ours[path]]
    assert recorded.keys() == ours.keys()
    assert differ == NUMBER_OF_THE_PROCESSOR


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, object]]:  # noqa: ANN401 -- of JSON
    """The scalars of a JSON value; a CPUID entry is called by what it answers."""
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType] -- of JSON
        for number, item in enumerate(items):
            yield from leaves(item, f"{path}[{called(item, number)}]")
    else:
        yield path, value


def called(item: Any, number: int) -> str:  # noqa: ANN401 -- of JSON
    match item:
        case {"function": int(function), "index": int(index)}:
            return f"{number}: function={function},index={index}"
        case _:
            return str(number)


def test_the_configuration_is_cut_in_unchanged() -> None:
    text = b' {"cpus" : {"boot_vcpus":2} ,"x":1.50,"memory":{}}\n'

    assert config(text, state_text()).startswith(b'{"vm_config":' + text + b',"common_cpuid":')


def test_the_list_of_memory_is_empty_and_all_else_is_state_s() -> None:
    whole = json.loads(config(VM_CONFIG, state_text((HIGH, LOW))))

    assert whole == {
        "vm_config": json.loads(VM_CONFIG),
        "common_cpuid": CPUID,
        "memory_manager_data": {
            "memory_ranges": {"data": []},
            "guest_ram_mappings": [HIGH, LOW],
            "boot_ram": 7,
        },
    }


def test_another_architecture_than_x86_has_no_cpuid() -> None:
    whole = json.loads(config(VM_CONFIG, state_text(cpuid=None)))

    assert list(whole) == ["vm_config", "memory_manager_data"]


def with_own_part(part: object) -> bytes:
    whole = json.loads(state_text())
    return json.dumps({"snapshots": whole["snapshots"], "snapshot_data": part}).encode()


@pytest.mark.parametrize(
    ("vm_config", "state", "reason"),
    [
        pytest.param(b"[]", state_text(), "the VM's configuration is not an object", id="array"),
        pytest.param(
            VM_CONFIG,
            with_own_part({}),
            "State's own part has no `state`",
            id="no own part",
        ),
        pytest.param(
            VM_CONFIG,
            with_own_part({"state": "{"}),
            "State's own part cannot be cut: the JSON text is wrong: "
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            id="own part is no JSON",
        ),
        pytest.param(
            VM_CONFIG,
            with_own_part({"state": '{"common_cpuid":[],"common_cpuid":[]}'}),
            "State's own part cannot be cut: the key `common_cpuid` is there twice",
            id="twice",
        ),
        pytest.param(
            VM_CONFIG,
            state_text().replace(b"memory_ranges", b"memory_rangez"),
            "State's memory manager cannot be cut: the key `memory_ranges` is not there",
            id="no list of memory",
        ),
    ],
)
def test_what_is_missing_is_not_made_up(vm_config: bytes, state: bytes, reason: str) -> None:
    with pytest.raises(CannotStoreError) as refused:
        config(vm_config, state)

    assert refused.value.text == reason


def test_a_state_of_v38_cannot_be_read() -> None:
    with pytest.raises(OpaqueStateError):
        config(VM_CONFIG, with_own_part({"state": [123, 125]}))
