"""Wrong input that was sent to the real receiver, and what it answered. Says nothing of ours."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from captures import CAPTURES


@dataclass(frozen=True, slots=True)
class Sent:
    """Some bytes of a step; with them maybe an empty file in memory, or behind them the end."""

    data: bytes
    memory: int | None = None  # size of the file; None: there is none
    end: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation, and what the real receiver answered in each step."""

    name: str
    transport: str
    steps: tuple[tuple[Sent, ...], ...]
    answers: tuple[bytes, ...]
    on: tuple[int, ...]  # the connection of each step; 0: the main one
    ends: tuple[bool, ...]  # whether that connection was closed in the step

    @property
    def on_main(self) -> bool:
        """Whether it uses no connection but the main one."""
        return not any(self.on)

    def __str__(self) -> str:
        return f"{self.name} ({self.transport})"


@dataclass(frozen=True, slots=True)
class Difference:
    """What ours answers instead, in the same steps."""

    answers: tuple[bytes, ...]
    why: str


def part(sent: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Sent:
    """One part of a step as the file writes it."""
    match sent:
        case {"end-of-stream": True}:
            return Sent(b"", end=True)
        case {"hex": str(text), "fd": {"kind": "memfd", "size": int(size)}}:
            return Sent(bytes.fromhex(text), size)
        case {"hex": str(text)}:
            return Sent(bytes.fromhex(text))
        case {"fill": str(text), "count": int(count)}:
            return Sent(bytes.fromhex(text) * count)
        case {"blob": str(name)}:
            return Sent(blobs[name][: sent.get("first")])
        case _:
            raise ValueError(f"{sent} is no part of a step")


def answer(step: Mapping[str, Any]) -> bytes:
    """All that the real receiver said in a step."""
    return bytes.fromhex(step["answer_hex"] + step.get("further_answer_hex", ""))


def read() -> tuple[Row, ...]:
    """All rows of the file."""
    about: dict[str, Any] = json.loads((CAPTURES / "bad-inputs" / "bad-inputs.json").read_text())
    blobs = {
        name: gzip.decompress(base64.b64decode(blob["data"]))
        for name, blob in about["blobs"].items()
    }
    return tuple(
        Row(
            row["name"],
            row["transport"],
            tuple(tuple(part(sent, blobs) for sent in step["send"]) for step in row["steps"]),
            tuple(answer(step) for step in row["steps"]),
            tuple(step.get("on_connection", 0) for step in row["steps"]),
            tuple(step["connection"] != "open" for step in row["steps"]),
        )
        for row in about["rows"]
    )


ROWS = read()
