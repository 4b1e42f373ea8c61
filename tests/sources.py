"""What a source of a small VM sends, written by hand. Knows the bytes, says nothing of the answers.

The VM has two mappings of 64 KiB behind one another, `low` and `high`, unless told otherwise.
"""

import json
import os
import struct
from collections.abc import Sequence
from typing import Any

from ch_migration import Descriptor, Receiver
from frames import COMPLETE, START

KIB = 1 << 10
SIZE = 64 * KIB
BLOCK = 4096

LOW: dict[str, Any] = {"slot": 0, "gpa": 0, "size": SIZE, "zone_id": "low", "file_offset": 0}
HIGH: dict[str, Any] = {"slot": 1, "gpa": SIZE, "size": SIZE, "zone_id": "high", "file_offset": 0}
VM_CONFIG = b'{"cpus": {"boot_vcpus": 2}, "memory":{"size" : 131072}}'


def request(command: int, payload: bytes, contents: bytes = b"") -> bytes:
    """A request of one payload."""
    return struct.pack("<H6xQ", command, len(payload)) + payload + contents


def config(*mappings: dict[str, Any]) -> bytes:
    """Config with these mappings."""
    manager = json.dumps({"guest_ram_mappings": mappings or (LOW, HIGH)}).encode()
    return request(2, b'{"vm_config": ' + VM_CONFIG + b', "memory_manager_data": ' + manager + b"}")


def state_text(*ranges: tuple[int, int]) -> bytes:
    """The payload of a State that has these ranges: address and size."""
    data = [{"gpa": gpa, "length": size} for gpa, size in ranges or ((0, SIZE), (SIZE, SIZE))]
    text = json.dumps({"memory_ranges": {"data": data}})
    manager = {"snapshots": {}, "snapshot_data": {"state": text}}
    return json.dumps({"snapshots": {"memory-manager": manager}}).encode()


def state(*ranges: tuple[int, int]) -> bytes:
    """State with these ranges: address and size."""
    return request(3, state_text(*ranges))


def memory(*pieces: tuple[int, bytes]) -> bytes:
    """One Memory request: addresses, and what belongs there."""
    table = b"".join(struct.pack("<QQ", gpa, len(content)) for gpa, content in pieces)
    return request(4, table, b"".join(content for _, content in pieces))


WHOLE = START + config(LOW) + memory((0, b"a" * BLOCK)) + state((0, SIZE)) + COMPLETE


def file(*pieces: tuple[int, bytes], size: int = SIZE) -> Descriptor:
    """A file in memory with these contents."""
    number = os.memfd_create("slot")
    os.ftruncate(number, size)
    for offset, content in pieces:
        os.pwrite(number, content, offset)
    return Descriptor(number)


def by_descriptor(receiver: Receiver, slots: Sequence[tuple[int, Descriptor]]) -> bytes:
    """Start, and a descriptor for each slot: what is answered."""
    replies = receiver.feed(START)
    for slot, descriptor in slots:
        payload = struct.pack("<I", slot)
        replies += receiver.feed(request(7, payload)[:16])
        replies += receiver.feed(payload, [descriptor])
    return replies
