"""What a snapshot holds is cut from Config and State; what they cannot mean is refused in words."""

import json

import pytest

from ch_snapshot.layout import (
    CannotStoreError,
    OpaqueStateError,
    Range,
    Slot,
    check,
    memory_ranges,
    slots,
    vm_config,
)
from sources import HIGH, LOW, SIZE, VM_CONFIG, config, state_text

HEADER = 16
LAST = 2**64 - 1
AT_LOW = Slot(0, SIZE, 0, "low", False, 0)
AT_HIGH = Slot(SIZE, SIZE, 1, "high", False, 0)
PLUGGABLE = Slot(SIZE, SIZE, 1, "high", True, 0)


def with_mappings(*mappings: object) -> bytes:
    return json.dumps({"memory_manager_data": {"guest_ram_mappings": mappings}}).encode()


def with_manager(text: object) -> bytes:
    manager = {"snapshot_data": {"state": text}}
    return json.dumps({"snapshots": {"memory-manager": manager}}).encode()


def test_the_configuration_is_cut_out_unchanged() -> None:
    assert vm_config(config()[HEADER:]) == VM_CONFIG


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"{}", "Config has no `vm_config`", id="no key"),
        pytest.param(
            b'{"cpus":{},"memory":{}}',
            "Config is a bare VM configuration, as v17 and older send it: "
            "it does not say where memory lies",
            id="v17",
        ),
        pytest.param(
            b'{"vm_config":{},"vm_config":{}}',
            "Config cannot be cut: the key `vm_config` is there twice",
            id="twice",
        ),
        pytest.param(b'{"vm_config":[]}', "Config's `vm_config` is not an object", id="array"),
    ],
)
def test_a_config_without_a_configuration_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(CannotStoreError) as refused:
        vm_config(text)

    assert refused.value.text == reason


def test_mappings_are_read_in_the_order_of_config() -> None:
    pluggable = {**HIGH, "gpa": 1 << 40, "virtio_mem": True, "file_offset": 4096}

    assert slots(config(pluggable, LOW)[HEADER:]) == (
        Slot(1 << 40, SIZE, 1, "high", True, 4096),
        Slot(0, SIZE, 0, "low", False, 0),
    )


def test_integers_go_up_to_the_last_address() -> None:
    highest = {**LOW, "gpa": LAST - SIZE + 1, "file_offset": LAST}

    assert slots(with_mappings(highest)) == (Slot(LAST - SIZE + 1, SIZE, 0, "low", False, LAST),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"{}", "Config has no `memory_manager_data`", id="v18"),
        pytest.param(
            b'{"memory_manager_data":{}}',
            "Config's memory manager has no `guest_ram_mappings`",
            id="no mappings",
        ),
        pytest.param(
            b'{"memory_manager_data":1}',
            "Config's memory manager cannot be cut: it is not an object",
            id="no manager",
        ),
        pytest.param(
            b'{"memory_manager_data":{"guest_ram_mappings":{}}}',
            "Config's `guest_ram_mappings` cannot be cut: it is not an array",
            id="no array",
        ),
        pytest.param(
            with_mappings(1),
            "Config's `guest_ram_mappings`: item 0 is no object, or too long",
            id="no object",
        ),
        pytest.param(
            with_mappings({**LOW, "zone_id": "x" * 4096}),
            "Config's `guest_ram_mappings`: item 0 is no object, or too long",
            id="too long",
        ),
        pytest.param(
            b'{"memory_manager_data":{"guest_ram_mappings":[{"gpa":0,"gpa":1}]}}',
            "Config's `guest_ram_mappings` cannot be cut: a key is there twice",
            id="a key twice",
        ),
        pytest.param(
            with_mappings(*[LOW] * 65_537),
            "Config's `guest_ram_mappings` has more than 65536 items",
            id="too many",
        ),
        pytest.param(
            with_mappings({**LOW, "gpa": 1 << 64}),
            "`gpa` of a part of memory is not an integer below 2^64",
            id="too large",
        ),
        pytest.param(
            with_mappings({**LOW, "slot": True}),
            "`slot` of a part of memory is not an integer below 2^64",
            id="no integer",
        ),
        pytest.param(
            with_mappings({**LOW, "gpa": LAST, "size": 2}),
            "memory at 0xffffffffffffffff ends behind the last address",
            id="behind the end",
        ),
        pytest.param(
            with_mappings({"gpa": 0, "size": 1}),
            "a mapping of Config has no `zone_id`, or a wrong `virtio_mem`",
            id="no zone",
        ),
        pytest.param(
            with_mappings(LOW, {**HIGH, "gpa": SIZE - 1}),
            "memory at 0xffff is listed twice",
            id="overlap",
        ),
    ],
)
def test_a_config_that_does_not_say_where_memory_lies_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(CannotStoreError) as refused:
        slots(text)

    assert refused.value.text == reason


def test_ranges_are_read_in_the_order_of_state() -> None:
    assert memory_ranges(state_text((SIZE, 1), (0, LAST))) == (Range(SIZE, 1), Range(0, LAST))


def test_the_state_of_v38_is_opaque() -> None:
    with pytest.raises(OpaqueStateError) as refused:
        memory_ranges(with_manager([123, 34]))

    assert refused.value.text == "State holds arrays of bytes, as v38 and older send it"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"{}", "State's memory manager has no `snapshots`", id="empty"),
        pytest.param(
            b'{"snapshots":{"memory-manager":null}}',
            "State's memory manager cannot be cut: it is not an object",
            id="null",
        ),
        pytest.param(
            with_manager(7),
            "State's memory manager is no string of at most 4194304 bytes",
            id="number",
        ),
        pytest.param(
            with_manager(" " * 4_194_304),
            "State's memory manager is no string of at most 4194304 bytes",
            id="long",
        ),
        pytest.param(
            with_manager("{"),
            "State's memory manager cannot be cut: the JSON text is wrong: Expecting property "
            "name enclosed in double quotes: line 1 column 2 (char 1)",
            id="no JSON inside",
        ),
        pytest.param(
            with_manager("\ud800"),
            "State's memory manager cannot be cut: 'utf-8' codec can't encode character "
            "'\\ud800' in position 0: surrogates not allowed",
            id="half a character",
        ),
        pytest.param(
            with_manager("[" * 100_000),
            "State's memory manager cannot be cut: the JSON text is nested deeper than 64",
            id="deep",
        ),
        pytest.param(
            with_manager("{}"), "State's memory manager has no `memory_ranges`", id="no ranges"
        ),
        pytest.param(
            with_manager('{"memory_ranges":{"data":[{"gpa":-1,"length":1}]}}'),
            "`gpa` of a part of memory is not an integer below 2^64",
            id="negative",
        ),
    ],
)
def test_a_state_that_does_not_list_memory_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(CannotStoreError) as refused:
        memory_ranges(text)

    assert refused.value.text == reason


@pytest.mark.parametrize(
    "ranges",
    [
        pytest.param([Range(0, SIZE), Range(SIZE, SIZE)], id="one for each"),
        pytest.param([Range(0, 2 * SIZE)], id="one across both"),
        pytest.param([Range(SIZE, SIZE), Range(0, 1), Range(1, SIZE - 1)], id="pieces"),
    ],
)
def test_state_may_list_the_memory_of_config_in_any_pieces(ranges: list[Range]) -> None:
    assert check([AT_LOW, AT_HIGH], ranges) == ()


@pytest.mark.parametrize(
    ("ranges", "reason"),
    [
        pytest.param(
            [Range(0, 2 * SIZE + 1)],
            "State has memory at 0x0-0x20001, where Config has none",
            id="outside",
        ),
        pytest.param(
            [Range(0, 2 * SIZE), Range(5, 1)], "memory at 0x5 is listed twice", id="twice"
        ),
        pytest.param(
            [Range(0, SIZE), Range(SIZE, SIZE - 1)],
            "a snapshot cannot hold zone `high` (0x10000-0x20000): "
            "it is shared and lies in a file, and State leaves it out",
            id="left out",
        ),
    ],
)
def test_a_state_with_other_memory_than_config_is_refused(ranges: list[Range], reason: str) -> None:
    with pytest.raises(CannotStoreError) as refused:
        check([AT_LOW, AT_HIGH], ranges)

    assert refused.value.text == reason


@pytest.mark.parametrize(
    ("ranges", "absent"),
    [
        pytest.param([Range(0, SIZE), Range(SIZE, 1)], (), id="one block"),
        pytest.param([Range(0, SIZE)], (PLUGGABLE,), id="none"),
    ],
)
def test_only_plugged_blocks_have_to_be_listed(
    ranges: list[Range], absent: tuple[Slot, ...]
) -> None:
    assert check([AT_LOW, PLUGGABLE], ranges) == absent
