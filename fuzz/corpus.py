"""The cases that fuzzing begins with, made from recordings: `python -m fuzz.corpus` writes them."""

import gzip
import json
import re
import struct
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from fuzz.edges import ASKER, TABLE, TEXT, ask, raw, reply, request, script
from fuzz.framing import HEADER, MEMORY, OK
from fuzz.scripts import ATTACH

FOLDER: Final = Path(__file__).parent / "corpus"
_CAPTURES: Final = Path(__file__).parent.parent / "tests" / "data" / "captures"
_STATES: Final = ("Established", "Started", "MemoryFdsReceived", "Configured", "StateReceived")
_ROWS: Final = 4  # of a table that are kept
_CONTENTS: Final = 24  # bytes of a range that are kept
_CUT: Final = 256  # bytes of a text that is none
_TEXT: Final = 32  # characters of a string that are kept
_QUESTIONS: Final = {1: 0, 2: 2, 3: 5, 4: 3, 5: 7, 8: 8}  # the asker's messages, by code


def main() -> int:
    """Write all of them; what lies there and is none of them is removed."""
    FOLDER.mkdir(exist_ok=True)
    made = cases()
    for path in FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(made)} cases, {sum(map(len, made.values())):,} bytes")
    return 0


def cases() -> Mapping[str, bytes]:
    """Every case by its name."""
    recorded = chain.from_iterable(map(_recorded, sorted(_CAPTURES.glob("*/capture.json"))))
    return dict(chain(recorded, _bad_inputs()))


def _recorded(path: Path) -> Iterator[tuple[str, bytes]]:
    """A migration as the receivers see it, as its source sees it, and its payloads alone."""
    about: Any = json.loads(path.read_text())
    stream = gzip.decompress((path.parent / about["connections"][0]["client"]).read_bytes())
    scenario = path.parent.name
    # Of several connections the main one: the others carry the same messages.
    main = (message for message in about["decoded"] if not message.get("connection"))
    messages = [(message, stream[message["offset"] :]) for message in main]
    yield f"{scenario}.main", script(0, 0) + b"".join(_step(*message) for message in messages)
    questions = [_question(message) for message, _ in messages]
    yield f"{scenario}.source", bytes([ASKER, 0]) + b"".join(questions)
    tables = [(m, data) for m, data in messages if m["command"] == "Memory"]
    if tables:
        yield f"{scenario}.worker", script(1, 0) + b"".join(_step(*table) for table in tables)
        yield f"{scenario}.table", bytes([TABLE, 1, 0, 2]) + _table(tables[0][1])
        pages = [request(9, _table(data)[:16]) for _, data in tables]
        yield f"{scenario}.page_server", script(2, 0) + b"".join(pages)
        faults = [ask(0) + reply(OK, size) for size in (20, 0, 3)]
        yield f"{scenario}.pager", bytes([ASKER, 1]) + b"".join(faults)
    for message, data in messages:
        if "json_keys" in message:
            text = _shortened(data[HEADER.size : HEADER.size + message["length"]])
            yield f"{scenario}.{message['command'].lower()}", bytes([TEXT, 7]) + text


def _step(message: Any, data: bytes) -> bytes:  # noqa: ANN401 -- as it is recorded
    header, payload = data[: HEADER.size], data[HEADER.size :][: message["length"]]
    if "json_keys" in message:
        return request(header[0], _shortened(payload))
    if message["command"] == "State":  # one that was spoilt on the way
        return request(header[0], payload[:_CUT])
    if message["command"] == "MemoryFd":
        return raw(header) + bytes([ATTACH, 1]) + raw(payload)
    if message["command"] != "Memory":
        return raw(header + payload)
    table = _table(data)
    size = sum(length for _, length in struct.iter_unpack("<QQ", table))
    whole = len(data) >= message["end"] - message["offset"]
    contents = data[HEADER.size + message["length"] :][: size if whole else size // 2]
    return raw(HEADER.pack(MEMORY, len(table)) + table + contents)


def _table(data: bytes) -> bytes:
    """The first rows of a request's table, each for a little of its contents."""
    size = HEADER.unpack_from(data)[1]
    rows = list(struct.iter_unpack("<QQ", data[HEADER.size : HEADER.size + size]))
    return b"".join(
        struct.pack("<QQ", address, min(length, _CONTENTS)) for address, length in rows[:_ROWS]
    )


def _shortened(text: bytes) -> bytes:
    """A JSON text with the shape of another: one item of every array, the start of a string."""
    return json.dumps(_cut(json.loads(text)), separators=(",", ":")).encode()


def _cut(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON can say
    if isinstance(value, dict):
        return {key: _cut(part) for key, part in list(value.items())[:8]}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # as JSON
    if isinstance(value, list):
        return [_cut(part) for part in value[:1]]  # pyright: ignore[reportUnknownVariableType]  # as JSON
    return value[:_TEXT] if isinstance(value, str) else value


def _question(message: Any) -> bytes:  # noqa: ANN401 -- as it is recorded
    code = {"Start": 1, "Config": 2, "State": 3, "Memory": 4, "Complete": 5, "CompletePaused": 8}
    number = _QUESTIONS.get(code.get(message["command"], 0))
    status = {"Ok": 1, "Error": 2}.get(message.get("reply") or "", 0)
    return ask(number) + (reply(status) if status else b"") if number is not None else b""


def _bad_inputs() -> Iterator[tuple[str, bytes]]:
    """Wrong input, each from the state in which it was once sent."""
    about: Any = json.loads((_CAPTURES / "bad-inputs" / "bad-inputs.json").read_text())
    for row in about["rows"]:
        steps = row["steps"][row["prefix_steps"] :]
        sent = [part for step in steps for part in step["send"]]
        if row["state"] in _STATES and not row["name"].startswith("matrix"):
            name = re.sub(r"[^a-z0-9]+", "-", row["name"].lower()).strip("-")
            begin = script(0, _STATES.index(row["state"]))
            yield f"bad.{name[:60]}", begin + b"".join(map(_wrong, sent))


def _wrong(part: Mapping[str, Any]) -> bytes:
    """Some bytes, maybe with a descriptor; what a text or a long filling is stays open."""
    attached = bytes([ATTACH, 1]) if "fd" in part else b""
    return attached + raw(bytes.fromhex(part.get("hex", "")) or b"{}")


if __name__ == "__main__":
    sys.exit(main())
